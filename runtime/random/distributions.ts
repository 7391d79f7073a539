import * as tf from '@tensorflow/tfjs';
import { type Key, sampleKey, split } from '../core/key.js';
import type { SampleRequest } from '../core/key-source.js';
import type { DType, Options, Shape } from '../core/tree-typing.js';
import { normalSamples, randomWords, truncatedNormalSamples, uniformSamples } from './samples.js';

/** What the numbers are stored as. */
export type SampleOptions = Options<{ /** Default 'float32'. */ dtype: DType }>;

/** Random 32-bit patterns as int32: shape. */
export function bits(key: Key, shape: Shape = []): tf.Tensor {
  return draw(key, shape, 'int32', (from, count) => new Int32Array(randomWords(from, count).buffer));
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
    return draw(key, shape, 'float32', (from, count) => uniformSamples(from, count, minval, maxval));
  }
  const unit = draw(key, shape, 'float32', uniformSamples);
  return tf.maximum(minval, tf.add(tf.mul(unit, tf.sub(maxval, minval)), minval));
}

/** Standard normal: shape. Mirrors `jax.random.normal`. */
export function normal(key: Key, shape: Shape = [], options: SampleOptions = {}): tf.Tensor {
  requireFloat('normal', options.dtype);
  return draw(key, shape, 'float32', normalSamples);
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
  return draw(key, shape ?? [], 'float32', (from, count) => truncatedNormalSamples(from, count, low, high));
}

/** True with probability `p` (default 0.5), dtype bool: shape (default: that of `p`). Mirrors `jax.random.bernoulli`. */
export function bernoulli(
  key: Key,
  p: number | tf.Tensor = 0.5,
  shape?: Shape | null,
  options: Options<{ /** Default 'low'. */ mode: 'low' | 'high' }> = {},
): tf.Tensor {
  const to = shape ?? (typeof p === 'number' ? [] : p.shape);
  const below = options.mode === 'high' ? fineBelow : coarseBelow;
  if (typeof p === 'number') return draw(key, to, 'bool', (from, count) => below(from, count, Math.fround(p)));
  return tf.tidy(() => (options.mode === 'high' ? fine : coarse)(key, to, p));
}

/** Integers in [minval, maxval), dtype int32: shape. Mirrors `jax.random.randint`. */
export function randint(key: Key, shape: Shape, minval: number | tf.Tensor, maxval: number | tf.Tensor): tf.Tensor {
  const [low, high] = [boundOf('randint', minval), boundOf('randint', maxval)];
  return draw(key, shape, 'int32', (from, count) => integers(from, count, low, high));
}

/** A tensor of what `fill` gives for a key and as many elements; inside transforms, for the key of each example or call. */
export function draw(key: Key, shape: Shape, dtype: SampleRequest['dtype'], fill: SampleRequest['fill']): tf.Tensor {
  return sampleKey(key, { shape, dtype, fill });
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

function coarseBelow(key: Key, count: number, p: number): Uint8Array {
  return Uint8Array.from(uniformSamples(key, count), (u) => Number(u < p));
}

/** Probabilities resolved to 46 bits: `u2 · 2⁻²³ < p − u1`. */
function fineBelow(key: Key, count: number, p: number): Uint8Array {
  const both = uniformSamples(key, 2 * count);
  return Uint8Array.from({ length: count }, (_, i) => Number(both[count + i]! * 2 ** -23 < Math.fround(p - both[i]!)));
}

function coarse(key: Key, shape: Shape, p: tf.Tensor): tf.Tensor {
  return tf.less(draw(key, shape, 'float32', uniformSamples), p);
}

function fine(key: Key, shape: Shape, p: tf.Tensor): tf.Tensor {
  const both = draw(key, [2, ...shape], 'float32', uniformSamples);
  const [first, second] = tf.unstack(both);
  return tf.less(tf.mul(second!, 2 ** -23), tf.sub(p, first!));
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
