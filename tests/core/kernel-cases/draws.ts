import * as tf from '@tensorflow/tfjs';

/** Makes the input of one example. */
export type Draw = (seed: number) => tf.Tensor;

/** Distinct values from −2 to 2, apart from one another and from 0 where they are few. */
export const float = (...shape: number[]): Draw => between(-2, 2, shape);
export const positive = (...shape: number[]): Draw => between(0.4, 2.4, shape);
export const unit = (...shape: number[]): Draw => between(-0.9, 0.9, shape);
export const fraction = (...shape: number[]): Draw => between(0, 1, shape);
export const aboveOne = (...shape: number[]): Draw => between(1.2, 3, shape);

/** Integers from `low` up to, not including, `high`. */
export const int =
  (low: number, high: number, ...shape: number[]): Draw =>
  (seed) =>
    tf.tensor(
      shuffled(sizeOf(shape), seed).map((place) => low + ((place * 7 + seed) % (high - low))),
      shape,
      'int32',
    );

export const flag =
  (...shape: number[]): Draw =>
  (seed) =>
    tf.tensor(
      shuffled(sizeOf(shape), seed).map((place) => (place + seed) % 2),
      shape,
      'bool',
    );

/** Rows in ascending order. */
export const sorted =
  (...shape: number[]): Draw =>
  (seed) =>
    tf.tidy(() => tf.cumsum(positive(...shape)(seed), shape.length - 1));

export const complex =
  (...shape: number[]): Draw =>
  (seed) =>
    tf.tidy(() => tf.complex(float(...shape)(seed), float(...shape)(seed + 50)));

/** The same for all examples. */
export const fixed =
  (values: number[], shape: number[], dtype: tf.DataType = 'int32'): Draw =>
  () =>
    tf.tensor(values, shape, dtype);

function between(low: number, high: number, shape: readonly number[]): Draw {
  const count = sizeOf(shape);
  return (seed) => {
    const shift = 0.25 + 0.5 * ((seed * 0.618) % 1);
    const values = shuffled(count, seed).map((place) => low + ((high - low) * (place + shift)) / count);
    return tf.tensor(values, [...shape]);
  };
}

/** 0 … count − 1 in an order that depends on the seed (Lehmer's generator). */
function shuffled(count: number, seed: number): number[] {
  let state = 48271 * (seed + 1);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    state = (state * 48271) % 2147483647;
    const other = state % (i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
