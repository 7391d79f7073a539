import * as tf from '@tensorflow/tfjs';
import type { Attributes, Key, Options, Shape } from '../../core/tree-typing.js';
import type { Padding } from '../../functional/convolution.js';
import { carryShape, convLstmStep, type LSTMCarry } from '../../functional/recurrent.js';
import { type Initializer, zeros } from '../../random/initializers.js';
import { compact, nowrap } from '../compact.js';
import type { ModuleOptions } from '../module.js';
import { Conv } from './conv.js';
import { assignFields, dtypeDefaults, type DtypeFields } from './fields.js';
import { pairOfCarries } from './lstm.js';
import { RNNCellBase } from './rnn-cell.js';

interface ConvLSTMCellFields extends DtypeFields {
  /** Default null (1). */
  strides: number | readonly number[] | null;
  /** Default 'SAME'. */
  padding: Padding;
  /** Default true. */
  useBias: boolean;
  /** Default zeros. */
  carryInit: Initializer;
}

/** Options of `ConvLSTMCell`. */
export interface ConvLSTMCellOptions extends ModuleOptions, Options<ConvLSTMCellFields> {}

/** Convolutional LSTM cell: inputs [...batch, ...space, in] → output [...batch, ...space, features]. */
export class ConvLSTMCell extends RNNCellBase<LSTMCarry> {
  static readonly moduleName: string = 'ConvLSTMCell';

  constructor(
    readonly features: number,
    readonly kernelSize: readonly number[],
    options: ConvLSTMCellOptions = {},
  ) {
    super(options);
    assignFields(this, convLstmDefaults, options);
  }

  get numFeatureAxes(): number {
    return this.kernelSize.length + 1;
  }

  @compact
  call(carry: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    const [c, h] = carry;
    const { strides, padding, useBias, dtype, paramDtype } = this;
    const part = (name: string, x: tf.Tensor) =>
      new Conv(4 * this.features, this.kernelSize, { strides, padding, useBias, dtype, paramDtype, name }).call(x);
    return convLstmStep(c, tf.add(part('ih', inputs), part('hh', h)));
  }

  @nowrap
  initializeCarry(rng: Key, inputShape: Shape): LSTMCarry {
    return pairOfCarries(this, rng, carryShape(inputShape, this.features));
  }
}
export interface ConvLSTMCell extends Attributes<ConvLSTMCellFields> {}

const convLstmDefaults: ConvLSTMCellFields = {
  ...dtypeDefaults,
  strides: null,
  padding: 'SAME',
  useBias: true,
  carryInit: zeros,
};
