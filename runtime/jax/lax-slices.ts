import * as tf from '@tensorflow/tfjs';
import type { Options, Shape } from '../core/tree-typing.js';

/** An index that may be known only at run time. */
export type Index = number | tf.Tensor;

type Indices = readonly Index[] | tf.Tensor;

/**
 * The slice of `sliceSizes` that starts at `startIndices`, moved inwards where it would leave `x`. Negative indices count
 * from the end. Mirrors `jax.lax.dynamic_slice`.
 */
export function dynamicSlice<T extends tf.Tensor>(x: T, startIndices: Indices, sliceSizes: Shape): T {
  requireSizes('dynamicSlice', x, sliceSizes);
  return tf.tidy(() => {
    const starts = startsOf('dynamicSlice', startIndices, x.rank);
    const known = starts.map((start, i) =>
      typeof start === 'number' ? within(start, x.shape[i]!, sliceSizes[i]!) : 0,
    );
    const sizes = starts.map((start, i) => (typeof start === 'number' ? sliceSizes[i]! : x.shape[i]!));
    return starts.reduce<tf.Tensor>(
      (sliced, start, axis) => {
        if (typeof start === 'number' || sliceSizes[axis] === x.shape[axis]) return sliced;
        const first = clamped(start, x.shape[axis]!, sliceSizes[axis]!);
        const places = tf.add(tf.range(0, sliceSizes[axis]!, 1, 'int32'), first);
        return tf.gather(sliced, places as tf.Tensor1D, axis);
      },
      tf.slice(x, known, sizes),
    ) as T;
  });
}

/** `x` with `update` at `startIndices`, moved inwards where it would leave `x`. Mirrors `jax.lax.dynamic_update_slice`. */
export function dynamicUpdateSlice<T extends tf.Tensor>(x: T, update: tf.Tensor, startIndices: Indices): T {
  requireSizes('dynamicUpdateSlice', x, update.shape);
  return tf.tidy(() => {
    const starts = startsOf('dynamicUpdateSlice', startIndices, x.rank);
    let placed: tf.Tensor = update;
    let inside: tf.Tensor | null = null;
    starts.forEach((start, axis) => {
      const [size, count] = [x.shape[axis]!, update.shape[axis]!];
      if (size === count) return;
      const first =
        typeof start === 'number' ? tf.scalar(within(start, size, count), 'int32') : clamped(start, size, count);
      const offset = tf.sub(tf.range(0, size, 1, 'int32'), first);
      const last = tf.scalar(count - 1, 'int32');
      const here = tf.logicalAnd(tf.greaterEqual(offset, tf.scalar(0, 'int32')), tf.lessEqual(offset, last));
      const along = tf.reshape(
        here,
        x.shape.map((_, i) => (i === axis ? size : 1)),
      );
      placed = tf.gather(placed, tf.minimum(tf.maximum(offset, tf.scalar(0, 'int32')), last) as tf.Tensor1D, axis);
      inside = inside === null ? along : tf.logicalAnd(inside, along);
    });
    return (inside === null ? tf.clone(placed) : tf.where(inside, placed, x)) as T;
  });
}

/** `dynamicSlice` on one axis (default 0). Mirrors `jax.lax.dynamic_slice_in_dim`. */
export function dynamicSliceInDim<T extends tf.Tensor>(x: T, startIndex: Index, sliceSize: number, axis = 0): T {
  const at = axisOf('dynamicSliceInDim', axis, x.rank);
  return dynamicSlice(
    x,
    startsAt(x, at, startIndex),
    x.shape.map((size, i) => (i === at ? sliceSize : size)),
  );
}

/** `dynamicUpdateSlice` on one axis. Mirrors `jax.lax.dynamic_update_slice_in_dim`. */
export function dynamicUpdateSliceInDim<T extends tf.Tensor>(
  x: T,
  update: tf.Tensor,
  startIndex: Index,
  axis: number,
): T {
  return dynamicUpdateSlice(x, update, startsAt(x, axisOf('dynamicUpdateSliceInDim', axis, x.rank), startIndex));
}

/**
 * The slice at `index` of an axis (default 0), whose length becomes 1, or which goes with `keepDims` false. Mirrors
 * `jax.lax.dynamic_index_in_dim`.
 */
export function dynamicIndexInDim(
  x: tf.Tensor,
  index: Index,
  axis = 0,
  options: Options<{ /** Default true. */ keepDims: boolean }> = {},
): tf.Tensor {
  const at = axisOf('dynamicIndexInDim', axis, x.rank);
  return tf.tidy(() => {
    const slice = dynamicSliceInDim(x, index, 1, at);
    return (options.keepDims ?? true) ? slice : tf.squeeze(slice, [at]);
  });
}

/** `x` with `update` at `index` of an axis, which `update` may lack. Mirrors `jax.lax.dynamic_update_index_in_dim`. */
export function dynamicUpdateIndexInDim<T extends tf.Tensor>(x: T, update: tf.Tensor, index: Index, axis: number): T {
  const at = axisOf('dynamicUpdateIndexInDim', axis, x.rank);
  return tf.tidy(() => {
    const wide = update.rank === x.rank ? update : tf.expandDims(update, at);
    return dynamicUpdateSlice(x, wide, startsAt(x, at, index));
  });
}

function startsAt(x: tf.Tensor, axis: number, start: Index): Index[] {
  return x.shape.map((_, i) => (i === axis ? start : 0));
}

function startsOf(name: string, indices: Indices, rank: number): Index[] {
  const starts =
    indices instanceof tf.Tensor
      ? Array.from({ length: indices.shape[0] ?? 0 }, (_, i) => tf.reshape(tf.slice(indices, [i], [1]), []))
      : [...indices];
  if (starts.length === rank) return starts;
  throw new Error(
    `jax.lax.${name}: expected ${rank} start indices, got ${starts.length}.\nPass one for each axis of the tensor.`,
  );
}

function requireSizes(name: string, x: tf.Tensor, sizes: Shape): void {
  if (sizes.length === x.rank && sizes.every((size, i) => size >= 0 && size <= x.shape[i]!)) return;
  throw new Error(
    `jax.lax.${name}: expected a slice within [${x.shape.join(', ')}], got [${sizes.join(', ')}].\n` +
      'Each axis of the slice is at most as long as that of the tensor.',
  );
}

function within(start: number, size: number, count: number): number {
  return Math.min(Math.max(start < 0 ? start + size : start, 0), size - count);
}

/** As `within`, for a scalar that is known only at run time. */
function clamped(start: tf.Tensor, size: number, count: number): tf.Tensor {
  const given = tf.cast(tf.reshape(start, []), 'int32');
  const from = tf.where(tf.less(given, tf.scalar(0, 'int32')), tf.add(given, tf.scalar(size, 'int32')), given);
  return tf.minimum(tf.maximum(from, tf.scalar(0, 'int32')), tf.scalar(size - count, 'int32'));
}

function axisOf(name: string, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new Error(
    `jax.lax.${name}: expected an axis from ${-rank} to ${rank - 1}, got ${axis}.\nThe tensor has rank ${rank}.`,
  );
}
