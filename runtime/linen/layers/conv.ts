import * as tf from '@tensorflow/tfjs';
import type { Attributes, DType, Options } from '../../core/tree-typing.js';
import { checkChannels, checkMask, convolution, type Padding } from '../../functional/convolution.js';
import { product } from '../../functional/dense-general.js';
import { localConvolution, localOutputSpace } from '../../functional/local-convolution.js';
import { mistake } from '../../functional/mistake.js';
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
  /** Default null. Accepted: TensorFlow.js accumulates in float32. */
  preferredElementType: DType | null;
}

/** Options of `Conv` and `ConvLocal`. */
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
    const size = [this.kernelSize].flat();
    checkChannels(whoIs(this), x, { size, groups: this.featureGroupCount });
    const shape = [...size, x.shape.at(-1)! / this.featureGroupCount, this.features];
    const { input, kernel, bias } = weights(this, x, { shape, biasShape: [this.features] });
    const y = convolution(input, kernel, this);
    return bias ? tf.add(y, bias) : y;
  }
}
export interface Conv extends Attributes<ConvFields> {}

/**
 * Convolution with weights of its own at each position: shapes as `Conv`, kernel [...space', in · size, features], bias
 * [...space', features]. Without groups.
 */
export class ConvLocal extends Conv {
  static override readonly moduleName: string = 'ConvLocal';

  @compact
  override call(x: tf.Tensor): tf.Tensor {
    const kernelSize = [this.kernelSize].flat();
    checkUngrouped(this);
    checkChannels(whoIs(this), x, { size: kernelSize, groups: 1 });
    const { strides, padding, inputDilation, kernelDilation } = this;
    const options = { strides, padding, inputDilation, kernelDilation, kernelSize };
    const space = localOutputSpace(x.shape, options);
    const shape = [...space, product(kernelSize) * x.shape.at(-1)!, this.features];
    const { input, kernel, bias } = weights(this, x, { shape, biasShape: [...space, this.features] });
    const y = localConvolution(input, kernel, options);
    return bias ? tf.add(y, bias) : y;
  }
}

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

function weights(
  layer: Conv,
  x: tf.Tensor,
  { shape, biasShape }: { readonly shape: readonly number[]; readonly biasShape: readonly number[] },
): { readonly input: tf.Tensor; readonly kernel: tf.Tensor; readonly bias: tf.Tensor | null } {
  checkMask(whoIs(layer), layer.mask, shape);
  const stored = layer.param('kernel', layer.kernelInit, shape, layer.paramDtype);
  const masked = layer.mask === null ? stored : tf.mul(stored, layer.mask);
  const offset = layer.useBias ? layer.param('bias', layer.biasInit, biasShape, layer.paramDtype) : null;
  const [input, kernel, bias] = layer.promoteDtype([x, masked, offset], { dtype: layer.dtype });
  return { input: input!, kernel: kernel!, bias: bias! };
}

function checkUngrouped(layer: ConvLocal): void {
  if (layer.featureGroupCount === 1) return;
  throw mistake(
    whoIs(layer),
    `expected featureGroupCount 1, got ${layer.featureGroupCount}.`,
    'A local convolution has no groups: leave the option out, or use Conv.',
  );
}
