import type * as tf from '@tensorflow/tfjs';
import type { DType, Options } from '../core/tree-typing.js';
import { clipByBlockRms, scaleByAdamax, scaleByParamBlockRms, scaleByRadam, scaleByRss } from './adaptive.js';
import { chain, identity, masked } from './composition.js';
import { type FactoredOptions, scaleByFactoredRms } from './factored.js';
import {
  addDecayedWeights,
  ema,
  scale,
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

/** Adam with the infinity norm. Mirrors `optax.adamax`. */
export function adamax(
  learningRate: ScalarOrSchedule,
  options: Pick<AdamOptions, 'b1' | 'b2' | 'eps'> = {},
): GradientTransformation {
  return chain(scaleByAdamax(options), scaleByLearningRate(learningRate));
}

/** Adagrad. Mirrors `optax.adagrad`. */
export function adagrad(
  learningRate: ScalarOrSchedule,
  options: Options<{ /** Default 0.1. */ initialAccumulatorValue: number; /** Default 1e-7. */ eps: number }> = {},
): GradientTransformation {
  return chain(scaleByRss(options), scaleByLearningRate(learningRate));
}

/** Adam with the variance's warm-up rectified. Mirrors `optax.radam`. */
export function radam(
  learningRate: ScalarOrSchedule,
  options: Pick<AdamOptions, 'b1' | 'b2' | 'eps' | 'epsRoot' | 'nesterov'> &
    Options<{ /** Default 5. */ threshold: number }> = {},
): GradientTransformation {
  return chain(scaleByRadam(options), scaleByLearningRate(learningRate));
}

/** Adafactor; without a learning rate, steps scale with the parameters. Mirrors `optax.adafactor`. */
export function adafactor(
  learningRate: ScalarOrSchedule | null = null,
  options: FactoredOptions &
    Options<{
      /** Default true. */
      multiplyByParameterScale: boolean;
      /** Default 1. */
      clippingThreshold: number | null;
      /** Default null. */
      momentum: number | null;
      /** Default 'float32'. */
      dtypeMomentum: DType;
      /** Default null. */
      weightDecayRate: number | null;
      /** Default null (all). */
      weightDecayMask: Mask | null;
    }> = {},
): GradientTransformation {
  const { clippingThreshold = 1, momentum = null, weightDecayRate = null, weightDecayMask = null } = options;
  return chain(
    scaleByFactoredRms(options),
    ...(clippingThreshold === null ? [] : [clipByBlockRms(clippingThreshold)]),
    ...(learningRate === null ? [] : [scaleByLearningRate(learningRate, { flipSign: false })]),
    ...((options.multiplyByParameterScale ?? true) ? [scaleByParamBlockRms()] : []),
    ...(momentum === null ? [] : [ema(momentum, { debias: false })]),
    ...(weightDecayRate === null ? [] : [addDecayedWeights(weightDecayRate, { mask: weightDecayMask })]),
    scale(-1),
  );
}

/** LARS. Mirrors `optax.lars`. */
export function lars(
  learningRate: ScalarOrSchedule,
  options: Options<{
    /** Default 0. */
    weightDecay: number;
    /** Default true (all). */
    weightDecayMask: Mask | boolean;
    /** Default 0.001. */
    trustCoefficient: number;
    /** Default 0. */
    eps: number;
    /** Default true (all). */
    trustRatioMask: Mask | boolean;
    /** Default 0.9. */
    momentum: number;
    /** Default false. */
    nesterov: boolean;
  }> = {},
): GradientTransformation {
  const { weightDecay = 0, weightDecayMask = true, trustRatioMask = true, momentum = 0.9, nesterov } = options;
  const { trustCoefficient = 0.001, eps } = options;
  return chain(
    masked(addDecayedWeights(weightDecay), wholeMask(weightDecayMask)),
    masked(scaleByTrustRatio({ trustCoefficient, eps }), wholeMask(trustRatioMask)),
    scaleByLearningRate(learningRate),
    trace(momentum, { nesterov }),
  );
}

/** A boolean as a mask of the whole tree. */
function wholeMask(mask: Mask | boolean): Mask {
  return typeof mask === 'boolean' ? () => mask : mask;
}
