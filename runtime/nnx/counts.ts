import * as tf from '@tensorflow/tfjs';
import { type Key, keyWords, sourceOf } from '../core/key.js';
import type { SampleRequest } from '../core/key-source.js';
import { levelNow } from './trace-level.js';

/**
 * A stream's counters: on the host; an int32 tensor while a transform maps, scans or branches on them; or what a
 * compiled function counts from.
 */
export type Counts = Uint32Array | tf.Tensor | CountsFrom;

/** Counters that are `offset` past those that a compiled function is called with. */
export class CountsFrom {
  constructor(
    /** The stream's key that they count for. */
    readonly key: Key,
    /** Folds `key` with the counter plus a number; its words are the counters (see `transforms/counter-source.ts`). */
    readonly counter: Key,
    readonly offset = 0,
  ) {}
}

/** Shapes of counters that are not plain lists. */
const shapes = new WeakMap<Uint32Array, readonly number[]>();

/** Counters for keys of this shape, from 0. */
export function zeroCounts(shape: readonly number[]): Uint32Array {
  return shaped(new Uint32Array(shape.reduce((product, size) => product * size, 1)), shape);
}

/** Shape of the counters: that of the keys they belong to. */
export function shapeOfCounts(counts: Counts): readonly number[] {
  if (counts instanceof tf.Tensor) return counts.shape;
  if (counts instanceof CountsFrom) return counts.counter.shape;
  return shapes.get(counts) ?? (counts.length === 1 ? [] : [counts.length]);
}

/** The counters some draws further on. */
export function advanced(counts: Counts, by: number): Counts {
  if (counts instanceof tf.Tensor) return tf.add(counts, tf.scalar(by, 'int32'));
  if (counts instanceof CountsFrom) return new CountsFrom(counts.key, counts.counter, counts.offset + by);
  const shape = shapes.get(counts);
  if (counts.length === 1 && shape === undefined) return Uint32Array.of(counts[0]! + by);
  const next = counts.map((each) => each + by);
  return shape === undefined ? next : shaped(next, shape);
}

/** Counters as a tensor that transforms can map, scan and trace; any other value as it is. */
export function countsToTensor(value: unknown): unknown {
  if (value instanceof CountsFrom) {
    const base = sourceOf(value.counter).sample(countRequest);
    return value.offset === 0 ? base : tf.add(base, tf.scalar(value.offset, 'int32'));
  }
  if (!(value instanceof Uint32Array)) return value;
  return tf.tensor(Int32Array.from(value), [...shapeOfCounts(value)], 'int32');
}

/** The counters of a tensor; the tensor itself within a transform, where it has no values yet. */
export function countsFromTensor(value: unknown): unknown {
  if (!(value instanceof tf.Tensor) || levelNow() !== 0) return value;
  return shaped(Uint32Array.from(value.dataSync()), value.shape);
}

/** Reads the counter itself out of a counter's words. */
const countRequest: SampleRequest = {
  shape: [],
  dtype: 'int32',
  fill: (key, count) => new Int32Array(count).fill(keyWords(key)[0]! | 0),
};

function shaped(counts: Uint32Array, shape: readonly number[]): Uint32Array {
  if (shape.length > 1 || (counts.length === 1 && shape.length > 0)) shapes.set(counts, [...shape]);
  return counts;
}
