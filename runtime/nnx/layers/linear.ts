import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { dense } from '../../functional/dense.js';
import { Module } from '../module.js';
import type { Param } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import {
  assignFields,
  linearDefaults,
  type LinearFields,
  type MatmulMetadata,
  parameter,
  type RngsOption,
  valueOrNull,
} from './fields.js';

/** Options of `Linear`. */
export interface LinearOptions extends RngsOption, Options<LinearFields & MatmulMetadata> {}

/** Linear layer: [..., inFeatures] → [..., outFeatures]. Linen `Dense`. */
export class Linear extends Module {
  /** [inFeatures, outFeatures]. */
  readonly kernel: Param;
  /** [outFeatures]; null when `useBias` is false. */
  readonly bias: Param;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: LinearOptions,
  ) {
    super();
    assignFields(this, linearDefaults, options);
    const { rngs, kernelMetadata, biasMetadata } = options;
    const { kernelInit, biasInit, paramDtype: dtype, useBias } = this;
    this.kernel = parameter(rngs, {
      init: kernelInit,
      shape: [inFeatures, outFeatures],
      dtype,
      metadata: kernelMetadata,
    });
    this.bias = parameter(rngs, { init: biasInit, shape: [outFeatures], dtype, metadata: biasMetadata, when: useBias });
  }

  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, { name: 'inFeatures', size: this.inFeatures });
    const values = [x, this.kernel.value, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    return dense(input!, { kernel: kernel!, bias: bias!, dotGeneral: this.dotGeneral });
  }
}
export interface Linear extends Attributes<LinearFields> {}
