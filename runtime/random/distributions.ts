import * as tf from '@tensorflow/tfjs';
import { type Key, split } from '../core/key.js';
import type { DType, Options, Shape } from '../core/tree-typing.js';
import { normalSamples, randomWords, truncatedNormalSamples, uniformSamples } from './samples.js';

/** What the numbers are stored as. */
export type SampleOptions = Options<{ /** Default 'float32'. */ dtype: DType }>;

/** Random 32-bit patterns as int32: shape. */
export function bits(key: Key, shape: Shape = []): tf.Tensor {
  return draw(shape, 'int32', (count) => new Int32Array(randomWords(key, count).buffer));
}

/** Uniform in [minval, maxval): shape. Mirrors `jax.random.uniform`. */
export function uniform(
  key: Key,
  shape: Shape = [],
  options: SampleOptions &
    Options<{ /** Default 0. */ minval: number | tf.Tensor; /** Default 1. */ maxval: number | tf.Tensor }> = {},
): tf.Tensor {
  const { minval = 0, maxval = 1, dtype } = options;
  requireFloat('uniform', dtype);
  if (typeof minval === 'number' && typeof maxval === 'number') {
    return draw(shape, 'float32', (count) => uniformSamples(key, count, minval, maxval));
  }
  const unit = draw(shape, 'float32', (count) => uniformSamples(key, count));
  return tf.maximum(minval, tf.add(tf.mul(unit, tf.sub(maxval, minval)), minval));
}

/** Standard normal: shape. Mirrors `jax.random.normal`. */
export function normal(key: Key, shape: Shape = [], options: SampleOptions = {}): tf.Tensor {
  requireFloat('normal', options.dtype);
  return draw(shape, 'float32', (count) => normalSamples(key, count));
}

/** Standard normal cut to [lower, upper]: shape (default: that of the bounds). Mirrors `jax.random.truncated_normal`. */
export function truncatedNormal(
  key: Key,
  lower: number | tf.Tensor,
  upper: number | tf.Tensor,
  shape?: Shape | null,
  options: SampleOptions = {},
): tf.Tensor {
  requireFloat('truncatedNormal', options.dtype);
  const [low, high] = [boundOf('truncatedNormal', lower), boundOf('truncatedNormal', upper)];
  return draw(shape ?? [], 'float32', (count) => truncatedNormalSamples(key, count, low, high));
}

/** True with probability `p` (default 0.5), dtype bool: shape (default: that of `p`). Mirrors `jax.random.bernoulli`. */
export function bernoulli(
  key: Key,
  p: number | tf.Tensor = 0.5,
  shape?: Shape | null,
  options: Options<{ /** Default 'low'. */ mode: 'low' | 'high' }> = {},
): tf.Tensor {
  const to = shape ?? (typeof p === 'number' ? [] : p.shape);
  const exceeds = options.mode === 'high' ? fineSamples(key, to) : coarseSamples(key, to);
  if (typeof p === 'number') return draw(to, 'bool', () => exceeds(() => Math.fround(p)));
  const chances = tf.tidy(() => tf.broadcastTo(p, [...to]).dataSync());
  return draw(to, 'bool', () => exceeds((i) => chances[i]!));
}

/** Integers in [minval, maxval), dtype int32: shape. Mirrors `jax.random.randint`. */
export function randint(key: Key, shape: Shape, minval: number | tf.Tensor, maxval: number | tf.Tensor): tf.Tensor {
  const [low, high] = [boundOf('randint', minval), boundOf('randint', maxval)];
  return draw(shape, 'int32', (count) => integers(key, count, low, high));
}

/** A tensor of what `sample` gives for as many elements. Every random tensor is made here. */
export function draw(
  shape: Shape,
  dtype: 'float32' | 'int32' | 'bool',
  sample: (count: number) => Float32Array | Int32Array | Uint8Array,
): tf.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(sample(count), [...shape], dtype);
}

function requireFloat(name: string, dtype: DType | undefined): void {
  if (dtype === undefined || dtype === 'float32') return;
  throw new Error(
    `jax.random.${name}: expected dtype 'float32', got '${dtype}'.\n` +
      'TensorFlow.js has one float type. Draw float32 and cast, or use `randint` for integers.',
  );
}

/** A bound as a number; a tensor must have one element, whose value is read. */
function boundOf(name: string, bound: number | tf.Tensor): number {
  if (typeof bound === 'number') return bound;
  if (bound.size !== 1) {
    throw new Error(
      `jax.random.${name}: expected bounds of one element, got shape [${bound.shape.join(', ')}].\n` +
        'Pass numbers, or draw once for each bound.',
    );
  }
  return bound.dataSync()[0]!;
}

type Threshold = (p: (index: number) => number) => Uint8Array;

function coarseSamples(key: Key, shape: Shape): Threshold {
  return (p) => Uint8Array.from(uniformSamples(key, sizeOf(shape)), (u, i) => Number(u < p(i)));
}

/** Probabilities resolved to 46 bits: `u2 · 2⁻²³ < p − u1`. */
function fineSamples(key: Key, shape: Shape): Threshold {
  const count = sizeOf(shape);
  const both = uniformSamples(key, 2 * count);
  return (p) =>
    Uint8Array.from({ length: count }, (_, i) => Number(both[count + i]! * 2 ** -23 < Math.fround(p(i) - both[i]!)));
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Two words for each number, so that the remainder is nearly unbiased (`jax._src.random._randint`). */
function integers(key: Key, count: number, low: number, high: number): Int32Array {
  const [first, second] = split(key);
  const upper = randomWords(first, count);
  const lower = randomWords(second, count);
  const span = high > low ? high - low : 1;
  const half = 2 ** 16 % span;
  const multiplier = (Math.imul(half, half) >>> 0) % span;
  return Int32Array.from(upper, (word, i) => {
    const scaled = Math.imul(word % span, multiplier) >>> 0;
    return low + (((scaled + (lower[i]! % span)) % 2 ** 32) % span);
  });
}
