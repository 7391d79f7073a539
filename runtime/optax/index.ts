/** `linen2nnx/optax`: gradient transformations, schedules and losses, after optax 0.2. */
export {
  chain,
  identity,
  masked,
  MultiSteps,
  multiSteps,
  multiTransform,
  setToZero,
  stateless,
} from './composition.js';
export { injectHyperparams, type InjectHyperparamsState } from './inject.js';
export {
  cosineDistance,
  huberLoss,
  klDivergence,
  l2Loss,
  logCosh,
  sigmoidBinaryCrossEntropy,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  squaredError,
} from './losses.js';
export { cosineOnecycleSchedule, linearOnecycleSchedule } from './onecycle.js';
export { adafactor, adagrad, adam, adamax, adamw, lamb, lars, lion, nadam, radam, rmsprop, sgd } from './optimizers.js';
export type { WeightDecayOptions } from './optimizers.js';
export {
  addDecayedWeights,
  clip,
  clipByGlobalNorm,
  ema,
  scale,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
  scaleBySchedule,
  scaleByTrustRatio,
  trace,
} from './scaling.js';
export type { AdamOptions } from './scaling.js';
export {
  constantSchedule,
  cosineDecaySchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  piecewiseConstantSchedule,
  polynomialSchedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
} from './schedules.js';
export type { ScalarOrSchedule, Schedule, ScheduleLike } from './schedules.js';
export { applyUpdates, globalNorm, incrementalUpdate, periodicUpdate } from './transformation.js';
export type { AnyTransformation, GradientTransformation, Mask, OptState } from './transformation.js';
export { addNoise, applyIfFinite } from './wrappers.js';
