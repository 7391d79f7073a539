import * as tf from '@tensorflow/tfjs';
import { broadcast, runBroadcasting } from './broadcasting.js';
import type { BatchCall, Operand } from './record.js';
import { ones, reshape, run } from './running.js';

/** The kernel on the inputs as they are: for kernels that do not mind one more axis in front. */
export function asIs({ kernelName, inputs, attrs }: BatchCall): tf.Tensor {
  return run(kernelName, tensorsOf(inputs), attrs);
}

/** The tensors of operands. */
export function tensorsOf(inputs: Readonly<Record<string, Operand>>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { tensor }]) => [name, tensor]));
}

/** With the mapped axis, repeated where all examples share one value. */
export function mapped(operand: Operand, size: number): tf.Tensor {
  return operand.mapped ? operand.tensor : broadcast(operand.tensor, [size, ...operand.shape]);
}

/** All with the mapped axis. */
export function allMapped(inputs: Readonly<Record<string, Operand>>, size: number): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, operand]) => [name, mapped(operand, size)]));
}

/** The rule of kernels that broadcast. */
export function broadcasting({ kernelName, inputs, attrs }: BatchCall): tf.Tensor {
  const rank = Math.max(...Object.values(inputs).map(({ shape }) => shape.length));
  const tensors = Object.entries(inputs).map(([name, operand]) => [name, aligned(operand, rank)]);
  return runBroadcasting(kernelName, Object.fromEntries(tensors) as Record<string, tf.Tensor>, attrs);
}

/** For kernels that broadcast: ones between the mapped axis and an example of less than `rank` axes. */
export function aligned({ tensor, mapped, shape }: Operand, rank: number): tf.Tensor {
  if (!mapped || shape.length === rank) return tensor;
  return reshape(tensor, [tensor.shape[0]!, ...ones(rank - shape.length), ...shape]);
}

/** [n, batch, …] → [n · batch, …]. */
export function fold(x: tf.Tensor): tf.Tensor {
  const [n, batch, ...rest] = x.shape;
  return reshape(x, [n! * batch!, ...rest]);
}

/** [n · batch, …] → [n, batch, …]. */
export function unfold(x: tf.Tensor, size: number): tf.Tensor {
  const [batch, ...rest] = x.shape;
  return reshape(x, [size, batch! / size, ...rest]);
}

/**
 * For kernels that treat the examples of their own leading axis apart: the mapped axis joins it. Inputs that `shared`
 * names have no such axis; null when one of those is mapped.
 */
export function folded(
  { kernelName, size, inputs, attrs }: BatchCall,
  shared: readonly string[] = [],
): tf.Tensor | null {
  if (shared.some((name) => inputs[name]?.mapped === true)) return null;
  const tensors = Object.entries(inputs).map(([name, operand]): [string, tf.Tensor] => [
    name,
    shared.includes(name) ? operand.tensor : fold(mapped(operand, size)),
  ]);
  return unfold(run(kernelName, Object.fromEntries(tensors), attrs), size);
}

/** Axes of an example, as axes behind the mapped one. */
export function behind(axis: number | readonly number[], { shape }: Operand): number[] {
  return tf.util.parseAxisParam(axis as number | number[], shape).map((at) => at + 1);
}

/** `x` with one axis moved to another place. */
export function moveAxis(x: tf.Tensor, from: number, to: number): tf.Tensor {
  if (from === to) return x;
  const order = [...x.shape.keys()].toSpliced(from, 1).toSpliced(to, 0, from);
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  const isReshape = moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
  if (isReshape)
    return reshape(
      x,
      order.map((axis) => x.shape[axis]!),
    );
  return tf.transpose(x, order);
}

/** For each example `i` the number `i · step`, as int32 [n, 1, …] of `rank` axes. */
export function offsets(size: number, step: number, rank: number): tf.Tensor {
  const values = Int32Array.from({ length: size }, (_, i) => i * step);
  return tf.tensor(values, [size, ...ones(rank - 1)], 'int32');
}

/**
 * Kernels that treat channels apart, with the channels of all examples side by side. A filter [taps, taps, in, factor]
 * has its channels on axis 2; `inner` is the number of axes of the output from the channels on, when it is one.
 */
export function byChannels({ kernelName, size, inputs, attrs }: BatchCall, inner = 1): tf.Tensor {
  const depthwise = inputs['filter']?.shape.length === 4;
  const tensors = Object.entries(inputs).map(([name, operand]): [string, tf.Tensor] => [
    name,
    together(mapped(operand, size), name === 'filter' && depthwise ? 2 : 1),
  ]);
  return apart(run(kernelName, Object.fromEntries(tensors), attrs), size, inner);
}

/** [n, …, c, …rest] → […, n · c, …rest], `c` at `fromEnd` axes from the end. */
export function together(x: tf.Tensor, fromEnd = 1): tf.Tensor {
  const moved = moveAxis(x, 0, x.rank - 1 - fromEnd);
  const at = moved.rank - fromEnd;
  return tf.reshape(moved, moved.shape.toSpliced(at - 1, 2, moved.shape[at - 1]! * moved.shape[at]!));
}

/** […, n · c, …rest] → [n, …, c, …rest]. */
export function apart(x: tf.Tensor, size: number, fromEnd = 1): tf.Tensor {
  const at = x.rank - fromEnd;
  return moveAxis(tf.reshape(x, x.shape.toSpliced(at, 1, size, x.shape[at]! / size)), at, 0);
}
