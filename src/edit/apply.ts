/** Edits of all units, applied once to each file. */
import MagicString from 'magic-string';
import type { ConvertedUnit, Edit, FileChange, UnitRewrite } from '../ir/edit.js';
import type { ProjectModel } from '../ir/project.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import { importEdits } from './imports.js';
import { markerEdits } from './markers.js';

export interface AppliedEdits {
  readonly changes: readonly FileChange[];
  /** Files whose edits overlapped: a bug of ours. Their units are not in `changes`, in any file. */
  readonly failures: readonly ApplyFailure[];
}
export interface ApplyFailure {
  readonly path: SourcePath;
  readonly units: readonly string[];
  readonly message: string;
}

/** The changed files, in path order. Takes every unit of the run, so that stale markers go and new ones come. */
export function applyEdits(sources: ProjectModel['sources'], rewrites: readonly UnitRewrite[]): AppliedEdits {
  const failures: ApplyFailure[] = [];
  let sound = rewrites;
  for (;;) {
    const found = Object.values(sources).flatMap((source) => failuresOf(source, sound));
    if (found.length === 0) break;
    failures.push(...found);
    const failed = new Set(found.flatMap((each) => each.units));
    sound = sound.filter((each) => !failed.has(each.unit));
  }
  const changes = Object.values(sources).flatMap((source) => changeOf(source, sound) ?? []);
  return { changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)), failures };
}

/** The text with edits in place; line ends of new text follow the file's. */
export function editedText(source: SourceModel, edits: readonly Edit[]): string {
  const text = new MagicString(source.text);
  for (const edit of inOrder(edits)) {
    const replacement = edit.text.replace(/\r?\n/g, source.layout.eol);
    if (edit.start === edit.end) text.appendLeft(edit.start, replacement);
    else if (replacement === '') text.remove(edit.start, edit.end);
    else text.update(edit.start, edit.end, replacement);
  }
  return text.toString();
}

function changeOf(source: SourceModel, rewrites: readonly UnitRewrite[]): FileChange | null {
  const converted = rewrites.filter(isConverted);
  const edits = editsOf(source, converted);
  const imports = converted.flatMap((each) => each.imports).filter((each) => each.path === source.path);
  const all = [...edits, ...importEdits(source, edits, imports), ...markerEdits(source, edits, rewrites)];
  const after = editedText(source, all);
  if (after === source.text) return null;
  const units = rewrites.filter((each) => touches(each, source.path)).map((each) => each.unit);
  return { path: source.path, before: source.text, after, units, bom: source.layout.bom };
}

/**
 * Edits two units agree on count once: the same text for the same place. Insertions of two units may be alike by chance,
 * but for a Variable class, which every unit that uses it declares.
 */
function editsOf(source: SourceModel, converted: readonly ConvertedUnit[]): readonly Edit[] {
  const seen = new Set<string>();
  return converted.flatMap((unit, index) =>
    unit.edits.filter((edit) => {
      if (edit.path !== source.path) return false;
      const own = edit.start === edit.end && edit.idiom !== 'collections';
      const identity = `${edit.start} ${edit.end} ${edit.text} ${own ? index : ''}`;
      return !seen.has(identity) && seen.add(identity);
    }),
  );
}

function failuresOf(source: SourceModel, rewrites: readonly UnitRewrite[]): ApplyFailure[] {
  const converted = rewrites.filter(isConverted);
  const edits = inOrder(editsOf(source, converted));
  const outside = edits.find((each) => each.start < 0 || each.end < each.start || each.end > source.text.length);
  const clash = edits.find((each, index) => index > 0 && each.start < edits[index - 1]!.end);
  const wrong = outside ?? clash;
  if (wrong === undefined) return [];
  const partner = edits[edits.indexOf(wrong) - 1];
  const units = converted.filter((unit) =>
    unit.edits.some((each) => sameEdit(each, wrong) || (partner !== undefined && sameEdit(each, partner))),
  );
  const message = `Edits overlap at offset ${wrong.start} (${[partner, wrong].map((each) => each?.idiom).join(' and ')}).`;
  return [{ path: source.path, units: units.map((each) => each.unit), message }];
}

function sameEdit(a: Edit, b: Edit): boolean {
  return a.path === b.path && a.start === b.start && a.end === b.end && a.text === b.text;
}

/** By place; insertions before a replacement that starts there, else in the order given. */
function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return [...edits].sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start));
}

function touches(rewrite: UnitRewrite, path: SourcePath): boolean {
  return rewrite.status === 'converted'
    ? rewrite.edits.some((each) => each.path === path) || rewrite.imports.some((each) => each.path === path)
    : rewrite.markers.some((each) => each.path === path);
}

function isConverted(rewrite: UnitRewrite): rewrite is ConvertedUnit {
  return rewrite.status === 'converted';
}
