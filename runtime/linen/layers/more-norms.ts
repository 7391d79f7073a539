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
} from '../../functional/normalization.js';
import { compact } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { statisticsAxis } from './checks.js';
import {
  assignFields,
  type NormCallOptions,
  normDefaults,
  type NormFields,
  scaleDefaults,
  type ScaleFields,
} from './fields.js';
import { type AxesFields, normalizeWith } from './norm.js';

/** Options of `RMSNorm`. */
export interface RMSNormOptions extends ModuleOptions, Options<ScaleFields & AxesFields> {}

/** Root-mean-square normalisation: same shape, no bias. */
export class RMSNorm extends Module {
  static readonly moduleName: string = 'RMSNorm';

  constructor(options: RMSNormOptions = {}) {
    super(options);
    assignFields<ScaleFields & AxesFields>(this, { ...scaleDefaults, reductionAxes: -1, featureAxes: -1 }, options);
  }

  @compact
  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const axes = canonicalAxes(x.rank, this.reductionAxes);
    const { useFastVariance, epsilon, dtype } = this;
    const found = statistics(x, {
      axes,
      useFastVariance,
      zeroMean: true,
      mask: options.mask,
      axisName: statisticsAxis(this),
    });
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    const shape = featureAxes.map((axis) => x.shape[axis]!);
    const scale = this.useScale ? this.param('scale', this.scaleInit, shape, this.paramDtype) : null;
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
export interface GroupNormOptions extends ModuleOptions, Options<GroupNormFields> {}

/** Group normalisation: same shape. */
export class GroupNorm extends Module {
  static readonly moduleName: string = 'GroupNorm';

  constructor(options: GroupNormOptions = {}) {
    super(options);
    assignFields<GroupNormFields>(
      this,
      { ...normDefaults, numGroups: 32, groupSize: null, reductionAxes: null },
      options,
    );
  }

  @compact
  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const groups = groupCount(whoIs(this), x.shape.at(-1)!, this);
    const reduced = this.reductionAxes === null ? otherAxes(x.rank, [0]) : canonicalAxes(x.rank, this.reductionAxes);
    const axes = reduced.filter((axis) => axis !== x.rank - 1);
    const found = groupStatistics(x, {
      axes,
      groups,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: statisticsAxis(this),
    });
    return normalizeWith(this, x, { statistics: found, axes, featureAxes: [x.rank - 1] });
  }
}
export interface GroupNorm extends Attributes<GroupNormFields> {}

interface InstanceNormFields extends NormFields {
  /** Default -1. */
  featureAxes: number | readonly number[];
}

/** Options of `InstanceNorm`. */
export interface InstanceNormOptions extends ModuleOptions, Options<InstanceNormFields> {}

/** Normalisation of each example and channel: same shape. The first axis is the batch. */
export class InstanceNorm extends Module {
  static readonly moduleName: string = 'InstanceNorm';

  constructor(options: InstanceNormOptions = {}) {
    super(options);
    assignFields<InstanceNormFields>(this, { ...normDefaults, featureAxes: -1 }, options);
  }

  @compact
  call(x: tf.Tensor, options: NormCallOptions = {}): tf.Tensor {
    const featureAxes = canonicalAxes(x.rank, this.featureAxes);
    const axes = instanceAxes(whoIs(this), x.rank, featureAxes);
    const found = statistics(x, {
      axes,
      useFastVariance: this.useFastVariance,
      mask: options.mask,
      axisName: statisticsAxis(this),
    });
    return normalizeWith(this, x, { statistics: found, axes, featureAxes });
  }
}
export interface InstanceNorm extends Attributes<InstanceNormFields> {}
