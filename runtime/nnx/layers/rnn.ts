import * as tf from '@tensorflow/tfjs';
import { key } from '../../core/key.js';
import { treeMap } from '../../core/tree.js';
import type { Attributes, Options, Unranked } from '../../core/tree-typing.js';
import { flipSequences, lastCarry, type SequenceAxes, sequenceAxes } from '../../functional/recurrent.js';
import { All, type Filter } from '../filters.js';
import { Module } from '../module.js';
import { type Rngs, RngStream, streamsOf } from '../rngs.js';
import { splitRngs } from '../splitting.js';
import { Carry, StateAxes } from '../transforms/axes.js';
import { scan } from '../transforms/scan.js';
import { RngState } from '../variable-types.js';
import { streamFrom } from './dropout.js';
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
  /** Default new StateAxes([['...', Carry]]). */
  stateAxes: StateAxes | null;
  /** Streams that all steps share. Default null. */
  broadcastRngs: Filter;
}

/** Options of `RNN`. */
export interface RNNOptions<ReturnCarry extends boolean = boolean> extends Options<
  RNNFields & {
    /** Give `[carry, outputs]`. Default false. */
    returnCarry: ReturnCarry;
    /** Stream of the first carry. Default true (one of its own). */
    rngs: Rngs | RngStream | boolean;
  }
> {}

/** Options of a sequence layer's `call`; those of the constructor are overridden. */
export interface RNNCallOptions<C, ReturnCarry extends boolean = boolean> extends Options<
  SequenceFields & {
    /** Default from the cell. */
    initialCarry: C | null;
    /** Valid steps of each sequence [...batch]. Default all. */
    seqLengths: tf.Tensor | null;
    /** Stream of the first carry. Linen `initKey`. */
    rngs: Rngs | RngStream | null;
    /** Give `[carry, outputs]`. */
    returnCarry: ReturnCarry;
  }
> {}

/** Outputs, or `[carry, outputs]`. */
export type RNNResult<C, ReturnCarry, Out = tf.Tensor> = ReturnCarry extends true ? [carry: C, outputs: Out] : Out;

/** Runs a cell over time: [...batch, time, in] → [...batch, time, features], or a tree of these as the cell's output. */
export class RNN<C = unknown, ReturnCarry extends boolean = false, Out = tf.Tensor> extends Module {
  readonly returnCarry: boolean;
  /** Stream of the first carry; null when switched off. */
  readonly rngs: RngStream | null;

  constructor(
    readonly cell: RNNCellBase<C, Out>,
    options: RNNOptions<ReturnCarry> = {},
  ) {
    super();
    assignFields(this, rnnDefaults, options);
    this.returnCarry = options.returnCarry ?? false;
    this.rngs = ownStream(options.rngs ?? true);
  }

