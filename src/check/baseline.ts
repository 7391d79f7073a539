/** Counts that may only shrink. */
import type { Legacy } from './find-legacy.js';

export interface Baseline {
  readonly schemaVersion: 1;
  /** How many findings each file has, by rule. */
  readonly files: { readonly [path: string]: { readonly [rule: string]: number } };
}
export interface Comparison {
  /** Findings of files and rules with more of them than the baseline allows. */
  readonly added: readonly Legacy[];
  /** How many fewer there are than the baseline says. */
  readonly removed: number;
  /** The counts now, no place above the old ones. */
  readonly shrunk: Baseline;
}

export function baselineOf(found: readonly Legacy[]): Baseline {
  const files: Record<string, Record<string, number>> = {};
  for (const { path, rule } of found) {
    const counts = (files[path] ??= {});
    counts[rule] = (counts[rule] ?? 0) + 1;
  }
  const sorted = Object.entries(files).map(([path, counts]) => [path, sortedEntries(counts)]);
  return { schemaVersion: 1, files: Object.fromEntries(sorted.sort(byName)) };
}

/** Whether anything was added, by file and rule: a finding that moved within its file is the same one. */
export function compareWithBaseline(found: readonly Legacy[], baseline: Baseline): Comparison {
  const now = baselineOf(found);
  const added = found.filter(({ path, rule }) => now.files[path]![rule]! > (baseline.files[path]?.[rule] ?? 0));
  let removed = 0;
  const files: Record<string, Record<string, number>> = {};
  for (const [path, counts] of Object.entries(baseline.files)) {
    for (const [rule, before] of Object.entries(counts)) {
      const left = Math.min(before, now.files[path]?.[rule] ?? 0);
      removed += before - left;
      if (left > 0) (files[path] ??= {})[rule] = left;
    }
  }
  return { added, removed, shrunk: { schemaVersion: 1, files } };
}

/** The baseline in a file's text, or what is wrong with it. */
export function parseBaseline(text: string): Baseline | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `expected JSON, got ${error instanceof Error ? error.message : 'something else'}` };
  }
  const { schemaVersion, files } = (value ?? {}) as Partial<Baseline>;
  if (schemaVersion !== 1) return { problem: `expected schemaVersion 1, got ${String(schemaVersion)}` };
  const counted = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && Object.values(each).every((count) => Number.isInteger(count));
  if (typeof files !== 'object' || files === null || !Object.values(files).every(counted)) {
    return { problem: 'expected counts by file and rule under `files`' };
  }
  return { schemaVersion, files };
}

function sortedEntries(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(byName));
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
