import { expect } from '@jest/globals';
import type * as tf from '@tensorflow/tfjs';
import { leavesOf, numbersOf, type Recorded, type RecordedTree } from './case.js';

/** What is measured of a layer; the bound of each is the largest error that passes. */
export const quantities = {
  'initial, Linen': { unit: 'ulp', bound: 4 },
  'initial, NNX': { unit: 'ulp', bound: 4 },
  'orthogonal, Linen': { unit: 'relative', bound: 1e-5 },
  'orthogonal, NNX': { unit: 'relative', bound: 1e-5 },
  'output, Linen': { unit: 'relative', bound: 1e-5 },
  'output, NNX': { unit: 'relative', bound: 1e-5 },
  'gradient, Linen': { unit: 'relative', bound: 1e-4 },
  'gradient, NNX': { unit: 'relative', bound: 1e-4 },
  'state, Linen': { unit: 'relative', bound: 1e-5 },
  'state, NNX': { unit: 'relative', bound: 1e-5 },
  'training, Linen': { unit: 'relative', bound: 1e-4 },
  'training, NNX': { unit: 'relative', bound: 1e-4 },
} as const;
export type Quantity = keyof typeof quantities;

/** Worst errors so far, by layer and quantity. */
const worst = new Map<string, Map<Quantity, number>>();

export function worstErrors(): ReadonlyMap<string, ReadonlyMap<Quantity, number>> {
  return worst;
}

let inTable = true;

/** Runs a body whose errors are held against the bounds, but are not for the table, which is of one backend. */
export function outsideTable(body: () => void): void {
  inTable = false;
  try {
    body();
  } finally {
    inTable = true;
  }
}

/** Compares trees leaf by leaf (same paths, shapes), checks the bound and keeps the worst error for the table. */
export function check(
  layer: string,
  quantity: Quantity,
  [actual, recorded]: readonly [unknown, RecordedTree],
  { camel = false, only = (_path: string): boolean => true } = {},
): void {
  const [mine, theirs] = [leavesOf(actual), leavesOf(recorded, { camel })];
  expect([...mine.keys()].sort()).toEqual([...theirs.keys()].sort());
  const { unit, bound } = quantities[quantity];
  for (const [path, each] of theirs) {
    if (!only(path)) continue;
    const tensor = mine.get(path) as tf.Tensor;
    expect({ path, shape: tensor.shape }).toEqual({ path, shape: each.shape });
    const error = worstOf(tensor.dataSync() as Float32Array, numbersOf(each as Recorded), unit);
    if (!(error <= bound))
      expect({ layer, quantity, path, error }).toEqual({ layer, quantity, path, error: `at most ${bound}` });
    if (!inTable) continue;
    const row = worst.get(layer) ?? new Map<Quantity, number>();
    row.set(quantity, Math.max(row.get(quantity) ?? 0, error));
    worst.set(layer, row);
  }
}

function worstOf(actual: ArrayLike<number>, recorded: ArrayLike<number>, unit: 'ulp' | 'relative'): number {
  let error = actual.length === recorded.length ? 0 : Infinity;
  for (let i = 0; i < recorded.length; i++) {
    const [a, b] = [actual[i]!, recorded[i]!];
    if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const distance = unit === 'ulp' ? ulps(a, b) : Math.abs(a - b) / (1 + Math.abs(b));
    error = Math.max(error, Number.isNaN(distance) ? Infinity : distance);
  }
  return error;
}

function ulps(a: number, b: number): number {
  const [x, y] = [...new Int32Array(Float32Array.of(a, b).buffer)].map((bits) =>
    bits < 0 ? -(bits & 0x7fffffff) : bits,
  );
  return Math.abs(x! - y!);
}
