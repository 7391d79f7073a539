import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { checkMask, convolution, type Padding } from '../../functional/convolution.js';
import { Module } from '../module.js';
import type { Param } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import {
  assignFields,
  matmulDefaults,
  type MatmulFields,
  type MatmulMetadata,
  parameter,
  type RngsOption,
  valueOrNull,
} from './fields.js';

export interface ConvFields extends MatmulFields {
  /** Default 1. */
  strides: number | readonly number[] | null;
  /** Default 'SAME'. */
  padding: Padding;
  /** Default 1. */
  inputDilation: number | readonly number[] | null;
  /** Default 1. */
  kernelDilation: number | readonly number[] | null;
  /** Default 1. */
  featureGroupCount: number;
  /** Multiplies the kernel; same shape. Default null. */
  mask: tf.Tensor | null;
}

/** Options of `Conv`. */
export interface ConvOptions extends RngsOption, Options<ConvFields & MatmulMetadata> {}

/** Convolution: [...batch, ...space, inFeatures] → [...batch, ...space', outFeatures]. */
export class Conv extends Module {
  readonly kernelSize: readonly number[];
  /** [...kernelSize, inFeatures / groups, outFeatures]. */
  readonly kernel: Param;
  /** [outFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    kernelSize: number | readonly number[],
    options: ConvOptions,
  ) {
    super();
    assignFields(this, convDefaults, options);
    this.kernelSize = typeof kernelSize === 'number' ? [kernelSize] : kernelSize;
    const { rngs, kernelMetadata, biasMetadata } = options;
    const { kernelInit, biasInit, paramDtype: dtype, useBias, mask } = this;
    const shape = [...this.kernelSize, inFeatures / this.featureGroupCount, outFeatures];
    checkMask('Conv', mask, shape);
    this.kernel = parameter(rngs, { init: kernelInit, shape, dtype, metadata: kernelMetadata });
    this.bias = parameter(rngs, { init: biasInit, shape: [outFeatures], dtype, metadata: biasMetadata, when: useBias });
  }

  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, { name: 'inFeatures', size: this.inFeatures });
    const weights = this.mask === null ? this.kernel.value : tf.mul(this.kernel.value, this.mask);
    const values = [x, weights, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    const y = convolution(input!, kernel!, this);
    return bias ? tf.add(y, bias) : y;
  }
}
export interface Conv extends Attributes<ConvFields> {}

export const convDefaults: ConvFields = {
  ...matmulDefaults,
  strides: 1,
  padding: 'SAME',
  inputDilation: 1,
  kernelDilation: 1,
  featureGroupCount: 1,
  mask: null,
};
