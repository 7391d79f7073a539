/** The building blocks that optimizers are chained from. Formulas: optax 0.2 `_src/transform.py`. */
import * as tf from '@tensorflow/tfjs';
import type { DType, Options } from '../core/tree-typing.js';
import type { ScalarOrSchedule, ScheduleLike } from './schedules.js';
import {
  type CountState,
  complement,
  correctBias,
  firstMomentHat,
  increment,
  moment,
  needParams,
  zeroCount,
} from './moments.js';
import {
  asTensor,
  defineTransformation,
  fullLike,
  globalNorm,
  mapTensors,
  select,
  zerosLike,
} from './transformation.js';
import type { GradientTransformation, Mask } from './transformation.js';
import { masked } from './composition.js';

/** Options of Adam and its relatives. */
export interface AdamOptions extends Options<{
  /** Decay of the first moment. Default 0.9. */
  b1: number;
  /** Decay of the second moment. Default 0.999. */
  b2: number;
  /** Added outside the root. Default 1e-8. */
  eps: number;
  /** Added inside the root. Default 0. */
  epsRoot: number;
  /** Default null (that of the parameters). */
  muDtype: DType | null;
  /** Default false. */
  nesterov: boolean;
}> {}

type EmptyState = readonly [];
const empty: EmptyState = [];

/** Multiplies by `stepSize`. Mirrors `optax.scale`. */
export function scale(stepSize: number | tf.Tensor): GradientTransformation {
  return defineTransformation<EmptyState>({
    init: () => empty,
    update: (grads, state) => [mapTensors((g) => tf.mul(stepSize, g), grads), state],
  });
}

/** Multiplies by `schedule(count)`, count from 0. Mirrors `optax.scale_by_schedule`. */
export function scaleBySchedule(schedule: ScheduleLike): GradientTransformation {
  return defineTransformation<CountState>({
    init: () => ({ count: zeroCount() }),
    update: (grads, { count }) => {
      const stepSize = asTensor(schedule(count));
      return [mapTensors((g) => tf.mul(stepSize, g), grads), { count: increment(count) }];
    },
  });
}

/** Multiplies by the learning rate, negated. Mirrors `optax.scale_by_learning_rate`. */
export function scaleByLearningRate(
  learningRate: ScalarOrSchedule,
  options: Options<{ /** Default true. */ flipSign: boolean }> = {},
): GradientTransformation {
  const sign = (options.flipSign ?? true) ? -1 : 1;
  if (typeof learningRate === 'function') return scaleBySchedule((count) => tf.mul(sign, learningRate(count)));
  return scale(typeof learningRate === 'number' ? sign * learningRate : tf.mul(sign, learningRate));
}

interface AdamState extends CountState {
  readonly mu: unknown;
  readonly nu: unknown;
}

/** Adam's direction, without learning rate. Mirrors `optax.scale_by_adam`. */
export function scaleByAdam(options: AdamOptions = {}): GradientTransformation {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options;
  return defineTransformation<AdamState>({
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update: (grads, state) => {
      const count = increment(state.count);
      const mu = moment(grads, state.mu, { decay: b1, order: 1 });
      const nu = moment(grads, state.nu, { decay: b2, order: 2 });
      const muHat = firstMomentHat(grads, mu, { b1, count, nesterov });
      const nuHat = correctBias(nu, b2, count);
      const updates = mapTensors((m, v) => tf.div(m, tf.add(tf.sqrt(tf.add(v, epsRoot)), eps)), muHat, nuHat);
      return [updates, { count, mu, nu }];
    },
  });
}

/** RMSProp's direction. Mirrors `optax.scale_by_rms`. */
export function scaleByRms(
  options: Options<{
    /** Default 0.9. */ decay: number;
    /** Default 1e-8. */ eps: number;
    /** Default 0. */ initialScale: number;
  }> = {},
): GradientTransformation {
  const { decay = 0.9, eps = 1e-8, initialScale = 0 } = options;
  return defineTransformation<{ readonly nu: unknown }>({
    init: (params) => ({ nu: mapTensors((p) => fullLike(p, initialScale), params) }),
    update: (grads, state) => {
      const nu = moment(grads, state.nu, { decay, order: 2 });
      return [mapTensors((g, v) => tf.mul(g, tf.rsqrt(tf.add(v, eps))), grads, nu), { nu }];
    },
  });
}

/** Centred RMSProp's direction: the variance in place of the second moment. Mirrors `optax.scale_by_stddev`. */
export function scaleByStddev(options: Parameters<typeof scaleByRms>[0] = {}): GradientTransformation {
  const { decay = 0.9, eps = 1e-8, initialScale = 0 } = options;
  return defineTransformation<{ readonly mu: unknown; readonly nu: unknown }>({
    init: (params) => ({ mu: zerosLike(params), nu: mapTensors((p) => fullLike(p, initialScale), params) }),
    update: (grads, state) => {
      const mu = moment(grads, state.mu, { decay, order: 1 });
      const nu = moment(grads, state.nu, { decay, order: 2 });
      const updates = mapTensors((g, m, v) => tf.mul(g, tf.rsqrt(tf.add(tf.sub(v, tf.square(m)), eps))), grads, mu, nu);
      return [updates, { mu, nu }];
    },
  });
}

