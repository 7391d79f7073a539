import * as tf from '@tensorflow/tfjs';
import type { Attributes, Options, Shape } from '../../core/tree-typing.js';
import { carryShape, gruStep, simpleStep } from '../../functional/recurrent.js';
import type { Rngs, RngStream } from '../rngs.js';
import type { Param } from '../variable-types.js';
import { assignFields, parameter, type RngsOption } from './fields.js';
import type { Linear } from './linear.js';
import {
  carryPart,
  type CarryOptions,
  cellDefaults,
  type CellFields,
  type CellMetadata,
  gatedCellDefaults,
  type GatedCellFields,
  type GatedCellOptions,
  inputPart,
  keptStream,
  makeCarries,
  RNNCellBase,
} from './rnn-cell.js';

/** Options of `GRUCell`. */
export interface GRUCellOptions
  extends
    GatedCellOptions,
    Options<{
      /**
       * Add Linen's bias of the candidate's recurrent part, which Flax's NNX lacks: an extension, so that a Linen cell
       * converts whole. Default false.
       */
      candidateBias: boolean;
    }> {}

/** GRU cell with fused kernels (order r, z, n): carry and output [...batch, hiddenFeatures]. */
export class GRUCell extends RNNCellBase<tf.Tensor> {
  /** Kernel [inFeatures, 3 · hiddenFeatures], bias. */
  readonly denseI: Linear;
  /** Kernel [hiddenFeatures, 3 · hiddenFeatures], no bias. */
  readonly denseH: Linear;
  /** [hiddenFeatures], Linen `hn.bias`; null unless `candidateBias`. */
  readonly hnBias: Param;
  /** Stream of the first carries; null unless `keepRngs`. */
  readonly rngs: RngStream | null;

  constructor(
    readonly inFeatures: number,
    readonly hiddenFeatures: number,
    options: GRUCellOptions,
  ) {
    super();
    assignFields(this, gatedCellDefaults, options);
    this.rngs = keptStream(this.keepRngs, options.rngs);
    const to = 3 * hiddenFeatures;
    this.denseI = inputPart(this, { from: inFeatures, to, useBias: true }, options);
    this.denseH = carryPart(this, { from: hiddenFeatures, to, useBias: false }, options);
    const { biasInit: init, paramDtype: dtype } = this;
    const when = options.candidateBias ?? false;
    this.hnBias = parameter(options.rngs, { init, shape: [hiddenFeatures], dtype, when });
  }

  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const thirds = (x: tf.Tensor) => tf.split(x, 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [inputR, inputZ, inputN] = thirds(this.denseI.call(inputs));
    const [carryR, carryZ, recurrent] = thirds(this.denseH.call(carry));
    const bias = this.hnBias as Param | null;
    const carryN = bias === null ? recurrent : tf.add(recurrent, bias.value);
    const h = gruStep(carry, { r: [inputR, carryR], z: [inputZ, carryZ], n: [inputN, carryN] }, this);
    return [h, h];
  }

  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options: CarryOptions = {}): tf.Tensor {
    const shape = carryShape(inputShape, this.hiddenFeatures);
    return makeCarries(this, shape, { ...options, rngs, count: 1 })[0]!;
  }
}
export interface GRUCell extends Attributes<GatedCellFields> {}

interface SimpleCellFields extends CellFields {
  /** Add the old carry before the activation. Default false. */
  residual: boolean;
}

/** Options of `SimpleCell`; dtype defaults to 'float32'. */
export interface SimpleCellOptions extends RngsOption, Options<SimpleCellFields & CellMetadata> {}

/** Plain recurrent cell: carry and output [...batch, hiddenFeatures]. */
export class SimpleCell extends RNNCellBase<tf.Tensor> {
  /** Kernel. Linen `h`. */
  readonly denseH: Linear;
  /** Kernel and bias. Linen `i`. */
  readonly denseI: Linear;
  /** Stream of the first carries; null unless `keepRngs`. */
  readonly rngs: RngStream | null;

  constructor(
    readonly inFeatures: number,
    readonly hiddenFeatures: number,
    options: SimpleCellOptions,
  ) {
    super();
    assignFields<SimpleCellFields>(this, { ...cellDefaults, dtype: 'float32', residual: false }, options);
    this.rngs = keptStream(this.keepRngs, options.rngs);
    this.denseH = carryPart(this, { from: hiddenFeatures, to: hiddenFeatures, useBias: false }, options);
    this.denseI = inputPart(this, { from: inFeatures, to: hiddenFeatures, useBias: true }, options);
  }

  call(carry: tf.Tensor, inputs: tf.Tensor): [carry: tf.Tensor, output: tf.Tensor] {
    const next = simpleStep(carry, [this.denseI.call(inputs), this.denseH.call(carry)], this);
    return [next, next];
  }

  initializeCarry(inputShape: Shape, rngs?: Rngs | RngStream | null, options: CarryOptions = {}): tf.Tensor {
    const shape = carryShape(inputShape, this.hiddenFeatures);
    return makeCarries(this, shape, { ...options, rngs, count: 1 })[0]!;
  }
}
export interface SimpleCell extends Attributes<SimpleCellFields> {}
