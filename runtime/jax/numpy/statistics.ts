import * as tf from '@tensorflow/tfjs';
import type { Options } from '../../core/tree-typing.js';
import { type AxisOrAxes, axesOf } from './axes.js';

/** Options of `var` and `std`. */
export interface MomentOptions extends Options<{
  /** Default null (all). */
  axis: AxisOrAxes | null;
  /** Taken off the count. Default 0. */
  ddof: number;
  /** Default false. */
  keepDims: boolean;
}> {}

/** Variance over `axis` (all axes by default). Mirrors `jax.numpy.var`. */
export function variance(x: tf.Tensor, options: MomentOptions = {}): tf.Tensor {
  const { axis = null, ddof = 0, keepDims = false } = options;
  const axes = axesOf('var', axis, x.rank);
  const count = axes.reduce((product, each) => product * x.shape[each]!, 1);
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, axes, true));
    return tf.div(tf.sum(tf.square(centred), axes, keepDims), Math.max(count - ddof, 0));
  });
}

/** Standard deviation over `axis` (all axes by default). Mirrors `jax.numpy.std`. */
export function std(x: tf.Tensor, options: MomentOptions = {}): tf.Tensor {
  return tf.tidy(() => tf.sqrt(variance(x, options)));
}

/**
 * Values of the line through `(xp, fp)` [n] at `x` of any shape; `xp` rises. Beyond its ends, the first and the last
 * value. Mirrors `jax.numpy.interp`.
 */
export function interp(x: tf.Tensor, xp: tf.Tensor, fp: tf.Tensor): tf.Tensor {
  const [size] = xp.shape;
  if (xp.rank !== 1 || fp.rank !== 1 || size !== fp.shape[0] || size === undefined || size < 2) {
    throw new Error(
      `jax.numpy.interp: expected xp and fp of one shape [n], n ≥ 2, got [${xp.shape.join(', ')}] and [${fp.shape.join(', ')}].\n` +
        'Pass the points of the line, from left to right.',
    );
  }
  return tf.tidy(() => {
    const passed = tf.cast(tf.greaterEqual(tf.expandDims(x, -1), xp), 'int32');
    const right = tf.clipByValue(tf.sum(passed, -1), 1, size - 1);
    const index = tf.cast(right, 'int32');
    const [end, start] = [index, tf.sub(index, tf.scalar(1, 'int32'))];
    const at = (points: tf.Tensor, place: tf.Tensor) => tf.gather(points, place as tf.Tensor1D);
    const width = tf.sub(at(xp, end), at(xp, start));
    const none = tf.equal(width, 0);
    const share = tf.div(tf.sub(x, at(xp, start)), tf.where(none, tf.onesLike(width), width));
    const between = tf.add(at(fp, start), tf.mul(share, tf.sub(at(fp, end), at(fp, start))));
    const within = tf.where(none, at(fp, start), between);
    const edge = (points: tf.Tensor, place: number) => tf.reshape(tf.slice(points, [place], [1]), []);
    const above = tf.greater(x, edge(xp, size - 1));
    return tf.where(tf.less(x, edge(xp, 0)), edge(fp, 0), tf.where(above, edge(fp, size - 1), within));
  });
}
