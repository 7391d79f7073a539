import * as tf from '@tensorflow/tfjs';

/** Options of `promoteDtype`. */
export interface PromoteOptions {
  /** Dtype of the results; null takes the joint dtype of the tensors. Default null. */
  readonly dtype?: tf.DataType | null | undefined;
  /** Whether integers become floats. Default true. */
  readonly inexact?: boolean | undefined;
}

/** Brings tensors to one dtype before an operation. Flax `promote_dtype`. */
export type PromoteDtype = (tensors: readonly (tf.Tensor | null)[], options?: PromoteOptions) => (tf.Tensor | null)[];

const rank: { readonly [dtype in tf.DataType]: number } = { bool: 0, int32: 1, float32: 2, complex64: 3, string: 4 };

/**
 * Brings tensors to one dtype before an operation; nulls stay null. Flax `promote_dtype`.
 * TensorFlow.js has one float type, so promotion turns bool and int32 into float32, or anything into complex64.
 */
export function promoteDtype(
  tensors: readonly (tf.Tensor | null)[],
  { dtype = null, inexact = true }: PromoteOptions = {},
): (tf.Tensor | null)[] {
  const target = dtype ?? jointDtype(tensors, inexact);
  return tensors.map((each) => (each === null || each.dtype === target ? each : tf.cast(each, target)));
}

function jointDtype(tensors: readonly (tf.Tensor | null)[], inexact: boolean): tf.DataType {
  const dtypes = tensors.filter((each) => each !== null).map((each) => each.dtype);
  const joint = dtypes.reduce((a, b) => (rank[a] >= rank[b] ? a : b), inexact ? 'float32' : 'bool');
  return joint;
}
