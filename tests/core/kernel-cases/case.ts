import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draws.js';

/** Example inputs of a kernel, for one example. */
export interface KernelCase {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Draw>>;
  readonly attrs: object;
  /** Float inputs whose gradient finite differences cannot tell: chosen by it, or piecewise constant. */
  readonly steps: readonly string[];
  run(inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor | tf.Tensor[];
}

interface More {
  /** The kernel takes a list. */
  readonly list?: boolean;
  readonly steps?: readonly string[];
  /** Where inputs depend on one another. */
  readonly run?: KernelCase['run'];
}

export function of(
  kernel: string,
  inputs: Readonly<Record<string, Draw>>,
  attrs: object = {},
  { list = false, steps = [], run }: More = {},
): KernelCase {
  return {
    kernel,
    inputs,
    attrs,
    steps,
    run: run ?? ((given) => runKernel(kernel, list ? Object.values(given) : given, attrs)),
  };
}

/** The same inputs for kernels whose names are separated by blanks. */
export function each(names: string, inputs: Readonly<Record<string, Draw>>, attrs: object = {}): KernelCase[] {
  return names.split(/\s+/).map((name) => of(name, inputs, attrs));
}

export function runKernel(
  kernel: string,
  inputs: Readonly<Record<string, tf.Tensor>> | tf.Tensor[],
  attrs: object = {},
): tf.Tensor | tf.Tensor[] {
  return tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, attrs as never);
}
