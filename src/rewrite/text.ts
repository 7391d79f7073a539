/** Small pieces of text surgery over spans. */
import type { Edit } from '../ir/edit.js';
import type { SourceModel } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';

export function sliceOf(source: SourceModel, span: Span): string {
  return source.text.slice(span.start, span.end);
}

/** The text of a span with the edits that lie inside it applied: for text that moves. */
export function movedText(source: SourceModel, span: Span, edits: readonly Edit[]): string {
  const inner = edits
    .filter((each) => span.start <= each.start && each.end <= span.end)
    .sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start));
  let text = '';
  let done = span.start;
  for (const edit of inner) {
    if (edit.start < done) continue;
    text += source.text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return text + source.text.slice(done, span.end);
}

/** Removal of some items of a comma-separated list; what stands between kept items (comments too) stays. */
export function removedItems(items: readonly Span[], removed: ReadonlySet<number>, start: number): readonly Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < items.length; from += 1) {
    if (!removed.has(from)) continue;
    let to = from;
    while (removed.has(to + 1)) to += 1;
    const next = items[to + 1];
    if (next !== undefined) spans.push({ start: items[from]!.start, end: next.start });
    else spans.push({ start: items[from - 1]?.end ?? start, end: items[to]!.end });
    from = to;
  }
  return spans;
}

/** A statement with its line, when nothing else is on it; a blank line above goes as well when one follows. */
export function wholeLine(source: SourceModel, span: Span): Span {
  const { text } = source;
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const rest = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(span.end));
  if (rest === null || text.slice(lineStart, span.start).trim() !== '') return span;
  const end = span.end + rest[0].length;
  const blankAfter = /^[ \t]*\r?\n/.exec(text.slice(end));
  const atTop = /\{[ \t]*\r?\n$/.test(text.slice(0, lineStart)) || /\n[ \t]*\r?\n$/.test(text.slice(0, lineStart));
  return { start: lineStart, end: blankAfter !== null && atTop ? end + blankAfter[0].length : end };
}

export function isInside(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

export function camelCase(name: string): string {
  const words = name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
  return words.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) => head.toLowerCase());
}

export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.slice(0, 1).toUpperCase() + camel.slice(1);
}

export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}
