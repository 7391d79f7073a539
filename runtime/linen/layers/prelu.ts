import * as tf from '@tensorflow/tfjs';
import type { Attributes, DType, Options } from '../../core/tree-typing.js';
import { prelu } from '../../functional/activations.js';
import { compact } from '../compact.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields } from './fields.js';

interface PReLUFields {
  /** Default 'float32'. */
  paramDtype: DType;
  /** Default 0.01. */
  negativeSlopeInit: number;
}

/** Options of `PReLU`. */
export interface PReLUOptions extends ModuleOptions, Options<PReLUFields> {}

/** Leaky relu with a learned slope: same shape. */
export class PReLU extends Module {
  static readonly moduleName: string = 'PReLU';

  constructor(options: PReLUOptions = {}) {
    super(options);
    assignFields<PReLUFields>(this, { paramDtype: 'float32', negativeSlopeInit: 0.01 }, options);
  }

  @compact
  call(x: tf.Tensor): tf.Tensor {
    const slope = this.param('negative_slope', () => tf.scalar(this.negativeSlopeInit, this.paramDtype as 'float32'));
    return prelu(x, slope);
  }
}
export interface PReLU extends Attributes<PReLUFields> {}
