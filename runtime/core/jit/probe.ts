import * as tf from '@tensorflow/tfjs';
import type { Spec } from '../kernels/record.js';

/** Shapes of a kernel without a shape rule: it runs on zeros. */
export function probedShapes(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: object,
): Spec | Spec[] {
  let shapes!: Spec | Spec[];
  tf.tidy(() => {
    const zeros = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, tf.zeros(shape, dtype)]);
    const given = Object.fromEntries(zeros) as tf.NamedTensorMap;
    const result = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernelName, given, attrs as tf.NamedAttrMap);
    const spec = ({ shape, dtype }: tf.Tensor): Spec => ({ shape: [...shape], dtype });
    shapes = Array.isArray(result) ? result.map(spec) : spec(result);
  });
  return shapes;
}
