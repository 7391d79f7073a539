import * as tf from '@tensorflow/tfjs';
import { treeMap } from '../core/tree.js';
import type { Shape } from '../core/tree-typing.js';
import type { Activation } from './activations.js';
import { mistake, shapeText } from './mistake.js';

/** Carry of LSTM cells: `[c, h]`, each [...batch, features]. */
export type LSTMCarry = [c: tf.Tensor, h: tf.Tensor];

/** What gates and candidates pass through. */
export interface CellActivations {
  readonly gateFn: Activation;
  readonly activationFn: Activation;
}

/** Sums of input and recurrent part of each gate [...batch, features]. */
export interface LSTMGates {
  readonly i: tf.Tensor;
  readonly f: tf.Tensor;
  readonly g: tf.Tensor;
  readonly o: tf.Tensor;
}

/** `c' = f · c + i · g`, `h' = o · tanh(c')`. Flax `LSTMCell`. */
export function lstmStep(
  c: tf.Tensor,
  gates: LSTMGates,
  { gateFn, activationFn }: CellActivations,
): [carry: LSTMCarry, output: tf.Tensor] {
  const [i, f, o] = [gateFn(gates.i), gateFn(gates.f), gateFn(gates.o)];
  const next = tf.add(tf.mul(f, c), tf.mul(i, activationFn(gates.g)));
  const h = tf.mul(o, activationFn(next));
  return [[next, h], h];
}

/** Parts of each gate: from the input, and from the carry. */
export interface GRUGates {
  readonly r: readonly [input: tf.Tensor, carry: tf.Tensor];
  readonly z: readonly [input: tf.Tensor, carry: tf.Tensor];
  readonly n: readonly [input: tf.Tensor, carry: tf.Tensor];
}

/** `n = tanh(n_x + r · n_h)`, `h' = (1 − z) · n + z · h`. Flax `GRUCell`. */
export function gruStep(h: tf.Tensor, gates: GRUGates, { gateFn, activationFn }: CellActivations): tf.Tensor {
  const r = gateFn(tf.add(...gates.r));
  const z = gateFn(tf.add(...gates.z));
  return mix(z, activationFn(tf.add(gates.n[0], tf.mul(r, gates.n[1]))), h);
}

/** Parts of the gate and the candidate: from the input, and from the carry. */
export interface MGUGates {
  readonly f: readonly [input: tf.Tensor, carry: tf.Tensor];
  readonly n: readonly [input: tf.Tensor, carry: tf.Tensor];
  /** Whether the gate acts on the candidate's recurrent part. */
  readonly resetGate: boolean;
}

/** `n = tanh(n_x + f · n_h)`, `h' = (1 − f) · n + f · h`. Flax `MGUCell`. */
export function mguStep(h: tf.Tensor, gates: MGUGates, { gateFn, activationFn }: CellActivations): tf.Tensor {
  const f = gateFn(tf.add(...gates.f));
  const recurrent = gates.resetGate ? tf.mul(gates.n[1], f) : gates.n[1];
  return mix(f, activationFn(tf.add(gates.n[0], recurrent)), h);
}

/** `activation(x + h)`, plus the old carry before the activation where residual. Flax `SimpleCell`. */
export function simpleStep(
  carry: tf.Tensor,
  [input, recurrent]: readonly [input: tf.Tensor, recurrent: tf.Tensor],
  { activationFn, residual }: { readonly activationFn: Activation; readonly residual: boolean },
): tf.Tensor {
  const sum = tf.add(input, recurrent);
  return activationFn(residual ? tf.add(sum, carry) : sum);
}

