import * as tf from '@tensorflow/tfjs';
import type { Attributes, Shape } from '../../core/tree-typing.js';
import { carryShape, type LSTMCarry, type LSTMGates, lstmStep } from '../../functional/recurrent.js';
import type { Rngs, RngStream } from '../rngs.js';
import { assignFields } from './fields.js';
import type { Linear } from './linear.js';
import {
  carryPart,
  type CarryOptions,
  gatedCellDefaults,
  type GatedCellFields,
  type GatedCellOptions,
  inputPart,
  keptStream,
  makeCarries,
  RNNCellBase,
} from './rnn-cell.js';

abstract class LSTMBase extends RNNCellBase<LSTMCarry> {
  /** Stream of the first carries; null unless `keepRngs`. */
  readonly rngs: RngStream | null;

  constructor(
    readonly inFeatures: number,
    readonly hiddenFeatures: number,
    options: GatedCellOptions,
  ) {
    super();
    assignFields(this, gatedCellDefaults, options);
    this.rngs = keptStream(this.keepRngs, options.rngs);
  }

  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options: CarryOptions = {}): LSTMCarry {
    const shape = carryShape(inputShape, this.hiddenFeatures);
    return makeCarries(this, shape, { ...options, rngs, count: 2 }) as LSTMCarry;
  }
}
interface LSTMBase extends Attributes<GatedCellFields> {}

/** LSTM cell: carry `[c, h]`, inputs [...batch, inFeatures] → output [...batch, hiddenFeatures]. */
export class LSTMCell extends LSTMBase {
  readonly ii: Linear;
  /** Linen `if`. */
  readonly if_: Linear;
  readonly ig: Linear;
  readonly io: Linear;
  readonly hi: Linear;
  readonly hf: Linear;
  readonly hg: Linear;
  readonly ho: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: GatedCellOptions) {
    super(inFeatures, hiddenFeatures, options);
    const input = () => inputPart(this, { from: inFeatures, to: hiddenFeatures, useBias: false }, options);
    const carry = () => carryPart(this, { from: hiddenFeatures, to: hiddenFeatures, useBias: true }, options);
    this.ii = input();
    this.if_ = input();
    this.ig = input();
    this.io = input();
    this.hi = carry();
    this.hf = carry();
    this.hg = carry();
    this.ho = carry();
  }

  call([c, h]: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    const sum = (input: Linear, carry: Linear) => tf.add(input.call(inputs), carry.call(h));
    const gates = {
      i: sum(this.ii, this.hi),
      f: sum(this.if_, this.hf),
      g: sum(this.ig, this.hg),
      o: sum(this.io, this.ho),
    };
    return lstmStep(c, gates, this);
  }
}

/** LSTM cell with fused kernels: gates in the order i, f, g, o. */
export class OptimizedLSTMCell extends LSTMBase {
  /** Kernel [inFeatures, 4 · hiddenFeatures], no bias. */
  readonly denseI: Linear;
  /** Kernel [hiddenFeatures, 4 · hiddenFeatures], bias. */
  readonly denseH: Linear;

  constructor(inFeatures: number, hiddenFeatures: number, options: GatedCellOptions) {
    super(inFeatures, hiddenFeatures, options);
    const to = 4 * hiddenFeatures;
    this.denseI = inputPart(this, { from: inFeatures, to, useBias: false }, options);
    this.denseH = carryPart(this, { from: hiddenFeatures, to, useBias: true }, options);
  }

  call([c, h]: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    const sums = tf.split(tf.add(this.denseI.call(inputs), this.denseH.call(h)), 4, -1);
    const [i, f, g, o] = sums as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const gates: LSTMGates = { i, f, g, o };
    return lstmStep(c, gates, this);
  }
}
