import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import type { Attributes, Options } from '../../core/tree-typing.js';
import {
  canonicalAxes,
  normalize,
  otherAxes,
  runningAverage,
  type Statistics,
  statistics,
} from '../../functional/normalization.js';
import { compact } from '../compact.js';
import { Module, type ModuleOptions } from '../module.js';
import { statisticsAxis } from './checks.js';
import { assignFields, type NormCallOptions, normDefaults, type NormFields } from './fields.js';
import { modeOf } from './mode.js';

interface BatchNormFields extends NormFields {
  /** Use the stored statistics; here or in the call. Default null. */
  useRunningAverage: boolean | null;
  /** Feature axes. Default -1. */
  axis: number | readonly number[];
  /** Decay of the stored statistics. Default 0.99. */
  momentum: number;
}

/** Options of `BatchNorm`. */
export interface BatchNormOptions extends ModuleOptions, Options<BatchNormFields> {}

/**
 * Batch normalisation: same shape; statistics in `batch_stats`. They are updated when the batch's own are used, but
 * not while `init` runs, and must then be mutable.
 */
export class BatchNorm extends Module {
  static readonly moduleName: string = 'BatchNorm';

  constructor(options: BatchNormOptions = {}) {
    super(options);
    assignFields(this, batchNormDefaults, options);
  }

  @compact
  call(x: tf.Tensor, options: NormCallOptions & Options<{ useRunningAverage: boolean | null }> = {}): tf.Tensor {
    const useRunningAverage = modeOf(this, 'useRunningAverage', [this.useRunningAverage, options.useRunningAverage]);
    currentObserver()?.mode?.({ module: this, option: 'useRunningAverage', value: useRunningAverage });
    const featureAxes = canonicalAxes(x.rank, this.axis);
    const shape = featureAxes.map((axis) => x.shape[axis]!);
    const mean = this.variable('batch_stats', 'mean', () => tf.zeros(shape));
    const variance = this.variable('batch_stats', 'var', () => tf.ones(shape));
    const axes = otherAxes(x.rank, featureAxes);
    if (useRunningAverage) {
      const stored = { mean: mean.value, variance: variance.value };
      return normalizeWith(this, x, { statistics: stored, axes, featureAxes });
    }
    const batch = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: statisticsAxis(this),
    });
    if (!this.isInitializing()) {
      mean.value = runningAverage(mean.value, batch.mean, this.momentum);
      variance.value = runningAverage(variance.value, batch.variance, this.momentum);
    }
    return normalizeWith(this, x, { statistics: batch, axes, featureAxes });
  }
}
export interface BatchNorm extends Attributes<BatchNormFields> {}

const batchNormDefaults: BatchNormFields = {
  ...normDefaults,
  epsilon: 1e-5,
  useRunningAverage: null,
  axis: -1,
  momentum: 0.99,
};

export interface AxesFields {
  /** Axes the statistics are taken over. Default -1. */
  reductionAxes: number | readonly number[];
  /** Axes with weights of their own. Default -1. */
  featureAxes: number | readonly number[];
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends ModuleOptions, Options<NormFields & AxesFields> {}

/** Layer normalisation: same shape. */
export class LayerNorm extends Module {
  static readonly moduleName: string = 'LayerNorm';

  constructor(options: LayerNormOptions = {}) {
    super(options);
    assignFields<NormFields & AxesFields>(this, { ...normDefaults, reductionAxes: -1, featureAxes: -1 }, options);
  }

  @compact
  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const axes = canonicalAxes(x.rank, this.reductionAxes);
    const found = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: statisticsAxis(this),
    });
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    return normalizeWith(this, x, { statistics: found, axes, featureAxes });
  }
}
export interface LayerNorm extends Attributes<NormFields & AxesFields> {}

export interface Normalization {
  readonly statistics: Statistics;
  readonly axes: readonly number[];
  readonly featureAxes: readonly number[];
}

/** Normalises with the layer's own scale and bias, created in this order. */
export function normalizeWith(
  layer: Module & Attributes<NormFields>,
  x: tf.Tensor,
  { statistics, axes, featureAxes }: Normalization,
): tf.Tensor {
  const shape = featureAxes.map((axis) => x.shape[axis]!);
  const scale = layer.useScale ? layer.param('scale', layer.scaleInit, shape, layer.paramDtype) : null;
  const bias = layer.useBias ? layer.param('bias', layer.biasInit, shape, layer.paramDtype) : null;
  const { epsilon, dtype } = layer;
  return normalize(x, { ...statistics, reductionAxes: axes, featureAxes, scale, bias, epsilon, dtype });
}
