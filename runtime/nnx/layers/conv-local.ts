import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { checkMask } from '../../functional/convolution.js';
import { product } from '../../functional/dense-general.js';
import { localConvolution, localOutputSpace } from '../../functional/local-convolution.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { Module } from '../module.js';
import type { Param } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import { type ConvFields, convDefaults } from './conv.js';
import { assignFields, type MatmulMetadata, parameter, type RngsOption, valueOrNull } from './fields.js';

/** Options of `ConvLocal`: those of `Conv`, without groups. */
export interface ConvLocalOptions extends RngsOption, Options<Omit<ConvFields, 'featureGroupCount'> & MatmulMetadata> {}

/**
 * Convolution with weights of its own at each position, an extension that Flax's NNX lacks. As there is one kernel for
 * each position, the input's space is fixed: [...batch, ...inSpace, inFeatures] → [...batch, ...space', outFeatures].
 */
export class ConvLocal extends Module {
  readonly kernelSize: readonly number[];
  /** [...space', inFeatures · size, outFeatures]. */
  readonly kernel: Param;
  /** [...space', outFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly inSpace: readonly number[],
    readonly inFeatures: number,
    readonly outFeatures: number,
    kernelSize: number | readonly number[],
    options: ConvLocalOptions,
  ) {
    super();
    const { featureGroupCount: _groups, ...defaults } = convDefaults;
    assignFields(this, defaults, options);
    this.kernelSize = [kernelSize].flat();
    const { rngs, kernelMetadata, biasMetadata } = options;
    const { kernelInit, biasInit, paramDtype: dtype, useBias: when, mask } = this;
    const space = localOutputSpace([1, ...inSpace, inFeatures], this);
    const [shape, biasShape] = [
      [...space, product(this.kernelSize) * inFeatures, outFeatures],
      [...space, outFeatures],
    ];
    checkMask('ConvLocal', mask, shape);
    this.kernel = parameter(rngs, { init: kernelInit, shape, dtype, metadata: kernelMetadata });
    this.bias = parameter(rngs, { init: biasInit, shape: biasShape, dtype, metadata: biasMetadata, when });
  }

  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, { name: 'inFeatures', size: this.inFeatures });
    checkSpace(this, x);
    const weights = this.mask === null ? this.kernel.value : tf.mul(this.kernel.value, this.mask);
    const values = [x, weights, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    const y = localConvolution(input!, kernel!, this);
    return bias ? tf.add(y, bias) : y;
  }
}
export interface ConvLocal extends Attributes<Omit<ConvFields, 'featureGroupCount'>> {}

function checkSpace({ inSpace }: ConvLocal, x: tf.Tensor): void {
  const space = x.shape.slice(-1 - inSpace.length, -1);
  if (inSpace.every((size, i) => space[i] === size)) return;
  throw mistake(
    'ConvLocal',
    `expected space ${shapeText(inSpace)} before the channels, got shape ${shapeText(x.shape)}.`,
    'Its weights belong to positions: pass inputs of the size it was built for.',
  );
}
