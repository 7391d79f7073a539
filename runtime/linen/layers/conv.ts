import * as tf from '@tensorflow/tfjs';
import type { Attributes, DType, Options } from '../../core/tree-typing.js';
import { convolution, type Padding } from '../../functional/convolution.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { compact } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, matmulDefaults, type MatmulFields } from './fields.js';

interface ConvFields extends MatmulFields {
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
  /** Default null. */
  preferredElementType: DType | null;
}

/** Options of `Conv`. */
export interface ConvOptions extends ModuleOptions, Options<ConvFields> {}

/** Convolution: [...batch, ...space, in] → [...batch, ...space', features]; a number as kernel size means 1-D. */
export class Conv extends Module {
  static readonly moduleName: string = 'Conv';

  constructor(
    readonly features: number,
    readonly kernelSize: number | readonly number[],
    options: ConvOptions = {},
  ) {
    super(options);
    assignFields(this, convDefaults, options);
  }

  @compact
  call(x: tf.Tensor): tf.Tensor {
    const size = typeof this.kernelSize === 'number' ? [this.kernelSize] : this.kernelSize;
    const shape = [...size, x.shape.at(-1)! / this.featureGroupCount, this.features];
    checkMask(this, shape);
    const stored = this.param('kernel', this.kernelInit, shape, this.paramDtype);
    const offset = this.useBias ? this.param('bias', this.biasInit, [this.features], this.paramDtype) : null;
    const masked = this.mask === null ? stored : tf.mul(stored, this.mask);
    const [input, kernel, bias] = this.promoteDtype([x, masked, offset], { dtype: this.dtype });
    const y = convolution(input!, kernel!, this);
    return bias ? tf.add(y, bias) : y;
  }
}
export interface Conv extends Attributes<ConvFields> {}

const convDefaults: ConvFields = {
  ...matmulDefaults,
  strides: 1,
  padding: 'SAME',
  inputDilation: 1,
  kernelDilation: 1,
  featureGroupCount: 1,
  mask: null,
  preferredElementType: null,
};

function checkMask(layer: Conv, shape: readonly number[]): void {
  const { mask } = layer;
  if (mask === null || (mask.rank === shape.length && mask.shape.every((size, i) => size === shape[i]))) return;
  throw mistake(
    whoIs(layer),
    `expected a mask of the kernel's shape ${shapeText(shape)}, got ${shapeText(mask.shape)}.`,
    'Give the mask one entry for each weight.',
  );
}
