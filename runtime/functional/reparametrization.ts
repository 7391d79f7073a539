import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '../core/autodiff/stop-gradient.js';
import { mistake } from './mistake.js';
import { canonicalAxes, otherAxes } from './normalization.js';

/** How `weightNorm` normalises. */
export interface WeightNormOptions {
  /** Axes with a norm (and a scale) of their own; null for one norm of all. */
  readonly featureAxes: number | readonly number[] | null;
  readonly epsilon: number;
  /** Of the feature axes' shape, or null. */
  readonly scale: tf.Tensor | null;
}

/** Weights divided by their norm and scaled: same shape. Flax `WeightNorm`. */
export function weightNorm(value: tf.Tensor, { featureAxes, epsilon, scale }: WeightNormOptions): tf.Tensor {
  const axes = featureAxes === null ? [] : canonicalAxes(value.rank, featureAxes);
  const normalised = l2Normalize(value, otherAxes(value.rank, axes), epsilon);
  if (scale === null) return normalised;
  const shape = value.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  return tf.mul(normalised, tf.reshape(scale, shape));
}

/** Shape of a `weightNorm`'s scale. */
export function weightScaleShape(
  shape: readonly number[],
  featureAxes: number | readonly number[] | null,
): readonly number[] {
  return featureAxes === null ? [] : canonicalAxes(shape.length, featureAxes).map((axis) => shape[axis]!);
}

/** What a step of `spectralNorm` gives. */
export interface SpectralStep {
  /** The weights divided by their spectral norm. */
  readonly value: tf.Tensor;
  /** The power iteration's vector [1, out], without gradient. */
  readonly u: tf.Tensor;
  /** The spectral norm, a scalar. */
  readonly sigma: tf.Tensor;
}

/** Weights [..., out] as a matrix divided by its largest singular value, found by power iteration. Flax `SpectralNorm`. */
export function spectralNorm(
  weights: tf.Tensor,
  u: tf.Tensor,
  { nSteps, epsilon }: { readonly nSteps: number; readonly epsilon: number },
): SpectralStep {
  const matrix = tf.reshape(weights, [-1, weights.shape.at(-1)!]);
  let [left, right] = [u, u];
  for (let step = 0; step < nSteps; step++) {
    right = l2Normalize(tf.matMul(left, matrix, false, true), null, epsilon);
    left = l2Normalize(tf.matMul(right, matrix), null, epsilon);
  }
  const [fixedU, fixedV] = [stopGradient(left), stopGradient(right)];
  const sigma = tf.reshape(tf.matMul(tf.matMul(fixedV, matrix), fixedU, false, true), []);
  const divisor = tf.where(tf.notEqual(sigma, 0), sigma, tf.onesLike(sigma));
  return { value: tf.reshape(tf.div(matrix, divisor), weights.shape), u: fixedU, sigma };
}

/** Whether a variable is normalised: matrices are, and more axes as a matrix; throws where these are not allowed. */
export function hasSpectralNorm(
  who: string,
  rank: number,
  { nSteps, errorOnNonMatrix }: { readonly nSteps: number; readonly errorOnNonMatrix: boolean },
): boolean {
  if (rank > 2 && errorOnNonMatrix) {
    throw mistake(
      who,
      `expected matrices, got weights of ${rank} axes.`,
      'Leave errorOnNonMatrix out to flatten them.',
    );
  }
  return rank > 1 && nSteps >= 1;
}

function l2Normalize(x: tf.Tensor, axes: readonly number[] | null, epsilon: number): tf.Tensor {
  const squares = tf.sum(tf.square(x), axes === null ? undefined : [...axes], true);
  return tf.mul(x, tf.rsqrt(tf.add(squares, epsilon)));
}
