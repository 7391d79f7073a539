import * as tf from '@tensorflow/tfjs';
import type { BatchCall } from '../kernels/record.js';

/**
 * Runs a kernel that has no batching rule for such inputs once for each example, and stacks the results. Says so, once
 * for each kernel, when the environment variable LINEN2NNX_DEBUG names `vmap`.
 */
export function exampleByExample(call: BatchCall, isList: boolean): tf.Tensor | tf.Tensor[] {
  announce(call);
  const { kernelName, size, attrs } = call;
  const inputs = Object.entries(call.inputs);
  const parts = inputs.map(([, { tensor, mapped }]) => (mapped ? tf.unstack(tensor) : null));
  const results = Array.from({ length: size }, (_, example) => {
    const tensors = inputs.map(([name, { tensor }], i) => [name, parts[i]?.[example] ?? tensor]);
    const own = Object.fromEntries(tensors) as Record<string, tf.Tensor>;
    return tf.engine().runKernel(kernelName, isList ? (Object.values(own) as never) : own, attrs as never);
  });
  const [first] = results;
  if (!Array.isArray(first)) return stacked(kernelName, results as tf.Tensor[]);
  return first.map((_, output) =>
    stacked(
      kernelName,
      results.map((result) => (result as tf.Tensor[])[output]!),
    ),
  );
}

function stacked(kernelName: string, results: readonly tf.Tensor[]): tf.Tensor {
  const [first] = results;
  const odd = results.find(({ shape }) => !tf.util.arraysEqual(shape, first!.shape));
  if (odd === undefined) return tf.stack([...results]);
  throw new Error(
    `jax.vmap: expected one shape for all examples, got [${first!.shape.join(', ')}] and [${odd.shape.join(', ')}] ` +
      `from the kernel ${kernelName}.\nIts result depends on values. Run it outside of the mapped function.`,
  );
}

const announced = new Set<string>();

function announce({ kernelName, size }: BatchCall): void {
  if (announced.has(kernelName) || !isDebugging()) return;
  announced.add(kernelName);
  console.warn(`jax.vmap: ${kernelName} has no batching rule for these inputs; it runs ${size} times.`);
}

function isDebugging(): boolean {
  const environment = typeof process === 'undefined' ? undefined : process.env;
  return environment?.['LINEN2NNX_DEBUG']?.split(',').includes('vmap') === true;
}