/** Gates [...batch, ...space, 4 · features] in the order i, g, f, o; 1 is added to the forget gate. Flax `ConvLSTMCell`. */
export function convLstmStep(c: tf.Tensor, gates: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
  const [i, g, f, o] = tf.split(gates, 4, -1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const kept = tf.mul(tf.sigmoid(tf.add(f, 1)), c);
  const next = tf.add(kept, tf.mul(tf.sigmoid(i), tf.tanh(g)));
  const h = tf.mul(tf.sigmoid(o), tf.tanh(next));
  return [[next, h], h];
}

/** Shape of a carry for inputs of `inputShape`: its batch (and space) with `features` last. */
export function carryShape(inputShape: Shape, features: number): number[] {
  return [...inputShape.slice(0, -1), features];
}

/** Which axis of a sequence is time, and which are batch. */
export interface SequenceAxes {
  readonly timeAxis: number;
  readonly batchRank: number;
}

/** The axes of inputs [...batch, time, ...features], or [time, ...batch, ...features]. */
export function sequenceAxes(
  who: string,
  inputs: tf.Tensor,
  { timeMajor, numFeatureAxes }: { readonly timeMajor: boolean; readonly numFeatureAxes: number },
): SequenceAxes {
  const batchRank = inputs.rank - numFeatureAxes - 1;
  if (batchRank >= 0) return { timeAxis: timeMajor ? 0 : batchRank, batchRank };
  throw mistake(
    who,
    `expected ${timeMajor ? '[time, ...batch, ...features]' : '[...batch, time, ...features]'} with ${numFeatureAxes} axes of features, got shape ${shapeText(inputs.shape)}.`,
    'Add the missing axis: tf.expandDims(x, 0).',
  );
}

/** `x` with axis `from` moved to place `to`. */
export function moveAxis(x: tf.Tensor, from: number, to: number): tf.Tensor {
  if (from === to) return x;
  const order = [...x.shape.keys()].filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return tf.transpose(x, order);
}

/** Time reversed; with lengths [...batch] only the valid steps are, and padding stays last. Flax `flip_sequences`. */
export function flipSequences(
  inputs: tf.Tensor,
  seqLengths: tf.Tensor | null,
  { timeAxis, batchRank }: SequenceAxes,
): tf.Tensor {
  if (seqLengths === null) return tf.reverse(inputs, timeAxis);
  const steps = inputs.shape[timeAxis]!;
  const backwards = tf.reverse(tf.range(0, steps, 1, 'int32'), 0);
  const sources = tf.mod(tf.add(tf.expandDims(tf.cast(seqLengths, 'int32'), -1), backwards), tf.scalar(steps, 'int32'));
  return moveAxis(gatherSteps(moveAxis(inputs, timeAxis, batchRank), sources, batchRank), batchRank, timeAxis);
}

/** The carry at the last valid step of each sequence, from all of them [time, ...batch, …]. */
export function lastCarry<T>(carries: T, seqLengths: tf.Tensor): T {
  const last = tf.sub(tf.cast(seqLengths, 'int32'), tf.scalar(1, 'int32'));
  const pick = (all: tf.Tensor): tf.Tensor => {
    const steps = all.shape[0]!;
    const wrapped = tf.mod(tf.add(last, tf.scalar(steps, 'int32')), tf.scalar(steps, 'int32'));
    const { rank } = seqLengths;
    const taken = gatherSteps(moveAxis(all, 0, rank), tf.expandDims(wrapped, -1), rank);
    return tf.squeeze(taken, [rank]);
  };
  return treeMap(pick, carries) as T;
}

/** Steps of [...batch, time, …] by number [...batch, n]: rows of the table of all sequences' steps. */
function gatherSteps(x: tf.Tensor, steps: tf.Tensor, batchRank: number): tf.Tensor {
  const batch = x.shape.slice(0, batchRank);
  const [sequences, length] = [batch.reduce((a, b) => a * b, 1), x.shape[batchRank]!];
  const table = tf.reshape(x, [sequences * length, ...x.shape.slice(batchRank + 1)]);
  const first = tf.reshape(tf.range(0, sequences * length, length, 'int32'), [sequences, 1]);
  const rows = tf.add(tf.reshape(steps, [sequences, steps.shape.at(-1)!]), first);
  const taken = tf.gather(table, tf.cast(tf.reshape(rows, [-1]), 'int32'));
  return tf.reshape(taken, [...batch, steps.shape.at(-1)!, ...x.shape.slice(batchRank + 1)]);
}

/** `(1 − gate) · candidate + gate · h`. */
function mix(gate: tf.Tensor, candidate: tf.Tensor, h: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.sub(1, gate), candidate), tf.mul(gate, h));
}
