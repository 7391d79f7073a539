import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import type { Attributes, Options } from '../../core/tree-typing.js';
import {
  canonicalAxes,
  normalize,
  otherAxes,
  runningAverage,
  statistics,
  mappedAxis,
} from '../../functional/normalization.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { Module } from '../module.js';
import { BatchStat, type Param } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import {
  assignFields,
  type NormCallOptions,
  normDefaults,
  type NormFields,
  type NormMetadata,
  parameter,
  type RngsOption,
  type ScaleFields,
  type ScaleMetadata,
  valueOrNull,
} from './fields.js';

interface BatchNormFields extends NormFields {
  /** Feature axes. Default -1. */
  axis: number | readonly number[];
  /** Decay of the stored statistics. Default 0.99. */
  momentum: number;
}

/** Options of `BatchNorm`. */
export interface BatchNormOptions
  extends RngsOption, Options<BatchNormFields & NormMetadata & { /** Default false. */ useRunningAverage: boolean }> {}

/** Batch normalisation: same shape; statistics are updated in training mode. */
export class BatchNorm extends Module {
  /** Set by `train`, `eval` and `view`. */
  useRunningAverage: boolean;
  /** [numFeatures]. */
  readonly mean: BatchStat;
  /** [numFeatures]. */
  readonly var: BatchStat;
  /** [numFeatures]; null when `useScale` is false. */
  readonly scale: Param;
  /** [numFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly numFeatures: number,
    options: BatchNormOptions,
  ) {
    super();
    assignFields(this, batchNormDefaults, options);
    this.useRunningAverage = options.useRunningAverage ?? false;
    this.mean = new BatchStat<tf.Tensor>(tf.zeros([numFeatures]));
    this.var = new BatchStat<tf.Tensor>(tf.ones([numFeatures]));
    this.scale = scaleOf(this, numFeatures, options);
    this.bias = biasOf(this, numFeatures, options);
  }

  call(x: tf.Tensor, options: NormCallOptions & Options<{ useRunningAverage: boolean | null }> = {}): tf.Tensor {
    const useRunningAverage = options.useRunningAverage ?? this.useRunningAverage;
    currentObserver()?.mode?.({ module: this, option: 'useRunningAverage', value: useRunningAverage });
    const featureAxes = canonicalAxes(x.rank, this.axis);
    checkFeatures(this, x, featureAxes);
    const axes = otherAxes(x.rank, featureAxes);
    const stored = { mean: this.mean.value, variance: this.var.value };
    if (useRunningAverage) return normalizeWith(this, x, { ...stored, axes, featureAxes });
    const batch = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: mappedAxis(this.constructor.name, this),
    });
    this.mean.value = runningAverage(stored.mean, batch.mean, this.momentum);
    this.var.value = runningAverage(stored.variance, batch.variance, this.momentum);
    return normalizeWith(this, x, { ...batch, axes, featureAxes });
  }
}
export interface BatchNorm extends Attributes<BatchNormFields> {}

const batchNormDefaults: BatchNormFields = { ...normDefaults, epsilon: 1e-5, axis: -1, momentum: 0.99 };

export interface AxesFields {
  /** Axes the statistics are taken over. Default -1. */
  reductionAxes: number | readonly number[];
  /** Axes with weights of their own. Default -1. */
  featureAxes: number | readonly number[];
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends RngsOption, Options<NormFields & AxesFields & NormMetadata> {}

/** Layer normalisation: same shape. */
export class LayerNorm extends Module {
  /** [numFeatures]; null when `useScale` is false. */
  readonly scale: Param;
  /** [numFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly numFeatures: number,
    options: LayerNormOptions,
  ) {
    super();
    assignFields<NormFields & AxesFields>(this, { ...normDefaults, reductionAxes: -1, featureAxes: -1 }, options);
    this.scale = scaleOf(this, numFeatures, options);
    this.bias = biasOf(this, numFeatures, options);
  }

  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    checkFeatures(this, x, featureAxes);
    const axes = canonicalAxes(x.rank, this.reductionAxes);
    const found = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: mappedAxis(this.constructor.name, this),
    });
    return normalizeWith(this, x, { ...found, axes, featureAxes });
  }
}
export interface LayerNorm extends Attributes<NormFields & AxesFields> {}

export type Norm = Module & Attributes<NormFields> & { readonly scale: Param; readonly bias: Param };

export function scaleOf(
  layer: Attributes<ScaleFields>,
  size: number,
  options: RngsOption & Options<ScaleMetadata>,
): Param {
  const { scaleInit: init, paramDtype: dtype, useScale: when } = layer;
  return parameter(options.rngs, { init, shape: [size], dtype, metadata: options.scaleMetadata, when });
}

export function biasOf(
  layer: Attributes<NormFields>,
  size: number,
  options: RngsOption & Options<NormMetadata>,
): Param {
  const { biasInit: init, paramDtype: dtype, useBias: when } = layer;
  return parameter(options.rngs, { init, shape: [size], dtype, metadata: options.biasMetadata, when });
}

export interface Normalization {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly axes: readonly number[];
  readonly featureAxes: readonly number[];
}

export function normalizeWith(layer: Norm, x: tf.Tensor, { axes, ...rest }: Normalization): tf.Tensor {
  const { epsilon, dtype } = layer;
  const [scale, bias] = [valueOrNull(layer.scale), valueOrNull(layer.bias)];
  return normalize(x, { ...rest, reductionAxes: axes, scale, bias, epsilon, dtype });
}

/** Throws when the feature axes do not hold as many elements as the layer was built for. */
export function checkFeatures(
  layer: Module & { readonly numFeatures: number },
  x: tf.Tensor,
  axes: readonly number[],
): void {
  const { numFeatures } = layer;
  if (axes.length === 1 && axes[0] === x.rank - 1) checkLastAxis(layer, x, { name: 'numFeatures', size: numFeatures });
  if (axes.reduce((product, axis) => product * (x.shape[axis] ?? 0), 1) === numFeatures) return;
  throw mistake(
    layer.constructor.name,
    `expected ${numFeatures} features on axes ${axes.join(', ')}, got shape ${shapeText(x.shape)}.`,
    `It was built with numFeatures ${numFeatures}. Pass another number, or transpose the input.`,
  );
}
