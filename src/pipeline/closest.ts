/** The candidate nearest to what was typed, when it is near enough to be a slip; null otherwise. */
export function closest(typed: string, candidates: readonly string[]): string | null {
  const ranked = candidates.map((each) => [each, distance(typed, each)] as const).sort(([, a], [, b]) => a - b);
  const [best] = ranked;
  return best !== undefined && best[1] <= Math.ceil(typed.length / 3) ? best[0] : null;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
