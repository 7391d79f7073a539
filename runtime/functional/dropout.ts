import * as tf from '@tensorflow/tfjs';
import type { Key } from '../core/tree-typing.js';
import { bernoulli } from '../random/distributions.js';

/** How `dropout` draws its mask. */
export interface DropoutOptions {
  /** Probability of zero. */
  readonly rate: number;
  /** Axes that share one mask. Default []. */
  readonly broadcastDims?: readonly number[] | undefined;
}

/** `x / (1 − rate)` where a coin of probability `1 − rate` shows heads, else 0. Same shape. Flax `Dropout`. */
export function dropout(x: tf.Tensor, key: Key, { rate, broadcastDims = [] }: DropoutOptions): tf.Tensor {
  const shape = [...x.shape];
  for (const axis of broadcastDims) shape[axis < 0 ? axis + x.rank : axis] = 1;
  const mask = bernoulli(key, 1 - rate, shape);
  return tf.where(mask, tf.div(x, 1 - rate), tf.zerosLike(x));
}
