import * as tf from '@tensorflow/tfjs';
import { key, split } from '../../core/key.js';
import { treeMap } from '../../core/tree.js';
import type { Attributes, Key, Options, Unranked } from '../../core/tree-typing.js';
import { flipSequences, lastCarry, type SequenceAxes, sequenceAxes } from '../../functional/recurrent.js';
import type { CollectionAxes, SplitRngs } from '../lift/options.js';
import { scan } from '../lift/scan.js';
import { whoIs } from '../module-state.js';
import { Module, type ModuleOptions } from '../module.js';
import type { CollectionFilter } from '../variables.js';
import { assignFields } from './fields.js';
import type { RNNCellBase } from './rnn-cell.js';

interface SequenceFields {
  /** Time is the first axis. Default false. */
  timeMajor: boolean;
  /** Run backwards. Default false. */
  reverse: boolean;
  /** When reversed, give outputs in the order of the inputs. Default false. */
  keepOrder: boolean;
}

interface RNNFields extends SequenceFields {
  /** Default 1. */
  unroll: number;
  /** Default {}. */
  variableAxes: CollectionAxes;
  /** Default 'params'. */
  variableBroadcast: CollectionFilter;
  /** Default false. */
  variableCarry: CollectionFilter;
  /** Default { params: false }. */
  splitRngs: SplitRngs;
}

/** Options of `RNN`. */
export interface RNNOptions<ReturnCarry extends boolean = boolean>
  extends
    ModuleOptions,
    Options<RNNFields & { /** Give `[carry, outputs]`. Default false. */ returnCarry: ReturnCarry }> {}

/** Options of a sequence layer's `call`; those of the constructor are overridden. */
export interface RNNCallOptions<Carry, ReturnCarry extends boolean = boolean> extends Options<
  SequenceFields & {
    /** Default from the cell. */
    initialCarry: Carry | null;
    /** Key of the first carry. Default key(0). */
    initKey: Key | null;
    /** Valid steps of each sequence [...batch]. Default all. */
    seqLengths: tf.Tensor | null;
    /** Give `[carry, outputs]`. */
    returnCarry: ReturnCarry;
  }
> {}

/** Outputs, or `[carry, outputs]`. */
export type RNNResult<Carry, ReturnCarry, Out = tf.Tensor> = ReturnCarry extends true
  ? [carry: Carry, outputs: Out]
  : Out;

/** Runs a cell over time: [...batch, time, in] → [...batch, time, features], or a tree of these as the cell's output. */
export class RNN<Carry = unknown, ReturnCarry extends boolean = false, Out = tf.Tensor> extends Module {
  static readonly moduleName: string = 'RNN';
  declare readonly returnCarry: boolean;

  constructor(
    readonly cell: RNNCellBase<Carry, Out>,
    options: RNNOptions<ReturnCarry> = {},
  ) {
    super(options);
    assignFields<RNNFields & { returnCarry: boolean }>(this, rnnDefaults, options);
  }

  call(
    inputs: tf.Tensor,
    options: RNNCallOptions<Carry, true> & { returnCarry: true },
  ): RNNResult<Carry, true, Unranked<Out>>;
  call(inputs: tf.Tensor, options: RNNCallOptions<Carry, false> & { returnCarry: false }): Unranked<Out>;
  call(inputs: tf.Tensor, options?: RNNCallOptions<Carry>): RNNResult<Carry, ReturnCarry, Unranked<Out>>;
  call(inputs: tf.Tensor, options: RNNCallOptions<Carry> = {}): never {
    const returnCarry = options.returnCarry ?? this.returnCarry;
    const timeMajor = options.timeMajor ?? this.timeMajor;
    const reverse = options.reverse ?? this.reverse;
    const { seqLengths = null } = options;
    const axes = sequenceAxes(whoIs(this), inputs, { timeMajor, numFeatureAxes: this.cell.numFeatureAxes });
    const flip = (x: tf.Tensor) => flipSequences(x, seqLengths, axes);
    const carry = options.initialCarry ?? firstCarry(this.cell, inputs, { axes, key: options.initKey ?? key(0) });
    const all = returnCarry && seqLengths !== null;
    const [last, outputs] = steps(this, [carry, reverse ? flip(inputs) : inputs], { axes, all });
    const keepOrder = reverse && (options.keepOrder ?? this.keepOrder);
    const ordered = keepOrder ? treeMap(flip, outputs) : outputs;
    if (!returnCarry) return ordered as never;
    return [all ? lastCarry(last, seqLengths) : last, ordered] as never;
  }
}
export interface RNN<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  Carry = unknown,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  ReturnCarry extends boolean = false,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  Out = tf.Tensor,
> extends Attributes<RNNFields> {}

const rnnDefaults: RNNFields & { returnCarry: boolean } = {
  timeMajor: false,
  reverse: false,
  keepOrder: false,
  unroll: 1,
  variableAxes: {},
  variableBroadcast: 'params',
  variableCarry: false,
  splitRngs: { params: false },
  returnCarry: false,
};

function firstCarry<Carry>(
  cell: RNNCellBase<Carry, unknown>,
  inputs: tf.Tensor,
  { axes, key }: { readonly axes: SequenceAxes; readonly key: Key },
): Carry {
  return cell.initializeCarry(
    key,
    inputs.shape.filter((_, axis) => axis !== axes.timeAxis),
  );
}

