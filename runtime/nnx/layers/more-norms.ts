import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import {
  canonicalAxes,
  groupCount,
  groupStatistics,
  instanceAxes,
  normalize,
  otherAxes,
  statistics,
  mappedAxis,
} from '../../functional/normalization.js';
import { Module } from '../module.js';
import type { Param } from '../variable-types.js';
import {
  assignFields,
  type NormCallOptions,
  normDefaults,
  type NormFields,
  type NormMetadata,
  type RngsOption,
  scaleDefaults,
  type ScaleFields,
  type ScaleMetadata,
  valueOrNull,
} from './fields.js';
import { type AxesFields, biasOf, checkFeatures, normalizeWith, scaleOf } from './norm.js';

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends RngsOption, Options<ScaleFields & AxesFields & ScaleMetadata> {}

/** Root-mean-square normalisation: same shape, no bias. */
export class RMSNorm extends Module {
  /** [numFeatures]; null when `useScale` is false. */
  readonly scale: Param;

  constructor(
    readonly numFeatures: number,
    options: RMSNormOptions,
  ) {
    super();
    assignFields<ScaleFields & AxesFields>(this, { ...scaleDefaults, reductionAxes: -1, featureAxes: -1 }, options);
    this.scale = scaleOf(this, numFeatures, options);
  }

  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    checkFeatures(this, x, featureAxes);
    const axes = canonicalAxes(x.rank, this.reductionAxes);
    const { useFastVariance, epsilon, dtype } = this;
    const found = statistics(x, {
      axes,
      useFastVariance,
      zeroMean: true,
      mask: options.mask,
      axisName: mappedAxis(this.constructor.name, this),
    });
    const scale = valueOrNull(this.scale);
    return normalize(x, { ...found, reductionAxes: axes, featureAxes, scale, bias: null, epsilon, dtype });
  }
}
export interface RMSNorm extends Attributes<ScaleFields & AxesFields> {}

interface GroupNormFields extends NormFields {
  /** Set it or `groupSize`, the other to null. Default 32. */
  numGroups: number | null;
  /** Default null. */
  groupSize: number | null;
  /** Default null (all but the first). */
  reductionAxes: number | readonly number[] | null;
}

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends RngsOption, Options<GroupNormFields & NormMetadata> {}

/** Group normalisation: same shape. */
export class GroupNorm extends Module {
  /** [numFeatures]; null when `useScale` is false. */
  readonly scale: Param;
  /** [numFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly numFeatures: number,
    options: GroupNormOptions,
  ) {
    super();
    const defaults: GroupNormFields = { ...normDefaults, numGroups: 32, groupSize: null, reductionAxes: null };
    assignFields(this, defaults, options);
    groupCount('GroupNorm', numFeatures, this);
    this.scale = scaleOf(this, numFeatures, options);
    this.bias = biasOf(this, numFeatures, options);
  }

  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    checkFeatures(this, x, [x.rank - 1]);
    const groups = groupCount('GroupNorm', this.numFeatures, this);
    const reduced = this.reductionAxes === null ? otherAxes(x.rank, [0]) : canonicalAxes(x.rank, this.reductionAxes);
    const axes = reduced.filter((axis) => axis !== x.rank - 1);
    const found = groupStatistics(x, {
      axes,
      groups,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: mappedAxis(this.constructor.name, this),
    });
    return normalizeWith(this, x, { ...found, axes, featureAxes: [x.rank - 1] });
  }
}
export interface GroupNorm extends Attributes<GroupNormFields> {}

interface InstanceNormFields extends NormFields {
  /** Default -1. */
  featureAxes: number | readonly number[];
}

/** Options of `InstanceNorm`. */
export interface InstanceNormOptions extends RngsOption, Options<InstanceNormFields & NormMetadata> {}

/** Normalisation of each example and channel: same shape. The first axis is the batch. */
export class InstanceNorm extends Module {
  /** [numFeatures]; null when `useScale` is false. */
  readonly scale: Param;
  /** [numFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly numFeatures: number,
    options: InstanceNormOptions,
  ) {
    super();
    assignFields<InstanceNormFields>(this, { ...normDefaults, featureAxes: -1 }, options);
    this.scale = scaleOf(this, numFeatures, options);
    this.bias = biasOf(this, numFeatures, options);
  }

  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    checkFeatures(this, x, featureAxes);
    const axes = instanceAxes('InstanceNorm', x.rank, featureAxes);
    const found = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: mappedAxis(this.constructor.name, this),
    });
    return normalizeWith(this, x, { ...found, axes, featureAxes });
  }
}
export interface InstanceNorm extends Attributes<InstanceNormFields> {}