/** Momentum: t ← g + decay · t. Mirrors `optax.trace`. */
export function trace(
  decay: number,
  options: Options<{
    /** Default false. */ nesterov: boolean;
    /** Default null. */ accumulatorDtype: DType | null;
  }> = {},
): GradientTransformation {
  const advance = (grads: unknown, old: unknown) => mapTensors((g, t) => tf.add(g, tf.mul(decay, t)), grads, old);
  return defineTransformation<{ readonly trace: unknown }>({
    init: (params) => ({ trace: zerosLike(params) }),
    update: (grads, state) => {
      const next = advance(grads, state.trace);
      const updates = options.nesterov === true ? advance(grads, next) : mapTensors((t) => tf.clone(t), next);
      return [updates, { trace: next }];
    },
  });
}

/** Adds weightDecay · params. Mirrors `optax.add_decayed_weights`. */
export function addDecayedWeights(
  weightDecay: number | tf.Tensor = 0,
  options: Options<{ /** Default null (all). */ mask: Mask | null }> = {},
): GradientTransformation {
  const decay = defineTransformation<EmptyState>({
    init: () => empty,
    update: (grads, state, params) => {
      needParams('addDecayedWeights', params);
      return [mapTensors((g, p) => tf.add(g, tf.mul(weightDecay, p)), grads, params), state];
    },
  });
  return options.mask === undefined || options.mask === null ? decay : masked(decay, options.mask);
}

/** Averages the updates: `decay` · old + (1 − decay) · new. Mirrors `optax.ema`. */
export function ema(
  decay: number,
  options: Options<{ /** Default true. */ debias: boolean; /** Default null. */ accumulatorDtype: DType | null }> = {},
): GradientTransformation {
  return defineTransformation<CountState & { readonly ema: unknown }>({
    init: (params) => ({ count: zeroCount(), ema: zerosLike(params) }),
    update: (grads, state) => {
      const average = moment(grads, state.ema, { decay, order: 1 });
      const count = increment(state.count);
      const updates =
        (options.debias ?? true) ? correctBias(average, decay, count) : mapTensors((x) => tf.clone(x), average);
      return [updates, { count, ema: average }];
    },
  });
}

/** Lion's direction: sign(b1 · m + (1 − b1) · g). Mirrors `optax.scale_by_lion`. */
export function scaleByLion(options: Pick<AdamOptions, 'b1' | 'b2' | 'muDtype'> = {}): GradientTransformation {
  const { b1 = 0.9, b2 = 0.99 } = options;
  return defineTransformation<CountState & { readonly mu: unknown }>({
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params) }),
    update: (grads, state) => {
      const updates = mapTensors((g, m) => tf.sign(tf.add(tf.mul(complement(b1), g), tf.mul(b1, m))), grads, state.mu);
      const mu = moment(grads, state.mu, { decay: b2, order: 1 });
      return [updates, { count: increment(state.count), mu }];
    },
  });
}

/** Divides by the ℓ² norm of the gradients, leaf by leaf, times that of the parameters. Mirrors `optax.scale_by_trust_ratio`. */
export function scaleByTrustRatio(
  options: Options<{
    /** Default 0. */ minNorm: number;
    /** Default 1. */ trustCoefficient: number;
    /** Default 0. */ eps: number;
  }> = {},
): GradientTransformation {
  const { minNorm = 0, trustCoefficient = 1, eps = 0 } = options;
  const norm = (x: tf.Tensor) => tf.maximum(tf.sqrt(tf.sum(tf.square(x))), minNorm);
  return defineTransformation<EmptyState>({
    init: () => empty,
    update: (grads, state, params) => {
      needParams('scaleByTrustRatio', params);
      const updates = mapTensors(
        (g, p) => {
          const [paramNorm, updateNorm] = [norm(p), norm(g)];
          const ratio = tf.div(tf.mul(trustCoefficient, paramNorm), tf.add(updateNorm, eps));
          const none = tf.logicalOr(tf.equal(paramNorm, 0), tf.equal(updateNorm, 0));
          return tf.mul(g, select(none, tf.scalar(1), ratio));
        },
        grads,
        params,
      );
      return [updates, state];
    },
  });
}

/** Clips each element to [−maxDelta, maxDelta]. Mirrors `optax.clip`. */
export function clip(maxDelta: number): GradientTransformation {
  return defineTransformation<EmptyState>({
    init: () => empty,
    update: (grads, state) => [
      mapTensors((g) => tf.maximum(tf.minimum(g, maxDelta), tf.mul(-1, maxDelta)), grads),
      state,
    ],
  });
}

/** Scales down gradients whose global norm exceeds `maxNorm`. Mirrors `optax.clip_by_global_norm`. */
export function clipByGlobalNorm(maxNorm: number): GradientTransformation {
  return defineTransformation<EmptyState>({
    init: () => empty,
    update: (grads, state) => {
      const norm = globalNorm(grads);
      const small = tf.less(norm, maxNorm);
      return [mapTensors((g) => select(small, g, tf.mul(tf.div(g, norm), maxNorm)), grads), state];
    },
  });
}
