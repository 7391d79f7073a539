import type * as tf from '@tensorflow/tfjs';
import type { Attributes, DType, Options, Shape } from '../../core/tree-typing.js';
import { biasShapes, checkEquation, einsumDense } from '../../functional/einsum.js';
import { compact, mergeParam } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, matmulDefaults, type MatmulFields } from './fields.js';

interface EinsumFields extends MatmulFields {
  /** 'inputs,kernel->output'. Default null (given in the call). */
  einsumStr: string | null;
  /** Default null. Accepted: TensorFlow.js accumulates in float32. */
  preferredElementType: DType | null;
}

/** Options of `Einsum`. */
export interface EinsumOptions extends ModuleOptions, Options<EinsumFields> {}

/** Einsum of the input with a kernel of `shape`, plus bias over the kernel's axes that the output has. */
export class Einsum extends Module {
  static readonly moduleName: string = 'Einsum';

  constructor(
    readonly shape: Shape,
    options: EinsumOptions = {},
  ) {
    super(options);
    const defaults: EinsumFields = { ...matmulDefaults, einsumStr: null, preferredElementType: null };
    assignFields(this, defaults, options);
  }

  @compact
  call(x: tf.Tensor, options: Options<{ einsumStr: string | null }> = {}): tf.Tensor {
    const given = mergeParam(`${whoIs(this)} einsumStr`, this.einsumStr, options.einsumStr);
    const einsumStr = checkEquation(whoIs(this), given);
    const stored = this.param('kernel', this.kernelInit, this.shape, this.paramDtype);
    const biasShape = biasShapes(einsumStr, x.rank, this.shape).own;
    const offset = this.useBias ? this.param('bias', this.biasInit, biasShape, this.paramDtype) : null;
    const [input, kernel, bias] = this.promoteDtype([x, stored, offset], { dtype: this.dtype });
    return einsumDense(input!, { einsumStr, kernel: kernel!, bias: bias! });
  }
}
export interface Einsum extends Attributes<EinsumFields> {}
