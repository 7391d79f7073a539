import * as tf from '@tensorflow/tfjs';
import { ones, reshape, run } from './running.js';

/** With more axes, wasm gives sums and products of memory that is not the operands'. */
const mostAxes = 6;

/** Runs a kernel that broadcasts; where there are too many axes, neighbours that go together are one for the kernel. */
export function runBroadcasting(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: object,
): tf.Tensor {
  const tensors = Object.values(inputs);
  const rank = Math.max(...tensors.map((tensor) => tensor.rank));
  if (rank <= mostAxes) return run(kernelName, inputs, attrs);
  const shapes = tensors.map(({ shape }) => [...ones(rank - shape.length), ...shape]);
  const groups = axesTogether(shapes);
  const flat = Object.keys(inputs).map((name, i) => {
    const shape = groups.map((axes) => axes.reduce((size, axis) => size * shapes[i]![axis]!, 1));
    return [name, reshape(tensors[i]!, shape)];
  });
  const full = shapes[0]!.map((_, axis) => Math.max(...shapes.map((shape) => shape[axis]!)));
  return reshape(run(kernelName, Object.fromEntries(flat) as Record<string, tf.Tensor>, attrs), full);
}

/** Neighbours on which the same operands are repeated, without axes of one element. */
function axesTogether(shapes: readonly (readonly number[])[]): number[][] {
  const groups: { readonly repeats: string; readonly axes: number[] }[] = [];
  for (const axis of shapes[0]!.keys()) {
    if (shapes.every((shape) => shape[axis] === 1)) continue;
    const repeats = String(shapes.map((shape) => shape[axis] === 1));
    const last = groups.at(-1);
    if (last?.repeats === repeats) last.axes.push(axis);
    else groups.push({ repeats, axes: [axis] });
  }
  return groups.map(({ axes }) => axes);
}

/** As `tf.broadcastTo`, by a product with ones: tiling is a hundred times slower on wasm. */
export function broadcast(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (x.dtype === 'bool') return tf.cast(broadcast(tf.cast(x, 'int32'), shape), 'bool');
  const own = [...ones(shape.length - x.rank), ...x.shape];
  const factor = tf.ones(
    shape.map((size, axis) => (own[axis] === size ? 1 : size)),
    x.dtype,
  );
  return runBroadcasting('Multiply', { a: x, b: factor }, {});
}
