import type * as tf from '@tensorflow/tfjs';
import type { DType, Options } from '../core/tree-typing.js';
import { chain, identity } from './composition.js';
import {
  addDecayedWeights,
  scaleByAdam,
  scaleByLearningRate,
  scaleByLion,
  scaleByRms,
  scaleByStddev,
  scaleByTrustRatio,
  trace,
} from './scaling.js';
import type { AdamOptions } from './scaling.js';
import type { ScalarOrSchedule } from './schedules.js';
import type { GradientTransformation, Mask } from './transformation.js';

/** Options of optimizers with decoupled weight decay. */
export interface WeightDecayOptions extends Options<{
  /** Default 1e-4 (adamw), 1e-3 (lion), 0 (lamb). */
  weightDecay: number | tf.Tensor;
  /** Leaves that decay. Default null (all). */
  mask: Mask | null;
}> {}

/** Stochastic gradient descent. Mirrors `optax.sgd`. */
export function sgd(
  learningRate: ScalarOrSchedule,
  options: Options<{
    /** Default null (none). */
    momentum: number | null;
    /** Default false. */
    nesterov: boolean;
    /** Default null. */
    accumulatorDtype: DType | null;
  }> = {},
): GradientTransformation {
  const { momentum = null, nesterov, accumulatorDtype } = options;
  const direction = momentum === null ? identity() : trace(momentum, { nesterov, accumulatorDtype });
  return chain(direction, scaleByLearningRate(learningRate));
}

/** Adam. Mirrors `optax.adam`. */
export function adam(learningRate: ScalarOrSchedule, options: AdamOptions = {}): GradientTransformation {
  return chain(scaleByAdam(options), scaleByLearningRate(learningRate));
}

/** Adam with decoupled weight decay. Mirrors `optax.adamw`. */
export function adamw(
  learningRate: ScalarOrSchedule,
  options: AdamOptions & WeightDecayOptions = {},
): GradientTransformation {
  const { weightDecay = 1e-4, mask = null } = options;
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate));
}

/** Adam with Nesterov momentum. Mirrors `optax.nadam`. */
export function nadam(
  learningRate: ScalarOrSchedule,
  options: Omit<AdamOptions, 'nesterov'> = {},
): GradientTransformation {
  return adam(learningRate, { ...options, nesterov: true });
}

/** RMSProp. Mirrors `optax.rmsprop`. */
export function rmsprop(
  learningRate: ScalarOrSchedule,
  options: Options<{
    /** Default 0.9. */
    decay: number;
    /** Default 1e-8. */
    eps: number;
    /** Default 0. */
    initialScale: number;
    /** Default false. */
    centered: boolean;
    /** Default null. */
    momentum: number | null;
    /** Default false. */
    nesterov: boolean;
  }> = {},
): GradientTransformation {
  const { centered = false, momentum = null, nesterov } = options;
  return chain(
    centered ? scaleByStddev(options) : scaleByRms(options),
    scaleByLearningRate(learningRate),
    momentum === null ? identity() : trace(momentum, { nesterov }),
  );
}

/** Lion; b2 defaults to 0.99. Mirrors `optax.lion`. */
export function lion(
  learningRate: ScalarOrSchedule,
  options: Pick<AdamOptions, 'b1' | 'b2' | 'muDtype'> & WeightDecayOptions = {},
): GradientTransformation {
  const { weightDecay = 1e-3, mask = null } = options;
  return chain(scaleByLion(options), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate));
}

/** LAMB; eps defaults to 1e-6. Mirrors `optax.lamb`. */
export function lamb(
  learningRate: ScalarOrSchedule,
  options: Pick<AdamOptions, 'b1' | 'b2' | 'eps' | 'epsRoot'> & WeightDecayOptions = {},
): GradientTransformation {
  const { weightDecay = 0, mask = null, eps = 1e-6 } = options;
  return chain(
    scaleByAdam({ ...options, eps }),
    addDecayedWeights(weightDecay, { mask }),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}
