/** Scalings by statistics of the gradients. Formulas: optax 0.2 `_src/transform.py`. */
import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import {
  type CountState,
  type Scalar,
  correctBias,
  firstMomentHat,
  increment,
  moment,
  needParams,
  power,
  zeroCount,
} from './moments.js';
import type { AdamOptions } from './scaling.js';
import { defineTransformation, fullLike, mapTensors, select, zerosLike } from './transformation.js';
import type { GradientTransformation } from './transformation.js';

interface MomentsState extends CountState {
  readonly mu: unknown;
  readonly nu: unknown;
}

/** Adam's direction with the largest gradient so far in place of the second moment. `optax.scale_by_adamax`. */
export function scaleByAdamax(options: Pick<AdamOptions, 'b1' | 'b2' | 'eps'> = {}): GradientTransformation {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options;
  return defineTransformation<MomentsState>({
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update: (grads, state) => {
      const count = increment(state.count);
      const mu = moment(grads, state.mu, { decay: b1, order: 1 });
      const nu = mapTensors((g, v) => tf.maximum(tf.add(tf.abs(g), eps), tf.mul(b2, v)), grads, state.nu);
      return [mapTensors((m, v) => tf.div(m, v), correctBias(mu, b1, count), nu), { count, mu, nu }];
    },
  });
}

/** Divides by the root of the sum of all squared gradients so far. `optax.scale_by_rss`. */
export function scaleByRss(
  options: Options<{ /** Default 0.1. */ initialAccumulatorValue: number; /** Default 1e-7. */ eps: number }> = {},
): GradientTransformation {
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options;
  return defineTransformation<{ readonly sumOfSquares: unknown }>({
    init: (params) => ({ sumOfSquares: mapTensors((p) => fullLike(p, initialAccumulatorValue), params) }),
    update: (grads, state) => {
      const sumOfSquares = mapTensors((g, sum) => tf.add(tf.square(g), sum), grads, state.sumOfSquares);
      const updates = mapTensors(
        (g, sum) => tf.mul(tf.where(tf.greater(sum, 0), tf.rsqrt(tf.add(sum, eps)), tf.zerosLike(sum)), g),
        grads,
        sumOfSquares,
      );
      return [updates, { sumOfSquares }];
    },
  });
}

/** Adam's direction, its variance rectified while few steps are known. `optax.scale_by_radam`. */
export function scaleByRadam(
  options: Pick<AdamOptions, 'b1' | 'b2' | 'eps' | 'epsRoot' | 'nesterov'> &
    Options<{ /** Default 5. */ threshold: number }> = {},
): GradientTransformation {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false, threshold = 5 } = options;
  return defineTransformation<MomentsState>({
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update: (grads, state) => {
      const count = increment(state.count);
      const mu = moment(grads, state.mu, { decay: b1, order: 1 });
      const nu = moment(grads, state.nu, { decay: b2, order: 2 });
      const { length, rectifier } = rectification(b2, count);
      const tractable = tf.greaterEqual(length, threshold);
      const updates = mapTensors(
        (m, v) => {
          const rectified = tf.div(tf.mul(rectifier, m), tf.add(tf.sqrt(tf.add(v, epsRoot)), eps));
          return select(tractable, rectified, m);
        },
        firstMomentHat(grads, mu, { b1, count, nesterov }),
        correctBias(nu, b2, count),
      );
      return [updates, { count, mu, nu }];
    },
  });
}

/** Length ρ of the moving average after `count` steps, and √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ)). */
function rectification(b2: Scalar, count: tf.Tensor): { readonly length: tf.Tensor; readonly rectifier: tf.Tensor } {
  const limit = typeof b2 === 'number' ? 2 / (1 - b2) - 1 : tf.sub(tf.div(2, tf.sub(1, b2)), 1);
  const decayed = power(b2, count);
  const twice = tf.mul(2, tf.cast(count, 'float32'));
  const length = tf.sub(limit, tf.div(tf.mul(twice, decayed), tf.sub(1, decayed)));
  const above = tf.mul(tf.mul(tf.sub(length, 4), tf.sub(length, 2)), limit);
  const below = typeof limit === 'number' ? (limit - 4) * (limit - 2) : tf.mul(tf.sub(limit, 4), tf.sub(limit, 2));
  return { length, rectifier: tf.sqrt(tf.div(above, tf.mul(below, length))) };
}

/** Scales down leaves whose root mean square exceeds `threshold`. `optax.clip_by_block_rms`. */
export function clipByBlockRms(threshold: number): GradientTransformation {
  return defineTransformation<readonly []>({
    init: () => [],
    update: (grads, state) => [
      mapTensors((g) => tf.div(g, tf.maximum(1, tf.div(rootMeanSquare(g), threshold))), grads),
      state,
    ],
  });
}

/** Multiplies by the root mean square of the parameters, leaf by leaf, at least 1e-3. `optax.scale_by_param_block_rms`. */
export function scaleByParamBlockRms(): GradientTransformation {
  return defineTransformation<readonly []>({
    init: () => [],
    update: (grads, state, params) => {
      needParams('scaleByParamBlockRms', params);
      return [mapTensors((g, p) => tf.mul(g, tf.maximum(rootMeanSquare(p), 1e-3)), grads, params), state];
    },
  });
}

function rootMeanSquare(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mean(tf.square(x)));
}