/** The cell's scan over time: `[last carry, outputs]`, or all carries on a leading axis in place of the last. */
function steps(
  layer: { readonly cell: object } & Attributes<RNNFields>,
  [carry, inputs]: readonly [carry: unknown, inputs: tf.Tensor],
  { axes, all }: { readonly axes: SequenceAxes; readonly all: boolean },
): readonly [carry: unknown, outputs: unknown] {
  const { unroll, variableAxes, variableBroadcast, variableCarry, splitRngs } = layer;
  const { timeAxis } = axes;
  const step = (cell: RNNCellBase, before: unknown, x: tf.Tensor) => {
    const [after, y] = cell.call(before, x);
    return [after, all ? [after, y] : y] as const;
  };
  const run = scan(step as never, {
    inAxes: timeAxis,
    outAxes: all ? [0, timeAxis] : timeAxis,
    unroll,
    variableAxes,
    variableBroadcast,
    variableCarry,
    splitRngs,
  }) as (cell: object, carry: unknown, inputs: tf.Tensor) => [unknown, unknown];
  const [last, ys] = run(layer.cell, carry, inputs);
  return all ? (ys as [unknown, unknown]) : [last, ys];
}

interface BidirectionalFields {
  /** Default concatenation on the last axis. */
  mergeFn: (forward: tf.Tensor, backward: tf.Tensor) => tf.Tensor;
  /** Default false. */
  timeMajor: boolean;
}

/** Options of `Bidirectional`. */
export interface BidirectionalOptions<ReturnCarry extends boolean = boolean>
  extends
    ModuleOptions,
    Options<
      BidirectionalFields & { /** Give `[[forward, backward], outputs]`. Default false. */ returnCarry: ReturnCarry }
    > {}

/** Two RNNs, one backwards, outputs merged: [...batch, time, in] → [...batch, time, out]. */
export class Bidirectional<Carry = unknown, ReturnCarry extends boolean = false> extends Module {
  static readonly moduleName: string = 'Bidirectional';
  declare readonly returnCarry: boolean;
  /** Under Flax's names, which are those of their scopes. */
  private forward_rnn: RNN<Carry, boolean>;
  private backward_rnn: RNN<Carry, boolean>;

  constructor(
    forwardRnn: RNN<Carry, boolean>,
    backwardRnn: RNN<Carry, boolean>,
    options: BidirectionalOptions<ReturnCarry> = {},
  ) {
    super(options);
    this.forward_rnn = forwardRnn;
    this.backward_rnn = backwardRnn;
    assignFields<BidirectionalFields & { returnCarry: boolean }>(this, bidirectionalDefaults, options);
  }

  get forwardRnn(): RNN<Carry, boolean> {
    return this.forward_rnn;
  }
  set forwardRnn(rnn: RNN<Carry, boolean>) {
    this.forward_rnn = rnn;
  }

  get backwardRnn(): RNN<Carry, boolean> {
    return this.backward_rnn;
  }
  set backwardRnn(rnn: RNN<Carry, boolean>) {
    this.backward_rnn = rnn;
  }

  call(
    inputs: tf.Tensor,
    options: RNNCallOptions<[forward: Carry, backward: Carry], true> & { returnCarry: true },
  ): RNNResult<[forward: Carry, backward: Carry], true>;
  call(
    inputs: tf.Tensor,
    options: RNNCallOptions<[forward: Carry, backward: Carry], false> & { returnCarry: false },
  ): tf.Tensor;
  call(
    inputs: tf.Tensor,
    options?: RNNCallOptions<[forward: Carry, backward: Carry]>,
  ): RNNResult<[forward: Carry, backward: Carry], ReturnCarry>;
  call(inputs: tf.Tensor, options: RNNCallOptions<[forward: Carry, backward: Carry]> = {}): never {
    const { seqLengths, initialCarry, initKey } = options;
    const timeMajor = options.timeMajor ?? this.timeMajor;
    const keys = initKey ? (split(initKey, 2) as readonly Key[]) : [null, null];
    const common = { seqLengths, timeMajor, returnCarry: true } as const;
    const [forward, ahead] = this.forwardRnn.call(inputs, {
      ...common,
      initialCarry: initialCarry?.[0],
      initKey: keys[0],
      reverse: false,
    });
    const [backward, behind] = this.backwardRnn.call(inputs, {
      ...common,
      initialCarry: initialCarry?.[1],
      initKey: keys[1],
      reverse: true,
      keepOrder: true,
    });
    const outputs = treeMap(this.mergeFn, ahead, behind);
    const returnCarry = options.returnCarry ?? this.returnCarry;
    return (returnCarry ? [[forward, backward], outputs] : outputs) as never;
  }
}
export interface Bidirectional<
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
  Carry = unknown,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  ReturnCarry extends boolean = false,
> extends Attributes<BidirectionalFields> {}

const bidirectionalDefaults: BidirectionalFields & { returnCarry: boolean } = {
  mergeFn: (forward, backward) => tf.concat([forward, backward], -1),
  timeMajor: false,
  returnCarry: false,
};
