import * as tf from '@tensorflow/tfjs';

/** Derivatives of a scalar function by central differences in steps of `step`, for inputs of a few elements. */
export function finiteDifferences(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, step = 1e-2): number[] {
  const values = x.dataSync();
  const at = (i: number, by: number): number =>
    tf.tidy(() => {
      const moved = Float32Array.from(values);
      moved[i]! += by;
      return f(tf.tensor(moved, x.shape)).dataSync()[0]!;
    });
  // Richardson: the error of the plain difference falls with the square of the step.
  const slope = (i: number, by: number): number => (at(i, by) - at(i, -by)) / (2 * by);
  return Array.from(values, (_, i) => (4 * slope(i, step) - slope(i, 2 * step)) / 3);
}

/** The largest difference, over the largest expected magnitude (at least 1). */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (value, i) => Math.abs(got[i]! - value) / scale));
}
