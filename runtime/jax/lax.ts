import * as tf from '@tensorflow/tfjs';

import { stopGradient } from '../core/autodiff/stop-gradient.js';
import { dotGeneral as contract } from '../functional/dense-general.js';
import type { DimensionNumbers } from '../functional/dense.js';
import type { Index } from './lax-slices.js';

export { stopGradient };
export { cond, foriLoop, map, scan, type ScanOptions, switchBranch as switch, whileLoop } from '../core/flow.js';

export { associativeScan } from './lax-associative.js';
export {
  dynamicIndexInDim,
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateIndexInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
  type Index,
} from './lax-slices.js';

/**
 * Generalised matmul: contracted axes go, batch axes come first, then what is left of `lhs`, then of `rhs`. Mirrors
 * `jax.lax.dot_general`.
 */
export function dotGeneral(lhs: tf.Tensor, rhs: tf.Tensor, dimensionNumbers: DimensionNumbers): tf.Tensor {
  return tf.tidy(() => contract(lhs, rhs, dimensionNumbers));
}

/** `[values, indices]` of the `k` largest on the last axis. */
export function topK(x: tf.Tensor, k: number): [values: tf.Tensor, indices: tf.Tensor] {
  const { values, indices } = tf.topk(x, k);
  return [values, indices];
}

/** `onTrue` where `which`, else `onFalse`. */
export function select<T extends tf.Tensor>(which: tf.Tensor, onTrue: T, onFalse: NoInfer<T>): T {
  return tf.where(which, onTrue, onFalse);
}

/**
 * `x` kept between two bounds: scalars or of its shape. The gradient goes to `x` strictly between them, to a bound where
 * `x` is beyond it, and nowhere where they are equal. Mirrors `jax.lax.clamp`.
 */
export function clamp<T extends tf.Tensor>(min: Index, x: T, max: Index): T {
  return tf.tidy(() => {
    const [below, above] = [tf.less(x, min), tf.greater(x, max)];
    const inside = tf.logicalAnd(tf.greater(x, min), tf.less(x, max));
    const [low, high] = [min, max].map((bound) => tf.cast(bound, x.dtype));
    const outside = tf.where(above, high!, tf.where(below, tf.minimum(low!, high!), stopGradient(x)));
    return tf.where(inside, x, outside) as T;
  });
}

/** 1 / √x. */
export function rsqrt<T extends tf.Tensor>(x: T): T {
  return tf.rsqrt(x);
}

/** Returns `x`; sharding has no effect on one device. */
export function withShardingConstraint<T>(x: T, _sharding: unknown): T {
  return x;
}
