/** The edits of a unit's sites while they are made, inner ones before the outer ones that take their text up. */
import type { IdiomName } from '../../../runtime/catalogue/idioms.js';
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { ProjectModel } from '../../ir/project.js';
import type { SourceModel, SourcePath } from '../../ir/source.js';
import type { Span } from '../../ir/syntax.js';
import { movedText, wholeLine } from '../text.js';

export interface Draft {
  readonly model: ProjectModel;
  edits: Edit[];
  readonly imports: ImportNeed[];
  readonly refusals: Diagnostic[];
  readonly notes: Diagnostic[];
  /** Doc comments of what is gone. */
  readonly goneDocs: { readonly path: SourcePath; readonly span: Span }[];
  /** Text that is in no new text. */
  readonly dropped: { readonly path: SourcePath; readonly span: Span }[];
}

export function newDraft(model: ProjectModel): Draft {
  return { model, edits: [], imports: [], refusals: [], notes: [], goneDocs: [], dropped: [] };
}

/** The text of a place with the edits made so far. */
export function textOf(draft: Draft, path: SourcePath, span: Span): string {
  const source = draft.model.sources[path];
  const edits = draft.edits.filter((each) => each.path === path);
  return source === undefined ? '' : movedText(source, span, edits);
}

/** Replaces a place; edits inside it are taken up by the text or gone with it. */
export function replace(draft: Draft, place: { path: SourcePath; span: Span; idiom: IdiomName }, text: string): void {
  const { path, span, idiom } = place;
  draft.edits = draft.edits.filter(
    (each) => each.path !== path || each.start < span.start || span.end < each.end || isInsertAtEdge(each, span),
  );
  draft.edits.push({ path, start: span.start, end: span.end, text, idiom });
}

function isInsertAtEdge(edit: Edit, span: Span): boolean {
  return edit.start === edit.end && (edit.start === span.start || edit.end === span.end);
}

export function insert(draft: Draft, place: { path: SourcePath; at: number; idiom: IdiomName }, text: string): void {
  draft.edits.push({ path: place.path, start: place.at, end: place.at, text, idiom: place.idiom });
}

export function dropText(draft: Draft, path: SourcePath, span: Span): void {
  draft.dropped.push({ path, span });
}

export function isDropped(draft: Draft, path: SourcePath, span: Span): boolean {
  return draft.dropped.some((each) => each.path === path && each.span.start <= span.start && span.end <= each.span.end);
}

/** Takes out a statement with its line, and one of two blank lines that would meet. */
export function removeStatement(draft: Draft, path: SourcePath, span: Span): void {
  const source = draft.model.sources[path];
  dropText(draft, path, span);
  if (source !== undefined) replace(draft, { path, span: wholeLine(source, span), idiom: 'state' }, '');
}

/** Takes out a declaration with the doc comment directly above it. */
export function removeDeclaration(draft: Draft, path: SourcePath, span: Span): void {
  const source = draft.model.sources[path];
  const doc = source?.comments.findLast((each) => each.span.end <= span.start);
  const between = doc === undefined ? '' : (source?.text.slice(doc.span.end, span.start) ?? '');
  const isDoc = doc?.form === 'block' && doc.text.startsWith('*') && /^[ \t]*\r?\n[ \t]*$/.test(between);
  if (doc === undefined || !isDoc) return removeStatement(draft, path, span);
  draft.goneDocs.push({ path, span: doc.span });
  removeStatement(draft, path, { start: doc.span.start, end: span.end });
}

export function refuseDraft(draft: Draft, code: string, place: { path: SourcePath; span: Span }): void {
  if (draft.refusals.some((each) => each.code === code && each.span.start === place.span.start)) return;
  draft.refusals.push({ code, path: place.path, span: place.span, data: {} });
}

/** Where the comments directly above a place begin. */
export function leadStart(source: SourceModel, start: number): number {
  let at = start;
  for (const { span } of [...source.comments].reverse()) {
    if (span.end <= at && /^[ \t]*\r?\n?[ \t]*$/.test(source.text.slice(span.end, at))) at = span.start;
  }
  return at;
}
