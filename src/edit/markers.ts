/** The one comment above a class or statement that was left as it is. */
import { fillReason, reasonOf } from '../../runtime/catalogue/reasons/index.js';
import type { Edit, LeftUnit, UnitRewrite } from '../ir/edit.js';
import type { Comment, SourceModel } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';

export const markerTag = '@linen2nnx-todo';

/**
 * Puts a marker above each place of a left unit, once: a marker that already stands there is renewed or kept, and one
 * whose statement was converted goes.
 */
export function markerEdits(source: SourceModel, edits: readonly Edit[], rewrites: readonly UnitRewrite[]): Edit[] {
  const wanted = wantedMarkers(source, rewrites);
  const standing = standingMarkers(source);
  const placed = [...wanted].flatMap(([at, text]) => placeMarker(source, standing, at, text));
  const stale = standing.filter(({ at }) => !wanted.has(at) && isConverted(source, at, edits));
  return [...placed, ...stale.map(({ comment }) => removal(source, comment))];
}

/** The words of a marker, in one line. */
export function markerText(code: string, data: { readonly [name: string]: string }): string {
  const { what, fix } = reasonOf(code);
  const reason = fillReason(what, data).replace(/\s+/g, ' ').replace(/\.$/, '');
  return `// ${markerTag} ${code} ${reason} — ${fillReason(fix, data).replace(/\s+/g, ' ')}`;
}

interface StandingMarker {
  readonly comment: Comment;
  /** Start of the code it stands above. */
  readonly at: number;
}

function wantedMarkers(source: SourceModel, rewrites: readonly UnitRewrite[]): ReadonlyMap<number, string> {
  const wanted = new Map<number, string>();
  for (const unit of rewrites) {
    if (unit.status === 'converted') continue;
    for (const marker of unit.markers) {
      if (marker.path !== source.path || wanted.has(marker.at)) continue;
      wanted.set(marker.at, markerText(marker.code, dataOf(unit, marker)));
    }
  }
  return wanted;
}

/** The data of the refusal that the marker speaks of: the one in its file and nearest after it, else the first of its code. */
function dataOf(unit: LeftUnit, marker: LeftUnit['markers'][number]): { readonly [name: string]: string } {
  const ofCode = unit.refusals.filter((each) => each.code === marker.code);
  const here = ofCode.filter((each) => each.path === marker.path && each.span.start >= marker.at);
  return (here[0] ?? ofCode[0])?.data ?? {};
}

function standingMarkers(source: SourceModel): readonly StandingMarker[] {
  return source.comments
    .filter((each) => each.form === 'line' && each.text.trim().startsWith(markerTag))
    .map((comment) => ({ comment, at: codeAfter(source, comment.span.end) }));
}

function codeAfter(source: SourceModel, from: number): number {
  let at = from;
  for (;;) {
    while (/\s/.test(source.text[at] ?? '')) at += 1;
    const comment = source.comments.find((each) => each.span.start === at);
    if (comment === undefined) return at;
    at = comment.span.end;
  }
}

function placeMarker(source: SourceModel, standing: readonly StandingMarker[], at: number, text: string): Edit[] {
  const [first, ...others] = standing.filter((each) => each.at === at);
  const more = others.map(({ comment }) => removal(source, comment));
  if (first !== undefined) {
    const { start, end } = first.comment.span;
    const same = source.text.slice(start, end).trimEnd() === text;
    return same ? more : [{ path: source.path, start, end, text, idiom: 'marker' }, ...more];
  }
  const indent = /[ \t]*$/.exec(source.text.slice(0, at))?.[0] ?? '';
  return [{ path: source.path, start: at, end: at, text: `${text}\n${indent}`, idiom: 'marker' }, ...more];
}

function removal(source: SourceModel, comment: Comment): Edit {
  const lineStart = source.text.lastIndexOf('\n', comment.span.start - 1) + 1;
  const alone = source.text.slice(lineStart, comment.span.start).trim() === '';
  const lineEnd = /^[ \t]*(?:\r?\n|$)/.exec(source.text.slice(comment.span.end))?.[0].length ?? 0;
  const span = alone ? { start: lineStart, end: comment.span.end + lineEnd } : comment.span;
  return { path: source.path, ...span, text: '', idiom: 'marker' };
}

/** Whether what starts at `at` was edited. */
function isConverted(source: SourceModel, at: number, edits: readonly Edit[]): boolean {
  let widest: Span | null = null;
  walk(source.body, (node) => {
    if (node.span.start === at && (widest === null || node.span.end > widest.end)) widest = node.span;
    return node.span.start <= at && at <= node.span.end;
  });
  const end = (widest as Span | null)?.end ?? at;
  return edits.some((edit) => edit.start >= at && edit.end <= end);
}
