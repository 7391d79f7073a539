/** The old program with a name for every place that builds a module, so that a run says which place each one comes from. */
import type { ConstructSite } from '../ir/project.js';
import type { SourceModel } from '../ir/source.js';
import type { New, Span } from '../ir/syntax.js';

/** The global function that the marked text calls: `(site, class, arguments) => module`. */
export const buildName = 'linen2nnxBuild';

/** `new Dense(3)` → `globalThis.linen2nnxBuild("src/model.ts@120", Dense, [3])`, for all places in a part of a file. */
export function markedText(source: SourceModel, part: Span, sites: readonly ConstructSite[]): string {
  const inside = sites.filter(({ node: { span } }) => part.start <= span.start && span.end <= part.end);
  const pieces = inside.flatMap(({ id, node }) => markPieces(id, node));
  pieces.sort((a, b) => a.start - b.start || a.end - b.end);
  let marked = '';
  let done = part.start;
  for (const { start, end, text } of pieces) {
    marked += source.text.slice(done, start) + text;
    done = end;
  }
  return marked + source.text.slice(done, part.end);
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function markPieces(id: string, { span, callee, argsSpan }: New): readonly Piece[] {
  const head = {
    start: span.start,
    end: callee.span.start,
    text: `globalThis.${buildName}(${JSON.stringify(id)}, `,
  };
  if (argsSpan === null) return [head, { start: callee.span.end, end: callee.span.end, text: ', [])' }];
  return [
    head,
    { start: callee.span.end, end: argsSpan.start, text: ', [' },
    { start: argsSpan.end, end: span.end, text: '])' },
  ];
}