  call(inputs: tf.Tensor, options: RNNCallOptions<C, true> & { returnCarry: true }): RNNResult<C, true, Unranked<Out>>;
  call(inputs: tf.Tensor, options: RNNCallOptions<C, false> & { returnCarry: false }): Unranked<Out>;
  call(inputs: tf.Tensor, options?: RNNCallOptions<C>): RNNResult<C, ReturnCarry, Unranked<Out>>;
  call(inputs: tf.Tensor, options: RNNCallOptions<C> = {}): never {
    const returnCarry = options.returnCarry ?? this.returnCarry;
    const timeMajor = options.timeMajor ?? this.timeMajor;
    const reverse = options.reverse ?? this.reverse;
    const { seqLengths = null } = options;
    const axes = sequenceAxes('RNN', inputs, { timeMajor, numFeatureAxes: this.cell.numFeatureAxes });
    const flip = (x: tf.Tensor) => flipSequences(x, seqLengths, axes);
    const carry = options.initialCarry ?? firstCarry(this.cell, inputs, { axes, rngs: options.rngs ?? this.rngs });
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
  C = unknown,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  ReturnCarry extends boolean = false,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  Out = tf.Tensor,
> extends Attributes<RNNFields> {}

const rnnDefaults: RNNFields = {
  timeMajor: false,
  reverse: false,
  keepOrder: false,
  unroll: 1,
  stateAxes: null,
  broadcastRngs: null,
};

/** The stream a sequence layer keeps: one of its own, a fork of that of an `Rngs`, the one given, or none. */
function ownStream(rngs: Rngs | RngStream | boolean): RngStream | null {
  if (rngs === false) return null;
  if (rngs === true) return new RngStream(key(0), { tag: 'carry' });
  return streamsOf(rngs) === undefined ? (rngs as RngStream) : streamFrom(rngs, 'carry')!.fork();
}

function firstCarry<C>(
  cell: RNNCellBase<C, unknown>,
  inputs: tf.Tensor,
  { axes, rngs }: { readonly axes: SequenceAxes; readonly rngs: Rngs | RngStream | null },
): C {
  return cell.initializeCarry(
    inputs.shape.filter((_, axis) => axis !== axes.timeAxis),
    rngs === null ? null : ownStream(rngs),
  );
}

type Step = (cell: object, carry: unknown, inputs: tf.Tensor) => readonly [unknown, unknown];

/** The cell's scan over time: `[last carry, outputs]`, or all carries on a leading axis in place of the last. */
function steps(
  layer: { readonly cell: object } & Attributes<RNNFields>,
  [carry, inputs]: readonly [carry: unknown, inputs: tf.Tensor],
  { axes, all }: { readonly axes: SequenceAxes; readonly all: boolean },
): readonly [carry: unknown, outputs: unknown] {
  const { unroll, broadcastRngs } = layer;
  const { timeAxis } = axes;
  const given = layer.stateAxes ?? new StateAxes([['...', Carry]]);
  const pairs = given.filters.map((filter, i) => [filter, given.axes[i]!] as const);
  const state =
    broadcastRngs === null ? given : new StateAxes([[new All(RngState, broadcastRngs), null] as const, ...pairs]);
  const step: Step = (cell, before, x) => {
    const [after, y] = (cell as RNNCellBase).call(before, x);
    return [after, all ? [after, y] : y];
  };
  const run = scan(step as never, {
    inAxes: [state, Carry, timeAxis],
    outAxes: [Carry, all ? [0, timeAxis] : timeAxis],
    unroll,
  }) as unknown as Step;
  const whole =
    broadcastRngs === null ? run : splitRngs({ splits: 1, only: broadcastRngs, squeeze: true })(run as never);
  const [last, ys] = (whole as Step)(layer.cell, carry, inputs);
  return all ? (ys as [unknown, unknown]) : [last, ys];
}

interface BidirectionalFields {
  /** Default concatenation on the last axis. */
  mergeFn: (forward: tf.Tensor, backward: tf.Tensor) => tf.Tensor;
  /** Default false. */
  timeMajor: boolean;
}

/** Options of `Bidirectional`. */
export interface BidirectionalOptions<ReturnCarry extends boolean = boolean> extends Options<
  BidirectionalFields & {
    /** Give `[[forward, backward], outputs]`. Default false. */
    returnCarry: ReturnCarry;
    /** Stream of the first carries. Default true (one of its own). */
    rngs: Rngs | RngStream | boolean;
  }
> {}

/** Two RNNs, one backwards, outputs merged: [...batch, time, in] → [...batch, time, out]. */
export class Bidirectional<C = unknown, ReturnCarry extends boolean = false> extends Module {
  readonly returnCarry: boolean;
  /** Stream of the first carries; null when switched off. */
  readonly rngs: RngStream | null;

  constructor(
    readonly forwardRnn: RNN<C, boolean>,
    readonly backwardRnn: RNN<C, boolean>,
    options: BidirectionalOptions<ReturnCarry> = {},
  ) {
    super();
    assignFields(this, bidirectionalDefaults, options);
    this.returnCarry = options.returnCarry ?? false;
    this.rngs = ownStream(options.rngs ?? true);
  }

  call(
    inputs: tf.Tensor,
    options: RNNCallOptions<[forward: C, backward: C], true> & { returnCarry: true },
  ): RNNResult<[forward: C, backward: C], true>;
  call(
    inputs: tf.Tensor,
    options: RNNCallOptions<[forward: C, backward: C], false> & { returnCarry: false },
  ): tf.Tensor;
  call(
    inputs: tf.Tensor,
    options?: RNNCallOptions<[forward: C, backward: C]>,
  ): RNNResult<[forward: C, backward: C], ReturnCarry>;
  call(inputs: tf.Tensor, options: RNNCallOptions<[forward: C, backward: C]> = {}): never {
    const { seqLengths, initialCarry } = options;
    const timeMajor = options.timeMajor ?? this.timeMajor;
    const rngs = options.rngs ?? this.rngs;
    const common = { seqLengths, timeMajor, rngs, returnCarry: true } as const;
    const [forward, ahead] = this.forwardRnn.call(inputs, {
      ...common,
      initialCarry: initialCarry?.[0],
      reverse: false,
    });
    const [backward, behind] = this.backwardRnn.call(inputs, {
      ...common,
      initialCarry: initialCarry?.[1],
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
  C = unknown,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  ReturnCarry extends boolean = false,
> extends Attributes<BidirectionalFields> {}

const bidirectionalDefaults: BidirectionalFields = {
  mergeFn: (forward, backward) => tf.concat([forward, backward], -1),
  timeMajor: false,
};
