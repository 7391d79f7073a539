import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { prelu } from '../../functional/activations.js';
import { Module } from '../module.js';
import type { VariableMetadata } from '../variable.js';
import { Param } from '../variable-types.js';
import { assignFields, dtypeDefaults, type DtypeFields } from './fields.js';

/** Options of `PReLU`. */
export interface PReLUOptions extends Options<
  DtypeFields & {
    /** Default 0.01. */
    negativeSlopeInit: number;
    /** Default {}. */
    negativeSlopeMetadata: VariableMetadata;
  }
> {}

/** Leaky relu with a learned slope: same shape. Draws no key. */
export class PReLU extends Module {
  /** Scalar. */
  readonly negativeSlope: Param;

  constructor(options: PReLUOptions = {}) {
    super();
    assignFields(this, dtypeDefaults, options);
    const { negativeSlopeInit = 0.01, negativeSlopeMetadata } = options;
    this.negativeSlope = new Param(tf.scalar(negativeSlopeInit, this.paramDtype as 'float32'), negativeSlopeMetadata);
  }

  call(x: tf.Tensor): tf.Tensor {
    const [input, slope] =
      this.dtype === null
        ? [x, this.negativeSlope.value]
        : this.promoteDtype([x, this.negativeSlope.value], { dtype: this.dtype });
    return prelu(input!, slope!);
  }
}
export interface PReLU extends Attributes<DtypeFields> {}
