import * as tf from '@tensorflow/tfjs';

/** Runs a kernel of one output. */
export function run(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>> | tf.Tensor[],
  attrs: object = {},
): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs as tf.NamedTensorMap, attrs as never) as tf.Tensor;
}

/** As `tf.reshape`, for a shape without -1. */
export function reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return run('Reshape', { x }, { shape });
}

/** Runs a kernel of several outputs. */
export function runAll(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: object = {},
): tf.Tensor[] {
  return tf.engine().runKernel(kernelName, inputs as tf.NamedTensorMap, attrs as never) as tf.Tensor[];
}

/** `count` ones. */
export function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1);
}
