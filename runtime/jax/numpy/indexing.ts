import * as tf from '@tensorflow/tfjs';
import type { Options } from '../../core/tree-typing.js';
import { axisOf } from './axes.js';
import { moveaxis } from './layout.js';

/**
 * Elements of `x` at `indices` along `axis`; both have the same rank, and other axes broadcast. Negative indices count
 * from the end; beyond it, NaN (integers: the least). Mirrors `jax.numpy.take_along_axis`.
 */
export function takeAlongAxis(x: tf.Tensor, indices: tf.Tensor, axis: number): tf.Tensor {
  const at = axisOf('takeAlongAxis', axis, x.rank);
  if (indices.rank !== x.rank) {
    throw new Error(
      `jax.numpy.takeAlongAxis: expected indices of rank ${x.rank}, got shape [${indices.shape.join(', ')}].\n` +
        'Add axes of length 1 where all rows take the same.',
    );
  }
  return tf.tidy(() => {
    const others = x.shape.map((size, i) =>
      i === at ? 1 : tf.broadcast_util.assertAndGetBroadcastShape([size], [indices.shape[i]!])[0]!,
    );
    const wide = (y: tf.Tensor) =>
      tf.broadcastTo(
        y,
        others.map((size, i) => (i === at ? y.shape[at]! : size)),
      );
    const [rows, places] = [moveaxis(wide(x), at, -1), moveaxis(wide(indices), at, -1)];
    const [size, count] = [rows.shape.at(-1)!, places.shape.at(-1)!];
    const flat = (y: tf.Tensor, last: number) => tf.reshape(y, [-1, last]);
    const inRow = normalised(flat(places, count), size, 'fill');
    const starts = tf.mul(tf.range(0, inRow.index.shape[0]!, 1, 'int32'), tf.scalar(size, 'int32'));
    const index = tf.add(inRow.index, tf.expandDims(starts, 1));
    const taken = tf.gather(tf.reshape(rows, [-1]), tf.reshape(index, [-1]) as tf.Tensor1D);
    return moveaxis(tf.reshape(filled(tf.reshape(taken, [-1, count]), inRow.outside), places.shape), -1, at);
  });
}

/**
 * Slices of `x` at integers of any shape along `axis` (null: the flattened tensor): the axis becomes those of `indices`.
 * Negative indices count from the end. Beyond it: 'fill' gives NaN (integers: the least), 'clip' the last, 'wrap' starts
 * again. Mirrors `jax.numpy.take`.
 */
export function take(
  x: tf.Tensor,
  indices: tf.Tensor | number,
  options: Options<{
    /** Default null. */ axis: number | null;
    /** Default 'fill'. */ mode: 'fill' | 'clip' | 'wrap';
  }> = {},
): tf.Tensor {
  const { axis = null, mode = 'fill' } = options;
  return tf.tidy(() => {
    if (axis === null) return take(tf.reshape(x, [-1]), indices, { axis: 0, mode });
    const at = axisOf('take', axis, x.rank);
    const given = typeof indices === 'number' ? tf.scalar(indices, 'int32') : tf.cast(indices, 'int32');
    const { index, outside } = normalised(tf.reshape(given, [-1]), x.shape[at]!, mode);
    const taken = tf.gather(x, index as tf.Tensor1D, at);
    const beside = outside && tf.reshape(outside, [-1, ...x.shape.slice(at + 1).map(() => 1)]);
    return tf.reshape(filled(taken, beside), [...x.shape.slice(0, at), ...given.shape, ...x.shape.slice(at + 1)]);
  });
}

interface Normalised {
  /** Within 0 … size − 1. */
  readonly index: tf.Tensor;
  /** Where the index was beyond either end, if that is to be filled. */
  readonly outside: tf.Tensor | null;
}

function normalised(indices: tf.Tensor, size: number, mode: 'fill' | 'clip' | 'wrap'): Normalised {
  const [given, n, last] = [tf.cast(indices, 'int32'), tf.scalar(size, 'int32'), tf.scalar(size - 1, 'int32')];
  if (mode === 'wrap') return { index: tf.cast(tf.mod(given, n), 'int32'), outside: null };
  const clipped = (index: tf.Tensor) => tf.minimum(tf.maximum(index, tf.scalar(0, 'int32')), last);
  if (mode === 'clip') return { index: clipped(given), outside: null };
  const index = tf.where(tf.less(given, 0), tf.add(given, n), given);
  return { index: clipped(index), outside: tf.logicalOr(tf.less(index, 0), tf.greater(index, last)) };
}

function filled(x: tf.Tensor, outside: tf.Tensor | null): tf.Tensor {
  if (outside === null) return x;
  const fill = { float32: NaN, int32: -(2 ** 31), bool: true } as { readonly [dtype: string]: number | boolean };
  return tf.where(outside, tf.scalar(fill[x.dtype] ?? NaN, x.dtype), x);
}
