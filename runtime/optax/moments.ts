import * as tf from '@tensorflow/tfjs';
import { mapTensors } from './transformation.js';

/** A number, or a scalar tensor where `injectHyperparams` keeps the number in the state. */
export type Scalar = number | tf.Tensor;

/** State of what only counts its steps. */
export interface CountState {
  readonly count: tf.Tensor;
}

/** An int32 counter at 0. */
export function zeroCount(): tf.Tensor {
  return tf.scalar(0, 'int32');
}

/** The next count; stays at the largest int32. */
export function increment(count: tf.Tensor): tf.Tensor {
  const one = tf.scalar(1, 'int32');
  return tf.add(count, tf.where(tf.less(count, tf.scalar(2 ** 31 - 1, 'int32')), one, tf.zerosLike(one)));
}

/** 1 − decay, a number in double precision as in optax. */
export function complement(decay: Scalar): Scalar {
  return typeof decay === 'number' ? 1 - decay : tf.sub(1, decay);
}

/** (1 − decay) · g^order + decay · old. */
export function moment(grads: unknown, old: unknown, { decay, order }: { decay: Scalar; order: 1 | 2 }): unknown {
  const rest = complement(decay);
  return mapTensors((g, m) => tf.add(tf.mul(rest, order === 1 ? g : tf.square(g)), tf.mul(decay, m)), grads, old);
}

/** m / (1 − decay^count). */
export function correctBias(tree: unknown, decay: Scalar, count: tf.Tensor): unknown {
  const correction = tf.sub(1, power(decay, count));
  return mapTensors((m) => tf.div(m, correction), tree);
}

/** The first moment corrected for its bias, looking one step ahead with `nesterov`. */
export function firstMomentHat(
  grads: unknown,
  mu: unknown,
  { b1, count, nesterov }: { readonly b1: Scalar; readonly count: tf.Tensor; readonly nesterov: boolean },
): unknown {
  if (!nesterov) return correctBias(mu, b1, count);
  return mapTensors(
    (m, g) => tf.add(tf.mul(b1, m), tf.mul(complement(b1), g)),
    correctBias(mu, b1, increment(count)),
    correctBias(grads, b1, count),
  );
}

/** base^count in float32. */
export function power(base: Scalar, count: tf.Tensor): tf.Tensor {
  return tf.pow(typeof base === 'number' ? tf.scalar(base) : base, tf.cast(count, 'float32'));
}

/** Throws when `update` was called without the parameters that `who` needs. */
export function needParams(who: string, params: unknown): void {
  if (params !== undefined && params !== null) return;
  throw new Error(
    `${who}: expected the parameters as third argument of update, got none.\nCall tx.update(grads, state, params).`,
  );
}
