import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { dense } from '../../functional/dense.js';
import { checkLastAxis } from './checks.js';
import { compact } from '../compact.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, dotDefaults, type DotFields } from './fields.js';

/** Options of `Dense`. */
export interface DenseOptions extends ModuleOptions, Options<DotFields> {}

/** Linear layer: [..., in] → [..., features]. NNX `Linear`. */
export class Dense extends Module {
  static readonly moduleName: string = 'Dense';

  constructor(
    readonly features: number,
    options: DenseOptions = {},
  ) {
    super(options);
    assignFields(this, dotDefaults, options);
  }

  @compact
  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, 'kernel');
    const kernel = this.param('kernel', this.kernelInit, [x.shape.at(-1)!, this.features], this.paramDtype);
    const bias = this.useBias ? this.param('bias', this.biasInit, [this.features], this.paramDtype) : null;
    const [input, weight, offset] = this.promoteDtype([x, kernel, bias], { dtype: this.dtype });
    const dotGeneral = this.dotGeneralCls?.() ?? this.dotGeneral;
    return dense(input!, { kernel: weight!, bias: offset!, dotGeneral });
  }
}
export interface Dense extends Attributes<DotFields> {}
