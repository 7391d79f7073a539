import * as tf from '@tensorflow/tfjs';
import { levelNow } from './trace-level.js';

/** A stream's counters: on the host, or an int32 tensor while a transform maps, scans or traces them. */
export type Counts = Uint32Array | tf.Tensor;

/** Shapes of counters of one element that belong to an array of keys. */
const shapes = new WeakMap<Uint32Array, readonly number[]>();

/** Counters for keys of this shape, from 0. */
export function zeroCounts(shape: readonly number[]): Uint32Array {
  return shaped(new Uint32Array(sizeOf(shape)), shape);
}

/** Shape of the counters: that of the keys they belong to. */
export function shapeOfCounts(counts: Counts): readonly number[] {
  if (counts instanceof tf.Tensor) return counts.shape;
  return shapes.get(counts) ?? (counts.length === 1 ? [] : [counts.length]);
}

/** The counters one further on. */
export function nextCounts(counts: Counts): Counts {
  if (counts instanceof tf.Tensor) return tf.add(counts, tf.scalar(1, 'int32'));
  return shaped(
    counts.map((each) => each + 1),
    shapeOfCounts(counts),
  );
}

/** Counters as a tensor that transforms can map, scan and trace; any other value as it is. */
export function countsToTensor(value: unknown): unknown {
  if (!(value instanceof Uint32Array)) return value;
  return tf.tensor(Int32Array.from(value), [...shapeOfCounts(value)], 'int32');
}

/** The counters of a tensor; the tensor itself within a transform, where it has no values yet. */
export function countsFromTensor(value: unknown): unknown {
  if (!(value instanceof tf.Tensor) || levelNow() !== 0) return value;
  return shaped(Uint32Array.from(value.dataSync()), value.shape);
}

function shaped(counts: Uint32Array, shape: readonly number[]): Uint32Array {
  if (counts.length === 1 && shape.length > 0) shapes.set(counts, [...shape]);
  if (shape.length > 1) shapes.set(counts, [...shape]);
  return counts;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
