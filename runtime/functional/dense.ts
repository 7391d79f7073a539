import * as tf from '@tensorflow/tfjs';

/** Which axes are contracted and batched: `[[lhs, rhs], [lhs, rhs]]`. */
export type DimensionNumbers = readonly [
  contracting: readonly [lhs: readonly number[], rhs: readonly number[]],
  batch: readonly [lhs: readonly number[], rhs: readonly number[]],
];

/** A generalised matmul to use in place of the built-in one. */
export type DotGeneral = (
  lhs: tf.Tensor,
  rhs: tf.Tensor,
  dimensionNumbers: DimensionNumbers,
  options?: {
    precision?: 'default' | 'high' | 'highest' | null | undefined;
    preferredElementType?: tf.DataType | null | undefined;
  },
) => tf.Tensor;

/** What `dense` computes with. */
export interface DenseOptions {
  /** [in, out]. */
  readonly kernel: tf.Tensor;
  /** [out], or null for none. */
  readonly bias: tf.Tensor | null;
  /** Takes the place of the built-in matmul. */
  readonly dotGeneral?: DotGeneral | null | undefined;
}

/** `x · kernel + bias` over the last axis: [..., in] → [..., out]. Flax `Dense`, `Linear`. */
export function dense(x: tf.Tensor, { kernel, bias, dotGeneral }: DenseOptions): tf.Tensor {
  const y = dotGeneral
    ? dotGeneral(x, kernel, [
        [[x.rank - 1], [0]],
        [[], []],
      ])
    : contractLast(x, kernel);
  return bias === null ? y : tf.add(y, bias);
}

/** [..., in] · [in, out] → [..., out], as one matmul of matrices. */
export function contractLast(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  if (x.rank === 2) return tf.matMul(x, kernel);
  const [input, output] = [kernel.shape[0]!, kernel.shape[1]!];
  const leading = x.shape.slice(0, -1);
  const rows = leading.reduce((a, b) => a * b, 1);
  return tf.reshape(tf.matMul(tf.reshape(x, [rows, input]), kernel), [...leading, output]);
}
