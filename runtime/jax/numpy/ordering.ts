import * as tf from '@tensorflow/tfjs';
import type { Options } from '../../core/tree-typing.js';
import { axisOf } from './axes.js';
import { takeAlongAxis } from './indexing.js';
import { moveaxis } from './layout.js';

/** How to sort. */
export type SortOptions = Options<{
  /** Null: the flattened tensor. Default -1. */ axis: number | null;
  /** Default false. */ descending: boolean;
}>;

/** Elements in rising order along an axis; NaN last (descending: first). Mirrors `jax.numpy.sort`. */
export function sort<T extends tf.Tensor>(x: T, options: SortOptions = {}): T {
  return tf.tidy(() => {
    const { axis = -1 } = options;
    const flat = axis === null ? tf.reshape(x, [-1]) : x;
    return takeAlongAxis(flat, argsort(flat, { ...options, axis: axis ?? 0 }), axis ?? 0) as T;
  });
}

/** Positions that sort `x` along an axis, dtype int32; equal elements keep their order. Mirrors `jax.numpy.argsort`. */
export function argsort(x: tf.Tensor, options: SortOptions = {}): tf.Tensor {
  const { axis = -1, descending = false } = options;
  return tf.tidy(() => {
    if (axis === null) return argsort(tf.reshape(x, [-1]), { descending, axis: 0 });
    const at = axisOf('argsort', axis, x.rank);
    const rows = moveaxis(tf.cast(x, 'float32'), at, -1);
    const ranked = tf.where(tf.isNaN(rows), tf.fill(rows.shape, Infinity), rows);
    const { indices } = tf.topk(descending ? ranked : tf.neg(ranked), rows.shape.at(-1)!);
    return moveaxis(tf.cast(indices, 'int32'), -1, at);
  });
}
