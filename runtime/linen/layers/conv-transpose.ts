import * as tf from '@tensorflow/tfjs';
import type { Attributes, DType, Options } from '../../core/tree-typing.js';
import { checkChannels, checkMask, type Padding } from '../../functional/convolution.js';
import { transposedConvolution } from '../../functional/transposed-convolution.js';
import { compact } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, matmulDefaults, type MatmulFields } from './fields.js';

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
  /** Default null. Accepted: TensorFlow.js accumulates in float32. */
  preferredElementType: DType | null;
}

/** Options of `ConvTranspose`. */
export interface ConvTransposeOptions extends ModuleOptions, Options<ConvTransposeFields> {}

/** Transposed convolution: [...batch, ...space, in] → [...batch, ...space · strides, features]. */
export class ConvTranspose extends Module {
  static readonly moduleName: string = 'ConvTranspose';

  constructor(
    readonly features: number,
    readonly kernelSize: number | readonly number[],
    options: ConvTransposeOptions = {},
  ) {
    super(options);
    assignFields(this, convTransposeDefaults, options);
  }

  @compact
  call(x: tf.Tensor): tf.Tensor {
    const size = [this.kernelSize].flat();
    checkChannels(whoIs(this), x, { size, groups: 1 });
    const channels = [x.shape.at(-1)!, this.features];
    const shape = [...size, ...(this.transposeKernel ? channels.reverse() : channels)];
    checkMask(whoIs(this), this.mask, shape);
    const stored = this.param('kernel', this.kernelInit, shape, this.paramDtype);
    const masked = this.mask === null ? stored : tf.mul(stored, this.mask);
    const offset = this.useBias ? this.param('bias', this.biasInit, [this.features], this.paramDtype) : null;
    const [input, kernel, bias] = this.promoteDtype([x, masked, offset], { dtype: this.dtype });
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
  preferredElementType: null,
};
