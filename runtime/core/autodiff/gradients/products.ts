import * as tf from '@tensorflow/tfjs';
import { sumTo } from './broadcast.js';
import { einsumGradient } from './einsum.js';

/** Gradients of matrix products and sums of products. */
export const products: readonly tf.GradConfig[] = [
  {
    // TensorFlow.js's own throws when a batch axis was broadcast.
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attrs) => matMulGradient(dy as tf.Tensor, [a!, b!], attrs as unknown as MatMulAttributes),
  },
  {
    kernelName: 'Einsum',
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) =>
      einsumGradient(dy as tf.Tensor, saved, (attrs as unknown as { readonly equation: string }).equation),
  },
];

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function matMulGradient(
  dy: tf.Tensor,
  [a, b]: readonly [a: tf.Tensor, b: tf.Tensor],
  { transposeA, transposeB }: MatMulAttributes,
): Record<'a' | 'b', () => tf.Tensor> {
  return {
    a: () => sumTo(transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB), a.shape),
    b: () => sumTo(transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false), b.shape),
  };
}
