/** Parts of one text, as another text with the same tokens lays them out. */
import { diffArrays } from 'diff';
import type { Span } from '../ir/type-syntax.js';

/**
 * `text` with the tokens inside `spans` laid out as in `model`, a text of (almost) the same tokens: formatters change
 * space, quotes, semicolons, commas and parentheses, no more.
 */
export function withRegions(text: string, model: string, spans: readonly Span[]): string {
  const own = tokensOf(text);
  const other = tokensOf(model);
  const cuts = cutsOf(own, other);
  let result = '';
  let done = 0;
  for (const span of spans) {
    const region = regionOf(own, cuts, span);
    if (region === null || region.from < done) continue;
    result += `${text.slice(endOf(own, done), endOf(own, region.from))}`;
    result += model.slice(endOf(other, cuts.get(region.from)!.first), endOf(other, cuts.get(region.to)!.last));
    done = region.to;
  }
  return result + text.slice(endOf(own, done));
}

interface Token {
  readonly text: string;
  readonly end: number;
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/[\w$]+|[^\s\w$]/g)].map((match) => ({
    text: match[0] === '"' ? "'" : match[0],
    end: match.index + match[0].length,
  }));
}

/** The end of the first `count` tokens. */
function endOf(tokens: readonly Token[], count: number): number {
  return count === 0 ? 0 : tokens[count - 1]!.end;
}

/** Where in the other text a number of leading tokens ends: before and after what only the other text has there. */
interface Cut {
  readonly first: number;
  readonly last: number;
}

/** Numbers of leading tokens after which both texts are at the same place. */
function cutsOf(own: readonly Token[], other: readonly Token[]): ReadonlyMap<number, Cut> {
  const cuts = new Map<number, Cut>([[0, { first: 0, last: 0 }]]);
  let here = 0;
  let there = 0;
  const parts = diffArrays(
    own.map((each) => each.text),
    other.map((each) => each.text),
  );
  for (const part of parts) {
    if (part.removed) here += part.count;
    else if (part.added) {
      there += part.count;
      const cut = cuts.get(here);
      if (cut !== undefined) cuts.set(here, { ...cut, last: there });
    } else
      for (let step = 0; step < part.count; step += 1) {
        here += 1;
        there += 1;
        cuts.set(here, { first: there, last: there });
      }
  }
  return cuts.set(own.length, { first: other.length, last: other.length });
}

/** The smallest run of whole tokens that holds the span and starts and ends at a cut. */
function regionOf(
  own: readonly Token[],
  cuts: ReadonlyMap<number, Cut>,
  span: Span,
): { from: number; to: number } | null {
  let from = own.findIndex((each) => each.end > span.start);
  if (from === -1) return null;
  let to = own.findIndex((each) => each.end > span.end);
  if (to === -1) to = own.length;
  if (to <= from) return null;
  while (!cuts.has(from)) from -= 1;
  while (!cuts.has(to)) to += 1;
  return { from, to };
}
