import * as tf from '@tensorflow/tfjs';
import type { AnyFunction, Attributes, Options } from '../../core/tree-typing.js';
import { hasSpectralNorm, spectralNorm, weightNorm, weightScaleShape } from '../../functional/reparametrization.js';
import { type Initializer, normal, ones } from '../../random/initializers.js';
import { type Filter, PathContains, toPredicate } from '../filters.js';
import { variablesOf } from '../graph.js';
import { type CallableModule, type Layer, Module } from '../module.js';
import { levelNow } from '../trace-level.js';
import { type Holding, Variable } from '../variable.js';
import { BatchStat, Param } from '../variable-types.js';
import { assignFields, dtypeDefaults, type DtypeFields, type RngsOption } from './fields.js';

interface InPlace {
  /**
   * Leave the normalised weights in the layer, as Flax's NNX does. With false the layer keeps its own weights, as in
   * Linen: an extension. Default true.
   */
  inPlace: boolean;
}

interface SpectralNormFields extends DtypeFields, InPlace {
  /** Power iterations in each update. Default 1. */
  nSteps: number;
  /** Default 1e-12. */
  epsilon: number;
  /** Default false. */
  errorOnNonMatrix: boolean;
}

/** Options of `SpectralNorm`. */
export interface SpectralNormOptions
  extends RngsOption, Options<SpectralNormFields & { /** Default true. */ updateStats: boolean }> {}

/** Divides a layer's weights by their spectral norm, in place, and calls it. */
export class SpectralNorm<L extends CallableModule = Layer> extends Module {
  /** Not `updateStats`; set by `train` and `eval`. */
  useRunningAverage: boolean;
  /** `u` [1, out] and `sigma` of each of the layer's weights, by path: `kernel/u`. */
  readonly batchStats: { readonly [path: string]: BatchStat };

  constructor(
    readonly layerInstance: L,
    options: SpectralNormOptions,
  ) {
    super();
    assignFields(this, spectralNormDefaults, options);
    this.useRunningAverage = !(options.updateStats ?? true);
    const init = normal();
    const entries = weightsOf(layerInstance)
      .filter(([, weights]) => hasSpectralNorm('SpectralNorm', weights.shape.length, this))
      .flatMap(([path, weights]) => [
        [`${path}/u`, new BatchStat(init(options.rngs.params(), [1, weights.shape.at(-1)!], this.paramDtype))],
        [`${path}/sigma`, new BatchStat<tf.Tensor>(tf.ones([], this.paramDtype))],
      ]);
    this.batchStats = Object.fromEntries(entries) as { readonly [path: string]: BatchStat };
  }

  call(x: tf.Tensor, options: Options<{ updateStats: boolean | null }> = {}): ReturnType<L['call']> {
    const updateStats = options.updateStats ?? !this.useRunningAverage;
    const normalised = weightsOf(this.layerInstance)
      .filter(([, weights]) => hasSpectralNorm('SpectralNorm', weights.shape.length, this))
      .map(([path, weights]) => {
        const [u, sigma] = [this.batchStats[`${path}/u`]!, this.batchStats[`${path}/sigma`]!];
        const step = spectralNorm(weights.value, u.value, this);
        if (updateStats) [u.value, sigma.value] = [step.u, step.sigma];
        return [weights, step.value] as const;
      });
    return callWith(this, normalised, [x]);
  }
}
export interface SpectralNorm<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  L extends CallableModule = Layer,
> extends Attributes<SpectralNormFields> {}

const spectralNormDefaults: SpectralNormFields = {
  ...dtypeDefaults,
  inPlace: true,
  nSteps: 1,
  epsilon: 1e-12,
  errorOnNonMatrix: false,
};

interface WeightNormFields extends DtypeFields, InPlace {
  /** Default -1. */
  featureAxes: number | readonly number[] | null;
  /** Default true. */
  useScale: boolean;
  /** Default ones. */
  scaleInit: Initializer;
  /** Default 1e-12. */
  epsilon: number;
  /** Variables it applies to. Default new PathContains('kernel'). */
  variableFilter: Filter;
}

/** Options of `WeightNorm`. */
export interface WeightNormOptions extends RngsOption, Options<WeightNormFields> {}

/** Normalises and scales a layer's weights, in place, and calls it. */
export class WeightNorm<L extends CallableModule = Layer> extends Module {
  /** The scale of each of the layer's weights, by path; trained, as in Linen. */
  readonly scales: { readonly [path: string]: Param };

  constructor(
    readonly layerInstance: L,
    options: WeightNormOptions,
  ) {
    super();
    assignFields(this, weightNormDefaults, options);
    const entries = this.useScale
      ? normalisedBy(this).map(([path, weights]) => {
          const shape = weightScaleShape(weights.shape, this.featureAxes);
          return [path, new Param(this.scaleInit(options.rngs.params(), shape, this.paramDtype))] as const;
        })
      : [];
    this.scales = Object.fromEntries(entries);
  }

  call(...args: Parameters<L['call']>): ReturnType<L['call']> {
    const { featureAxes, epsilon } = this;
    const normalised = normalisedBy(this).map(([path, weights]) => {
      const scale = this.scales[path]?.value ?? null;
      return [weights, weightNorm(weights.value, { featureAxes, epsilon, scale })] as const;
    });
    return callWith(this, normalised, args);
  }
}
export interface WeightNorm<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  L extends CallableModule = Layer,
> extends Attributes<WeightNormFields> {}

const weightNormDefaults: WeightNormFields = {
  ...dtypeDefaults,
  inPlace: true,
  featureAxes: -1,
  useScale: true,
  scaleInit: ones,
  epsilon: 1e-12,
  variableFilter: new PathContains('kernel'),
};

/** The parameters of a layer by path, in sorted order. */
function weightsOf(layer: object): readonly (readonly [path: string, weights: Param])[] {
  return variablesOf(layer)
    .filter(([, variable]) => variable instanceof Param)
    .map(([path, variable]) => [path.join('/'), variable as Param]);
}

function normalisedBy(layer: WeightNorm<CallableModule>): readonly (readonly [path: string, weights: Param])[] {
  const applies = toPredicate(layer.variableFilter);
  return variablesOf(layer.layerInstance)
    .filter(([path, variable]) => variable instanceof Param && applies(path, variable))
    .map(([path, variable]) => [path.join('/'), variable as Param]);
}

/** Calls the wrapped layer with other weights, which stay in it when `inPlace`. */
function callWith<L extends CallableModule>(
  layer: { readonly layerInstance: L; readonly inPlace: boolean },
  weights: readonly (readonly [variable: Param, value: tf.Tensor])[],
  args: readonly unknown[],
): ReturnType<L['call']> {
  const { layerInstance, inPlace } = layer;
  const run = () =>
    (layerInstance.call as AnyFunction as (...all: readonly unknown[]) => never).apply(layerInstance, [...args]);
  if (inPlace) {
    for (const [variable, value] of weights) variable.value = value;
    return run();
  }
  const before = weights.map(([variable, value]) => hold(variable, { value, level: levelNow() }));
  try {
    return run();
  } finally {
    weights.forEach(([variable], i) => hold(variable, before[i]!));
  }
}

function hold(variable: Param, holding: Holding): Holding {
  return Variable.exchange(variable as Variable<unknown>, holding);
}
