import * as tf from '@tensorflow/tfjs';
import { type PathEntry, treeMapWithPath } from '../../core/tree.js';
import type { AnyFunction, Attributes, Options } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { hasSpectralNorm, spectralNorm, weightNorm, weightScaleShape } from '../../functional/reparametrization.js';
import { normal as normalSample } from '../../random/distributions.js';
import { type Initializer, ones } from '../../random/initializers.js';
import { compact } from '../compact.js';
import { mapVariables } from '../lift/map-variables.js';
import { whoIs } from '../module-state.js';
import { type CallableModule, type Layer, Module, type ModuleOptions } from '../module.js';
import type { Variables, VariablesInput } from '../variables.js';
import { assignFields, dtypeDefaults, type DtypeFields } from './fields.js';

interface SpectralNormFields extends DtypeFields {
  /** Power iterations in each update. Default 1. */
  nSteps: number;
  /** Default 1e-12. */
  epsilon: number;
  /** Default false. */
  errorOnNonMatrix: boolean;
  /** Default 'batch_stats'. */
  collectionName: string;
}

/** Options of `SpectralNorm`. */
export interface SpectralNormOptions extends ModuleOptions, Options<SpectralNormFields> {}

/** Calls the layer with its weights divided by their spectral norm, whose vector and value are in `batch_stats`. */
export class SpectralNorm<L extends CallableModule = Layer> extends Module {
  static readonly moduleName: string = 'SpectralNorm';
  /** Under Flax's name, which is that of its scope. */
  private layer_instance: L;

  constructor(layerInstance: L, options: SpectralNormOptions = {}) {
    super(options);
    this.layer_instance = layerInstance;
    assignFields(this, spectralNormDefaults, options);
  }

  get layerInstance(): L {
    return this.layer_instance;
  }
  set layerInstance(layer: L) {
    this.layer_instance = layer;
  }

  // The decorator's type cannot follow a rest parameter before the last.
  static {
    const { call } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperty(this.prototype, 'call', compact(this.prototype, 'call', call));
  }

  call(...args: [...args: Parameters<L['call']>, options: { updateStats: boolean }]): ReturnType<L['call']> {
    const inputs = args.slice(0, -1);
    const updateStats = updateStatsIn(this, args.at(-1));
    const transInFn = (variables: Variables): VariablesInput =>
      mapLeaves(variables, (name, weights) => spectrallyNormalised(this as never, [name, weights], updateStats));
    const init = this.isInitializing();
    return mapVariables(callWith(inputs), 'params', { transInFn, init, mutable: true })(this.layer_instance) as never;
  }
}
export interface SpectralNorm<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  L extends CallableModule = Layer,
> extends Attributes<SpectralNormFields> {}

const spectralNormDefaults: SpectralNormFields = {
  ...dtypeDefaults,
  nSteps: 1,
  epsilon: 1e-12,
  errorOnNonMatrix: false,
  collectionName: 'batch_stats',
};

function spectrallyNormalised(
  layer: SpectralNorm<CallableModule>,
  [name, weights]: readonly [name: string, weights: tf.Tensor],
  updateStats: boolean,
): tf.Tensor {
  if (!hasSpectralNorm(whoIs(layer), weights.rank, layer)) return weights;
  const [path, shape] = [`${layer.layerInstance.name}/${name}`, [1, weights.shape.at(-1)!]];
  const draw = () => normalSample(layer.makeRng('params'), shape, { dtype: layer.paramDtype });
  const u = layer.variable(layer.collectionName, `${path}/u`, draw);
  const sigma = layer.variable<tf.Tensor, []>(layer.collectionName, `${path}/sigma`, () =>
    tf.ones([], layer.paramDtype),
  );
  const step = spectralNorm(weights, u.value, layer);
  if (updateStats) [u.value, sigma.value] = [step.u, step.sigma];
  return step.value;
}

interface WeightNormFields extends DtypeFields {
  /** Default 1e-12. */
  epsilon: number;
  /** Default true. */
  useScale: boolean;
  /** Default ones. */
  scaleInit: Initializer;
  /** Default -1. */
  featureAxes: number | readonly number[] | null;
  /** Parts of the paths it applies to, null for all. Default ['kernel']. */
  variableFilter: readonly string[] | ReadonlySet<string> | null;
}

/** Options of `WeightNorm`. */
export interface WeightNormOptions extends ModuleOptions, Options<WeightNormFields> {}

/** Calls the layer with its weights normalised and scaled; the scales are parameters of the wrapper. */
export class WeightNorm<L extends CallableModule = Layer> extends Module {
  static readonly moduleName: string = 'WeightNorm';
  /** Under Flax's name, which is that of its scope. */
  private layer_instance: L;

  constructor(layerInstance: L, options: WeightNormOptions = {}) {
    super(options);
    this.layer_instance = layerInstance;
    assignFields(this, weightNormDefaults, options);
  }

  get layerInstance(): L {
    return this.layer_instance;
  }
  set layerInstance(layer: L) {
    this.layer_instance = layer;
  }

  static {
    const { call } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperty(this.prototype, 'call', compact(this.prototype, 'call', call));
  }

  call(...args: Parameters<L['call']>): ReturnType<L['call']> {
    const transInFn = (variables: Variables): VariablesInput =>
      mapLeaves(variables, (name, weights) => normalised(this as never, name, weights));
    const init = this.isInitializing();
    return mapVariables(callWith(args), 'params', { transInFn, init })(this.layer_instance) as never;
  }
}
export interface WeightNorm<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  L extends CallableModule = Layer,
> extends Attributes<WeightNormFields> {}

const weightNormDefaults: WeightNormFields = {
  ...dtypeDefaults,
  epsilon: 1e-12,
  useScale: true,
  scaleInit: ones,
  featureAxes: -1,
  variableFilter: ['kernel'],
};

function normalised(layer: WeightNorm<CallableModule>, name: string, weights: tf.Tensor): tf.Tensor {
  const path = `${layer.layerInstance.name}/${name}`;
  const filter = layer.variableFilter === null ? [] : [...layer.variableFilter];
  if (filter.length > 0 && !filter.some((part) => path.includes(part))) return weights;
  const { featureAxes, epsilon, scaleInit, paramDtype } = layer;
  const shape = weightScaleShape(weights.shape, featureAxes);
  const scale = layer.useScale ? layer.param(`${path}/scale`, scaleInit, shape, paramDtype) : null;
  return weightNorm(weights, { featureAxes, epsilon, scale });
}

function callWith(args: readonly unknown[]): (layer: CallableModule) => never {
  return (layer) => (layer.call as AnyFunction as (...all: readonly unknown[]) => never).apply(layer, [...args]);
}

/** The collections with each variable replaced, by its path below the layer. */
function mapLeaves(variables: Variables, change: (name: string, weights: tf.Tensor) => tf.Tensor): VariablesInput {
  const visit = (path: readonly PathEntry[], leaf: tf.Tensor) => change(path.slice(1).join('/'), leaf);
  return treeMapWithPath(visit as never, variables) as VariablesInput;
}

function updateStatsIn(layer: Module, options: unknown): boolean {
  const given = (options as { readonly updateStats?: unknown } | undefined)?.updateStats;
  if (typeof given === 'boolean') return given;
  throw mistake(
    whoIs(layer),
    'expected updateStats in the options of its call, got none.',
    'Pass { updateStats: true } last in training, false in evaluation.',
  );
}
