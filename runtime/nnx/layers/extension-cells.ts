import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options, Shape } from '../../core/tree-typing.js';
import type { Padding } from '../../functional/convolution.js';
import { carryShape, convLstmStep, type LSTMCarry, mguStep } from '../../functional/recurrent.js';
import { type Initializer, lecunNormal, ones, orthogonal, zeros } from '../../random/initializers.js';
import type { Rngs, RngStream } from '../rngs.js';
import { Conv } from './conv.js';
import { assignFields, dtypeDefaults, type DtypeFields, type RngsOption } from './fields.js';
import type { Linear } from './linear.js';
import {
  carryPart,
  type CarryOptions,
  type CellMetadata,
  gatedCellDefaults,
  type GatedCellFields,
  inputPart,
  keptStream,
  makeCarries,
  RNNCellBase,
} from './rnn-cell.js';

interface MGUCellFields extends Omit<GatedCellFields, 'biasInit'> {
  /** Default ones. */
  forgetBiasInit: Initializer;
  /** Default zeros. */
  activationBiasInit: Initializer;
  /** Default true. */
  resetGate: boolean;
}

/** Options of `MGUCell`. */
export interface MGUCellOptions extends RngsOption, Options<MGUCellFields & CellMetadata> {}

/** Minimal gated unit, an extension that Flax's NNX lacks: carry and output [...batch, hiddenFeatures]. */
export class MGUCell extends RNNCellBase<tf.Tensor> {
  /** Linen `if`. */
  readonly if_: Linear;
  /** Linen `in`. */
  readonly in_: Linear;
  readonly hf: Linear;
  /** With a bias when `resetGate`. */
  readonly hn: Linear;
  /** Stream of the first carries; null unless `keepRngs`. */
  readonly rngs: RngStream | null;

  constructor(
    readonly inFeatures: number,
    readonly hiddenFeatures: number,
    options: MGUCellOptions,
  ) {
    super();
    assignFields(this, mguCellDefaults, options);
    this.rngs = keptStream(this.keepRngs, options.rngs);
    const { forgetBiasInit, activationBiasInit, resetGate } = this;
    const input = (biasInit: Initializer) =>
      inputPart(this, { from: inFeatures, to: hiddenFeatures, useBias: true, biasInit }, options);
    const carry = (useBias: boolean) =>
      carryPart(this, { from: hiddenFeatures, to: hiddenFeatures, useBias, biasInit: activationBiasInit }, options);
    this.if_ = input(forgetBiasInit);
    this.in_ = input(activationBiasInit);
    this.hf = carry(false);
    this.hn = carry(resetGate);
  }

  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const { resetGate } = this;
    const f = [this.if_.call(inputs), this.hf.call(carry)] as const;
    const n = [this.in_.call(inputs), this.hn.call(carry)] as const;
    const h = mguStep(carry, { f, n, resetGate }, this);
    return [h, h];
  }

  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options: CarryOptions = {}): tf.Tensor {
    const shape = carryShape(inputShape, this.hiddenFeatures);
    return makeCarries(this, shape, { ...options, rngs, count: 1 })[0]!;
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

interface ConvLSTMCellFields extends DtypeFields {
  /** Default null (1). */
  strides: number | readonly number[] | null;
  /** Default 'SAME'. */
  padding: Padding;
  /** Default true. */
  useBias: boolean;
  /** Default null (zeros). */
  carryInit: Initializer | null;
  /** Default false. */
  keepRngs: boolean;
}

/** Options of `ConvLSTMCell`. */
export interface ConvLSTMCellOptions extends RngsOption, Options<ConvLSTMCellFields> {}

/**
 * Convolutional LSTM cell, an extension that Flax's NNX lacks: inputs [...batch, ...space, inFeatures] → output
 * [...batch, ...space, outFeatures].
 */
export class ConvLSTMCell extends RNNCellBase<LSTMCarry> {
  readonly ih: Conv;
  readonly hh: Conv;
  /** Stream of the first carries; null unless `keepRngs`. */
  readonly rngs: RngStream | null;
  readonly kernelInit = lecunNormal();
  readonly recurrentKernelInit = orthogonal();

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    readonly kernelSize: readonly number[],
    options: ConvLSTMCellOptions,
  ) {
    super();
    assignFields(this, convLstmDefaults, options);
    this.rngs = keptStream(this.keepRngs, options.rngs);
    const { strides, padding, useBias, dtype, paramDtype, promoteDtype } = this;
    const given = { strides, padding, useBias, dtype, paramDtype, promoteDtype, rngs: options.rngs };
    this.ih = new Conv(inFeatures, 4 * outFeatures, kernelSize, given);
    this.hh = new Conv(outFeatures, 4 * outFeatures, kernelSize, given);
  }

  get numFeatureAxes(): number {
    return this.kernelSize.length + 1;
  }

  call([c, h]: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    return convLstmStep(c, tf.add(this.ih.call(inputs), this.hh.call(h)));
  }

  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options: CarryOptions = {}): LSTMCarry {
    const shape = carryShape(inputShape, this.outFeatures);
    return makeCarries(this, shape, { ...options, rngs, count: 2 }) as LSTMCarry;
  }
}
export interface ConvLSTMCell extends Attributes<ConvLSTMCellFields> {}

const convLstmDefaults: ConvLSTMCellFields = {
  ...dtypeDefaults,
  strides: null,
  padding: 'SAME',
  useBias: true,
  carryInit: null,
  keepRngs: false,
};
