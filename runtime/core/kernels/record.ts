import type * as tf from '@tensorflow/tfjs';

/** What is known of a tensor without its values. */
export interface Spec {
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** What is known of one TensorFlow.js kernel. */
export interface KernelRecord {
  readonly kernelName: string;
  /** Shapes and dtypes of the outputs, from those of the inputs and the attributes. */
  shapes(inputs: Readonly<Record<string, Spec>>, attrs: object): Spec | Spec[];
}

/** Records of kernels (names separated by blanks) that share a shape rule. */
export function kernels<Inputs, Attrs = object>(
  names: string,
  shapes: (inputs: Inputs, attrs: Attrs) => Spec | Spec[],
): KernelRecord[] {
  return names
    .trim()
    .split(/\s+/)
    .map((kernelName) => ({
      kernelName,
      shapes: (inputs, attrs) => shapes(inputs as Inputs, attrs as Attrs),
    }));
}

/** The first of the inputs. */
export function first(inputs: Readonly<Record<string, Spec>>): Spec {
  return Object.values(inputs)[0]!;
}
