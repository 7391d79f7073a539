import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options, Shape } from '../../core/tree-typing.js';
import { checkEquation, einsumDense, type EinsumFunction } from '../../functional/einsum.js';
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

interface EinsumFields extends Omit<MatmulFields, 'useBias'> {
  /** Default null. */
  einsumOp: EinsumFunction | null;
}

/** Options of `Einsum`. */
export interface EinsumOptions
  extends
    RngsOption,
    Options<
      EinsumFields & MatmulMetadata & { /** Shape of the bias. Default null (none). */ biasShape: Shape | null }
    > {}

/** Einsum of the input with a kernel of `kernelShape`, plus bias. An equation in the call goes before the own one. */
export class Einsum extends Module {
  readonly einsumStr: string;
  readonly kernel: Param;
  /** Null without `biasShape`. */
  readonly bias: Param;

  constructor(
    einsumStr: string,
    readonly kernelShape: Shape,
    options: EinsumOptions,
  ) {
    super();
    assignFields(this, einsumDefaults, options);
    this.einsumStr = checkEquation('Einsum', einsumStr);
    const { rngs, kernelMetadata, biasMetadata, biasShape = null } = options;
    const { kernelInit, biasInit, paramDtype: dtype } = this;
    this.kernel = parameter(rngs, { init: kernelInit, shape: kernelShape, dtype, metadata: kernelMetadata });
    const [shape, when] = [biasShape ?? [], biasShape !== null];
    this.bias = parameter(rngs, { init: biasInit, shape, dtype, metadata: biasMetadata, when });
  }

  call(x: tf.Tensor, options: Options<{ einsumStr: string | null }> = {}): tf.Tensor {
    const einsumStr = checkEquation('Einsum', options.einsumStr ?? this.einsumStr);
    const values = [x, this.kernel.value, valueOrNull(this.bias)];
    const [input, kernel, bias] = this.promoteDtype(values, { dtype: this.dtype });
    return einsumDense(input!, { einsumStr, kernel: kernel!, bias: bias!, einsumOp: this.einsumOp });
  }
}
export interface Einsum extends Attributes<EinsumFields> {}

const { useBias: _useBias, ...withoutBias } = matmulDefaults;
const einsumDefaults: EinsumFields = { ...withoutBias, einsumOp: null };
