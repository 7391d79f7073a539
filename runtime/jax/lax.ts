import * as tf from '@tensorflow/tfjs';

export { stopGradient } from '../core/autodiff/stop-gradient.js';
export {
  cond,
  foriLoop,
  map,
  scan,
  type ScanOptions,
  switchBranch,
  switchBranch as switch,
  whileLoop,
} from '../core/flow.js';

/** An index that may be known only at run time. */
export type Index = number | tf.Tensor;

/** `[values, indices]` of the `k` largest on the last axis. */
export function topK(x: tf.Tensor, k: number): [values: tf.Tensor, indices: tf.Tensor] {
  const { values, indices } = tf.topk(x, k);
  return [values, indices];
}

/** `onTrue` where `which`, else `onFalse`. */
export function select<T extends tf.Tensor>(which: tf.Tensor, onTrue: T, onFalse: NoInfer<T>): T {
  return tf.where(which, onTrue, onFalse);
}

/** `x` kept between two bounds. */
export function clamp<T extends tf.Tensor>(min: Index, x: T, max: Index): T {
  if (typeof min === 'number' && typeof max === 'number') return tf.clipByValue(x, min, max);
  return tf.tidy(() => tf.minimum(tf.maximum(x, min), max));
}

/** 1 / √x. */
export function rsqrt<T extends tf.Tensor>(x: T): T {
  return tf.rsqrt(x);
}

/** Returns `x`; sharding has no effect on one device. */
export function withShardingConstraint<T>(x: T, _sharding: unknown): T {
  return x;
}
