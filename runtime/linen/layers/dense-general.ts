import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { checkBatchAxes, denseGeneral, flattenedInit, product } from '../../functional/dense-general.js';
import { canonicalAxes } from '../../functional/normalization.js';
import { compact } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, dotDefaults, type DotFields } from './fields.js';

interface DenseGeneralFields extends DotFields {
  /** Contracted axes. Default -1. */
  axis: number | readonly number[];
  /** Leading axes with weights of their own. Default []. */
  batchDims: readonly number[];
}

/** Options of `DenseGeneral`. */
export interface DenseGeneralOptions extends ModuleOptions, Options<DenseGeneralFields> {}

/**
 * Linear layer over several axes: [...batch, ...rest, ...in] → [...batch, ...rest, ...features]. Its kernel is
 * initialised as the matrix [in, features] of the products of these sizes. NNX `LinearGeneral`.
 */
export class DenseGeneral extends Module {
  static readonly moduleName: string = 'DenseGeneral';

  constructor(
    readonly features: number | readonly number[],
    options: DenseGeneralOptions = {},
  ) {
    super(options);
    assignFields<DenseGeneralFields>(this, { ...dotDefaults, axis: -1, batchDims: [] }, options);
  }

  @compact
  call(x: tf.Tensor): tf.Tensor {
    checkBatchAxes(whoIs(this), 'batchDims', this.batchDims);
    const features = [this.features].flat();
    const axes = canonicalAxes(x.rank, this.axis).sort((a, b) => a - b);
    const batchAxes = canonicalAxes(x.rank, this.batchDims).sort((a, b) => a - b);
    const [batch, inputs] = [batchAxes, axes].map((each) => each.map((axis) => x.shape[axis]!));
    const outputs = product(features);
    const kernelInit = flattenedInit(this.kernelInit, { features: outputs });
    const stored = this.param('kernel', kernelInit, [...batch!, ...inputs!, ...features], this.paramDtype);
    const biasInit = flattenedInit(this.biasInit, { features: null });
    const offset = this.useBias ? this.param('bias', biasInit, [...batch!, ...features], this.paramDtype) : null;
    const [input, kernel, bias] = this.promoteDtype([x, stored, offset], { dtype: this.dtype });
    const dotGeneral = this.dotGeneralCls?.() ?? this.dotGeneral;
    return denseGeneral(input!, { kernel: kernel!, bias: bias!, axes, batchAxes, dotGeneral });
  }
}
export interface DenseGeneral extends Attributes<DenseGeneralFields> {}
