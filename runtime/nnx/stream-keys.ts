import type * as tf from '@tensorflow/tfjs';
import { foldIn, type Key, selectKeys, split } from '../core/key.js';
import { type Counts, CountsFrom, countsToTensor } from './counts.js';

/** `fold_in(key, count)`, of each key where there are several. */
export function keyAt(key: Key, counts: Counts): Key {
  if (counts instanceof CountsFrom && counts.key === key) return foldIn(counts.counter, counts.offset);
  if (!(counts instanceof Uint32Array)) return foldIn(key, countsToTensor(counts) as tf.Tensor);
  if (key.shape.length === 0) return foldIn(key, counts[0]!);
  const folds = countsToTensor(counts) as tf.Tensor;
  try {
    return foldIn(key, folds);
  } finally {
    folds.dispose();
  }
}

/** `n` keys of each key, on new last axes. */
export function splitKey(key: Key, n: number | readonly number[]): Key {
  if (typeof n === 'number') return split(key, n);
  const total = sizeOf(n);
  const shape = [...key.shape, ...n];
  return selectKeys(split(key, total), shape, indices(sizeOf(shape)));
}

/** The key `n` times, on new leading axes. */
export function repeatKey(key: Key, n: number | readonly number[]): Key {
  const shape = [...[n].flat(), ...key.shape];
  const size = sizeOf(key.shape);
  return selectKeys(
    key,
    shape,
    indices(sizeOf(shape)).map((i) => i % size),
  );
}

function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
