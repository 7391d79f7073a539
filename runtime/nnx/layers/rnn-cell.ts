import type * as tf from '@tensorflow/tfjs';
import type { Key, Options, Shape } from '../../core/tree-typing.js';
import { type Activation, sigmoid, tanh } from '../../functional/activations.js';
import { mistake } from '../../functional/mistake.js';
import { type Initializer, lecunNormal, orthogonal, zeros } from '../../random/initializers.js';
import { Module } from '../module.js';
import type { Rngs, RngStream } from '../rngs.js';
import type { VariableMetadata } from '../variable.js';
import { streamFrom } from './dropout.js';
import { dtypeDefaults, type DtypeFields, type MatmulMetadata, type RngsOption } from './fields.js';
import { Linear } from './linear.js';

/** Options of `initializeCarry`. */
export type CarryOptions = Options<{ /** Default zeros. */ carryInit: Initializer | null }>;

declare abstract class RNNCellMembers<C, Out> extends Module {
  /** Carry and input [...batch, in] → `[carry, output]`. */
  abstract call(carry: C, inputs: tf.Tensor): [carry: C, output: Out];
  abstract initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options?: CarryOptions): C;
  abstract readonly numFeatureAxes: number;
}
/** Declared beside the abstract members: a cell may leave these out, and needs no `override` to define them. */
interface RNNCellDefaults<C> {
  /** The first carry for inputs of `inputShape` [...batch, in]. Linen has the key first. Throws unless defined. */
  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options?: CarryOptions): C;
  /** Feature axes of an input. Default 1. */
  readonly numFeatureAxes: number;
}

/** Base class of recurrent cells: `call(carry, x) → [carry, y]`. `Out` may be any tree of tensors. */
export type RNNCellBase<C = unknown, Out = tf.Tensor> = RNNCellMembers<C, Out> & RNNCellDefaults<C>;

abstract class CellBase extends Module {
  get numFeatureAxes(): number {
    return 1;
  }

  initializeCarry(_inputShape: Shape, _rngs?: Rngs | RngStream | null, _options?: CarryOptions): never {
    throw mistake(
      this.constructor.name,
      'expected the cell to have initializeCarry(inputShape, rngs), got none.',
      'Define it, or pass { initialCarry } where the cell is run.',
    );
  }
}
export const RNNCellBase = CellBase as unknown as abstract new <C = unknown, Out = tf.Tensor>() => RNNCellBase<C, Out>;

export interface CellFields extends DtypeFields {
  /** Default tanh. */
  activationFn: Activation;
  /** Default lecunNormal(). */
  kernelInit: Initializer;
  /** Default orthogonal(). */
  recurrentKernelInit: Initializer;
  /** Default zeros. */
  biasInit: Initializer;
  /** Default null (zeros). */
  carryInit: Initializer | null;
  /** Default false. */
  keepRngs: boolean;
}

export interface GatedCellFields extends CellFields {
  /** Default sigmoid. */
  gateFn: Activation;
}

export interface CellMetadata extends MatmulMetadata {
  /** Default {}. */
  recurrentKernelMetadata: VariableMetadata;
}

/** Options of the LSTM and GRU cells. */
export interface GatedCellOptions extends RngsOption, Options<GatedCellFields & CellMetadata> {}

export const cellDefaults: CellFields = {
  ...dtypeDefaults,
  activationFn: tanh,
  kernelInit: lecunNormal(),
  recurrentKernelInit: orthogonal(),
  biasInit: zeros,
  carryInit: null,
  keepRngs: false,
};

export const gatedCellDefaults: GatedCellFields = { ...cellDefaults, gateFn: sigmoid };

/** A cell as its weights and carries are made from it. */
export interface CellSettings extends Omit<CellFields, 'activationFn' | 'biasInit'> {
  readonly biasInit?: Initializer;
  readonly rngs: RngStream | null;
}

/** Sizes of a cell's `Linear`, and whether it has a bias. */
export interface PartShape {
  readonly from: number;
  readonly to: number;
  readonly useBias: boolean;
  readonly biasInit?: Initializer | undefined;
}

type PartOptions = RngsOption & Options<CellMetadata>;

/** A `Linear` from the input. */
export function inputPart(
  cell: CellSettings,
  { from, to, useBias, biasInit }: PartShape,
  options: PartOptions,
): Linear {
  const { dtype, paramDtype, promoteDtype, kernelInit } = cell;
  const { rngs, kernelMetadata, biasMetadata } = options;
  const given = { dtype, paramDtype, promoteDtype, kernelInit, rngs, kernelMetadata, biasMetadata };
  return new Linear(from, to, { ...given, useBias, biasInit: biasInit ?? cell.biasInit });
}

/** A `Linear` from the carry. */
export function carryPart(
  cell: CellSettings,
  { from, to, useBias, biasInit }: PartShape,
  options: PartOptions,
): Linear {
  const { dtype, paramDtype, promoteDtype, recurrentKernelInit: kernelInit } = cell;
  const { rngs, recurrentKernelMetadata: kernelMetadata, biasMetadata } = options;
  const given = { dtype, paramDtype, promoteDtype, kernelInit, rngs, kernelMetadata, biasMetadata };
  return new Linear(from, to, { ...given, useBias, biasInit: biasInit ?? cell.biasInit });
}

/** The stream a cell keeps for its carries; null unless `keepRngs`. */
export function keptStream(keepRngs: boolean, rngs: Rngs): RngStream | null {
  return keepRngs ? rngs['carry']!.fork() : null;
}

/** One carry of this shape for each key drawn. */
export function makeCarries(
  cell: CellSettings,
  shape: readonly number[],
  {
    rngs,
    carryInit,
    count,
  }: CarryOptions & { readonly rngs: Rngs | RngStream | null | undefined; readonly count: number },
): tf.Tensor[] {
  const stream = streamFrom(rngs ?? cell.rngs, 'carry');
  const init = carryInit ?? cell.carryInit ?? zeros;
  if (stream === null) {
    throw mistake(
      cell.constructor.name,
      'expected rngs to draw its first carry from, got none.',
      'Pass them: cell.initializeCarry(inputShape, rngs).',
    );
  }
  return Array.from({ length: count }, () => init(stream() as Key, shape, cell.paramDtype));
}
