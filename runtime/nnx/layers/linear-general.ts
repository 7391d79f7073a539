import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import type { DotGeneral } from '../../functional/dense.js';
import { checkBatchAxes, denseGeneral, flattenedInit, product } from '../../functional/dense-general.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { canonicalAxes } from '../../functional/normalization.js';
import { Module } from '../module.js';
import type { Param } from '../variable-types.js';
import {
  assignFields,
  matmulDefaults,
  type MatmulFields,
  type MatmulMetadata,
  parameter,
  type RngsOption,
  valueOrNull,
} from './fields.js';

interface LinearGeneralFields extends MatmulFields {
  /** Contracted axes. Default -1. */
  axis: number | readonly number[];
  /** Sizes of leading axes with weights of their own, by axis. Default {}. */
  batchAxis: { readonly [axis: number]: number };
  /** Default null. */
  dotGeneral: DotGeneral | null;
  /** Default null. */
  dotGeneralCls: (() => DotGeneral) | null;
}

/** Options of `LinearGeneral`. */
export interface LinearGeneralOptions extends RngsOption, Options<LinearGeneralFields & MatmulMetadata> {}

/**
 * Linear layer over several axes: [...batch, ...rest, ...in] → [...batch, ...rest, ...out]. Its kernel is initialised as
 * the matrix [in, out] of the products of these sizes. Linen `DenseGeneral`.
 */
export class LinearGeneral extends Module {
  readonly inFeatures: readonly number[];
  readonly outFeatures: readonly number[];
  /** [...batch, ...inFeatures, ...outFeatures]. */
  readonly kernel: Param;
  /** [...batch, ...outFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    inFeatures: number | readonly number[],
    outFeatures: number | readonly number[],
    options: LinearGeneralOptions,
  ) {
    super();
    assignFields(this, linearGeneralDefaults, options);
    this.inFeatures = [inFeatures].flat();
    this.outFeatures = [outFeatures].flat();
    checkBuilt(this);
    const { rngs, kernelMetadata, biasMetadata } = options;
    const { paramDtype: dtype, useBias: when } = this;
    const batch = Object.values(this.batchAxis);
    const [kernelShape, biasShape] = [
      [...batch, ...this.inFeatures, ...this.outFeatures],
      [...batch, ...this.outFeatures],
    ];
    const kernelInit = flattenedInit(this.kernelInit, { features: product(this.outFeatures) });
    const biasInit = flattenedInit(this.biasInit, { features: null });
    this.kernel = parameter(rngs, { init: kernelInit, shape: kernelShape, dtype, metadata: kernelMetadata });
    this.bias = parameter(rngs, { init: biasInit, shape: biasShape, dtype, metadata: biasMetadata, when });
  }

  call(x: tf.Tensor): tf.Tensor {
    const axes = canonicalAxes(x.rank, this.axis).sort((a, b) => a - b);
    const batchAxes = canonicalAxes(x.rank, Object.keys(this.batchAxis).map(Number));
    checkInput(this, x, [...batchAxes, ...axes]);
    const values = [x, this.kernel.value, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    const dotGeneral = this.dotGeneralCls?.() ?? this.dotGeneral;
    return denseGeneral(input!, { kernel: kernel!, bias: bias!, axes, batchAxes, dotGeneral });
  }
}
export interface LinearGeneral extends Attributes<LinearGeneralFields> {}

const linearGeneralDefaults: LinearGeneralFields = {
  ...matmulDefaults,
  axis: -1,
  batchAxis: {},
  dotGeneral: null,
  dotGeneralCls: null,
};

function checkBuilt(layer: LinearGeneral): void {
  checkBatchAxes('LinearGeneral', 'batchAxis', Object.keys(layer.batchAxis).map(Number));
  const axes = [layer.axis].flat() as number[];
  if (axes.length === layer.inFeatures.length) return;
  throw mistake(
    'LinearGeneral',
    `expected one inFeatures for each axis, got [${layer.inFeatures.join(', ')}] for axes ${axes.join(', ')}.`,
    'Pass inFeatures and axis of the same length.',
  );
}

function checkInput(layer: LinearGeneral, x: tf.Tensor, axes: readonly number[]): void {
  const built = [...Object.values(layer.batchAxis), ...layer.inFeatures];
  if (axes.every((axis, i) => x.shape[axis] === built[i])) return;
  throw mistake(
    'LinearGeneral',
    `expected sizes ${built.join(', ')} on axes ${axes.join(', ')}, got shape ${shapeText(x.shape)}.`,
    `It was built with inFeatures [${layer.inFeatures.join(', ')}]. Reshape the input, or pass its sizes.`,
  );
}
