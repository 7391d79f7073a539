import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { checkMask, type Padding } from '../../functional/convolution.js';
import { transposedConvolution } from '../../functional/transposed-convolution.js';
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

interface ConvTransposeFields extends MatmulFields {
  /** Default null (1). */
  strides: number | readonly number[] | null;
  /** Default 'SAME'. */
  padding: Padding;
  /** Default null (1). */
  kernelDilation: number | readonly number[] | null;
  /** Multiplies the kernel; same shape. Default null. */
  mask: tf.Tensor | null;
  /** Flip the kernel and swap its channel axes. Default false. */
  transposeKernel: boolean;
}

/** Options of `ConvTranspose`. */
export interface ConvTransposeOptions extends RngsOption, Options<ConvTransposeFields & MatmulMetadata> {}

/** Transposed convolution: [...batch, ...space, inFeatures] → [...batch, ...space · strides, outFeatures]. */
export class ConvTranspose extends Module {
  readonly kernelSize: readonly number[];
  /** [...kernelSize, inFeatures, outFeatures]; the last two swapped when the kernel is transposed. */
  readonly kernel: Param;
  /** [outFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    kernelSize: number | readonly number[],
    options: ConvTransposeOptions,
  ) {
    super();
    assignFields(this, convTransposeDefaults, options);
    this.kernelSize = [kernelSize].flat();
    const { rngs, kernelMetadata, biasMetadata } = options;
    const { kernelInit, biasInit, paramDtype: dtype, useBias: when, mask } = this;
    const channels = this.transposeKernel ? [outFeatures, inFeatures] : [inFeatures, outFeatures];
    const shape = [...this.kernelSize, ...channels];
    checkMask('ConvTranspose', mask, shape);
    this.kernel = parameter(rngs, { init: kernelInit, shape, dtype, metadata: kernelMetadata });
    this.bias = parameter(rngs, { init: biasInit, shape: [outFeatures], dtype, metadata: biasMetadata, when });
  }

  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, { name: 'inFeatures', size: this.inFeatures });
    const weights = this.mask === null ? this.kernel.value : tf.mul(this.kernel.value, this.mask);
    const values = [x, weights, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    const y = transposedConvolution(input!, kernel!, this);
    return bias ? tf.add(y, bias) : y;
  }
}
export interface ConvTranspose extends Attributes<ConvTransposeFields> {}

const convTransposeDefaults: ConvTransposeFields = {
  ...matmulDefaults,
  strides: null,
  padding: 'SAME',
  kernelDilation: null,
  mask: null,
  transposeKernel: false,
};
