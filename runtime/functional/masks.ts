import * as tf from '@tensorflow/tfjs';
import type { DType, Options } from '../core/tree-typing.js';

/** Queries [..., q] and keys [..., k] → mask [..., 1, q, k]. Flax `make_attention_mask`. */
export function makeAttentionMask(
  queryInput: tf.Tensor,
  keyInput: tf.Tensor,
  options: Options<{
    /** Default multiply. */
    pairwiseFn: (query: tf.Tensor, key: tf.Tensor) => tf.Tensor;
    /** Default 0. */
    extraBatchDims: number;
    /** Default 'float32'. */
    dtype: DType;
  }> = {},
): tf.Tensor {
  const { pairwiseFn = tf.mul, extraBatchDims = 0, dtype = 'float32' } = options;
  const pairs = pairwiseFn(tf.expandDims(queryInput, -1), tf.expandDims(keyInput, -2));
  const extra = Array.from({ length: extraBatchDims }, () => 1);
  const shape = [...extra, ...pairs.shape.slice(0, -2), 1, ...pairs.shape.slice(-2)];
  return tf.cast(tf.reshape(pairs, shape), dtype);
}

/** Input [..., len] → lower-triangular mask [..., 1, len, len]. Flax `make_causal_mask`. */
export function makeCausalMask(
  x: tf.Tensor,
  options: Options<{
    /** Default 0. */
    extraBatchDims: number;
    /** Default 'float32'. */
    dtype: DType;
  }> = {},
): tf.Tensor {
  const positions = tf.add(tf.zeros(x.shape), tf.range(0, x.shape.at(-1) ?? 1));
  return makeAttentionMask(positions, positions, { ...options, pairwiseFn: tf.greaterEqual });
}

/** Logical and of the masks given, float32; null ones are skipped, null when none is left. Flax `combine_masks`. */
export function combineMasks(...masks: [tf.Tensor, ...(tf.Tensor | null | undefined)[]]): tf.Tensor;
export function combineMasks(...masks: (tf.Tensor | null | undefined)[]): tf.Tensor | null;
export function combineMasks(...masks: (tf.Tensor | null | undefined)[]): tf.Tensor | null {
  const given = masks.filter((mask) => mask !== null && mask !== undefined).map((mask) => tf.cast(mask, 'bool'));
  if (given.length === 0) return null;
  return tf.cast(
    given.reduce((all, mask) => tf.logicalAnd(all, mask)),
    'float32',
  );
}
