import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Key, Options, Shape } from '../../core/tree-typing.js';
import { carryShape, gruStep, mguStep, simpleStep } from '../../functional/recurrent.js';
import { type Initializer, ones, zeros } from '../../random/initializers.js';
import { compact, nowrap } from '../compact.js';
import type { ModuleOptions } from '../module.js';
import { assignFields } from './fields.js';
import {
  cellDefaults,
  type CellFields,
  gatedCellDefaults,
  type GatedCellFields,
  type GatedCellOptions,
  gatePart,
  RNNCellBase,
} from './rnn-cell.js';

/** GRU cell: carry [...batch, features], inputs [...batch, in] → output [...batch, features]. */
export class GRUCell extends RNNCellBase<tf.Tensor> {
  static readonly moduleName: string = 'GRUCell';

  constructor(
    readonly features: number,
    options: GatedCellOptions = {},
  ) {
    super(options);
    assignFields(this, gatedCellDefaults, options);
  }

  @compact
  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const { dtype, paramDtype, kernelInit, recurrentKernelInit, biasInit } = this;
    const common = { features: carry.shape.at(-1)!, dtype, paramDtype, biasInit };
    const input = (name: string) => gatePart(inputs, `i${name}`, { ...common, kernelInit, useBias: true });
    const recurrent = (name: string, useBias: boolean) =>
      gatePart(carry, `h${name}`, { ...common, kernelInit: recurrentKernelInit, useBias });
    const h = gruStep(
      carry,
      {
        r: [input('r'), recurrent('r', false)],
        z: [input('z'), recurrent('z', false)],
        // A bias of its own: the gate stands between the two sums.
        n: [input('n'), recurrent('n', true)],
      },
      this,
    );
    return [h, h];
  }

  @nowrap
  initializeCarry(rng: Key, inputShape: Shape): tf.Tensor {
    return this.carryInit(rng, carryShape(inputShape, this.features), this.paramDtype);
  }
}
export interface GRUCell extends Attributes<GatedCellFields> {}

interface MGUCellFields extends Omit<GatedCellFields, 'biasInit'> {
  /** Default ones. */
  forgetBiasInit: Initializer;
  /** Default zeros. */
  activationBiasInit: Initializer;
  /** Default true. */
  resetGate: boolean;
}

/** Options of `MGUCell`. */
export interface MGUCellOptions extends ModuleOptions, Options<MGUCellFields> {}

/** Minimal gated unit: carry and output [...batch, features]. */
export class MGUCell extends RNNCellBase<tf.Tensor> {
  static readonly moduleName: string = 'MGUCell';

  constructor(
    readonly features: number,
    options: MGUCellOptions = {},
  ) {
    super(options);
    assignFields(this, mguCellDefaults, options);
  }

  @compact
  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const { dtype, paramDtype, kernelInit, recurrentKernelInit, forgetBiasInit, activationBiasInit, resetGate } = this;
    const common = { features: carry.shape.at(-1)!, dtype, paramDtype };
    const input = (name: string, biasInit: Initializer) =>
      gatePart(inputs, name, { ...common, kernelInit, biasInit, useBias: true });
    const recurrent = (name: string, useBias: boolean) =>
      gatePart(carry, name, { ...common, kernelInit: recurrentKernelInit, biasInit: activationBiasInit, useBias });
    const h = mguStep(
      carry,
      {
        f: [input('if', forgetBiasInit), recurrent('hf', false)],
        n: [input('in', activationBiasInit), recurrent('hn', resetGate)],
        resetGate,
      },
      this,
    );
    return [h, h];
  }

  @nowrap
  initializeCarry(rng: Key, inputShape: Shape): tf.Tensor {
    return this.carryInit(rng, carryShape(inputShape, this.features), this.paramDtype);
  }
}
export interface MGUCell extends Attributes<MGUCellFields> {}

const { biasInit: _biasInit, ...withoutBiasInit } = gatedCellDefaults;
const mguCellDefaults: MGUCellFields = {
  ...withoutBiasInit,
  forgetBiasInit: ones,
  activationBiasInit: zeros,
  resetGate: true,
};

interface SimpleCellFields extends CellFields {
  /** Add the old carry before the activation. Default false. */
  residual: boolean;
}

/** Options of `SimpleCell`. */
export interface SimpleCellOptions extends ModuleOptions, Options<SimpleCellFields> {}

/** Plain recurrent cell: carry and output [...batch, features]. */
export class SimpleCell extends RNNCellBase<tf.Tensor> {
  static readonly moduleName: string = 'SimpleCell';

  constructor(
    readonly features: number,
    options: SimpleCellOptions = {},
  ) {
    super(options);
    assignFields<SimpleCellFields>(this, { ...cellDefaults, residual: false }, options);
  }

  @compact
  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const { dtype, paramDtype, kernelInit, recurrentKernelInit, biasInit } = this;
    const common = { features: carry.shape.at(-1)!, dtype, paramDtype, biasInit };
    const input = gatePart(inputs, 'i', { ...common, kernelInit, useBias: true });
    const recurrent = gatePart(carry, 'h', { ...common, kernelInit: recurrentKernelInit, useBias: false });
    const next = simpleStep(carry, [input, recurrent], this);
    return [next, next];
  }

  @nowrap
  initializeCarry(rng: Key, inputShape: Shape): tf.Tensor {
    return this.carryInit(rng, carryShape(inputShape, this.features), this.paramDtype);
  }
}
export interface SimpleCell extends Attributes<SimpleCellFields> {}
