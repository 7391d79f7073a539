import * as tf from '@tensorflow/tfjs';

/** Sums over the axes along which a tensor of `shape` was broadcast. */
export function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const added = x.rank - shape.length;
  const axes = x.shape.flatMap((size, i) => (i < added || (shape[i - added] === 1 && size !== 1) ? [i] : []));
  return axes.length === 0 ? x : tf.reshape(tf.sum(x, axes, true), [...shape]);
}
