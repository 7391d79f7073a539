import type { Key, Options, Shape } from '../../core/tree-typing.js';
import type * as tf from '@tensorflow/tfjs';
import { type Activation, sigmoid, tanh } from '../../functional/activations.js';
import { mistake } from '../../functional/mistake.js';
import { type Initializer, lecunNormal, orthogonal, zeros } from '../../random/initializers.js';
import { nowrap } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import { Dense } from './dense.js';
import { dtypeDefaults, type DtypeFields } from './fields.js';

declare abstract class RNNCellMembers<Carry, Out> extends Module {
  /** Carry and input [...batch, in] → `[carry, output]`. */
  abstract call(carry: Carry, inputs: tf.Tensor): [carry: Carry, output: Out];
  abstract initializeCarry(rng: Key, inputShape: Shape): Carry;
  abstract readonly numFeatureAxes: number;
}
/** Declared beside the abstract members: a cell may leave these out, and needs no `override` to define them. */
interface RNNCellDefaults<Carry> {
  /** The first carry for inputs of `inputShape` [...batch, in]. Throws unless a cell defines it. */
  initializeCarry(rng: Key, inputShape: Shape): Carry;
  /** Feature axes of an input: more than 1 for convolutional cells. Default 1. */
  readonly numFeatureAxes: number;
}

/** Base class of recurrent cells: `call(carry, x) → [carry, y]`. `Out` may be any tree of tensors. */
export type RNNCellBase<Carry = unknown, Out = tf.Tensor> = RNNCellMembers<Carry, Out> & RNNCellDefaults<Carry>;

abstract class CellBase extends Module {
  get numFeatureAxes(): number {
    return 1;
  }

  @nowrap
  initializeCarry(_rng: Key, _inputShape: Shape): never {
    throw mistake(
      whoIs(this),
      'expected the cell to have initializeCarry(key, inputShape), got none.',
      'Define it, or pass { initialCarry } where the cell is run.',
    );
  }
}
export const RNNCellBase = CellBase as unknown as abstract new <Carry = unknown, Out = tf.Tensor>(
  options?: ModuleOptions,
) => RNNCellBase<Carry, Out>;

export interface CellFields extends DtypeFields {
  /** Default tanh. */
  activationFn: Activation;
  /** Default lecunNormal(). */
  kernelInit: Initializer;
  /** Default orthogonal(). */
  recurrentKernelInit: Initializer;
  /** Default zeros. */
  biasInit: Initializer;
  /** Default zeros. */
  carryInit: Initializer;
}

export interface GatedCellFields extends CellFields {
  /** Default sigmoid. */
  gateFn: Activation;
}

/** Options of the LSTM and GRU cells. */
export interface GatedCellOptions extends ModuleOptions, Options<GatedCellFields> {}

export const cellDefaults: CellFields = {
  ...dtypeDefaults,
  activationFn: tanh,
  kernelInit: lecunNormal(),
  recurrentKernelInit: orthogonal(),
  biasInit: zeros,
  carryInit: zeros,
};

export const gatedCellDefaults: GatedCellFields = { ...cellDefaults, gateFn: sigmoid };

/** What a cell's two kinds of `Dense` are made of. */
export interface CellWeights extends DtypeFields {
  readonly features: number;
  readonly kernelInit: Initializer;
  readonly biasInit?: Initializer | undefined;
}

/** A `Dense` of this name on `x`: one part of a gate. */
export function gatePart(
  x: tf.Tensor,
  name: string,
  { features, useBias, ...weights }: CellWeights & { readonly useBias: boolean },
): tf.Tensor {
  return new Dense(features, { ...weights, useBias, name }).call(x);
}
