import * as tf from '@tensorflow/tfjs';
import { type Key, split } from '../core/key.js';
import type { Options, Shape } from '../core/tree-typing.js';
import { type SampleOptions, draw, randint } from './distributions.js';
import { randomWords, uniformSamples } from './samples.js';

/** 0 … n−1 shuffled, or `x` shuffled along an axis. Mirrors `jax.random.permutation`. */
export function permutation(
  key: Key,
  x: number | tf.Tensor,
  options: Options<{ /** Default 0. */ axis: number; /** Default false. */ independent: boolean }> = {},
): tf.Tensor {
  if (typeof x === 'number') return draw(key, [x], 'int32', shuffled);
  const axis = axisOf('permutation', options.axis ?? 0, x);
  if (options.independent !== true || x.rank === 1) {
    return tf.tidy(() => tf.gather(x, draw(key, [x.shape[axis]!], 'int32', shuffled).as1D(), axis));
  }
  return shuffleEach(key, x, axis);
}

/** Draws from 0 … n−1 or from `a` along `axis`: shape. Mirrors `jax.random.choice`. */
export function choice(
  key: Key,
  a: number | tf.Tensor,
  shape: Shape = [],
  options: Options<{
    /** Default true. */
    replace: boolean;
    /** Default uniform. */
    p: tf.Tensor;
    /** Default 0. */
    axis: number;
  }> = {},
): tf.Tensor {
  const axis = typeof a === 'number' ? 0 : axisOf('choice', options.axis ?? 0, a);
  const from = typeof a === 'number' ? a : a.shape[axis]!;
  const count = shape.reduce((product, size) => product * size, 1);
  const replace = options.replace ?? true;
  if (!replace && count > from) {
    throw new Error(
      `jax.random.choice: expected at most ${from} draws without replacement, got ${count}.\n` +
        'Draw fewer, or pass { replace: true }.',
    );
  }
  return tf.tidy(() => {
    const indices = tf.reshape(chosen(key, { from, count, replace, p: options.p }), [...shape]);
    return typeof a === 'number' ? indices : tf.gather(a, indices as tf.Tensor1D, axis);
  });
}

/** Standard Gumbel: shape. Mirrors `jax.random.gumbel` (mode 'low'). */
export function gumbel(key: Key, shape: Shape = [], options: SampleOptions = {}): tf.Tensor {
  if (options.dtype !== undefined && options.dtype !== 'float32') {
    throw new Error(`jax.random.gumbel: expected dtype 'float32', got '${options.dtype}'.\nDraw float32 and cast.`);
  }
  return draw(key, shape, 'float32', gumbelSamples);
}

/** Class numbers from logits [..., classes], dtype int32: logits' shape without `axis`. Mirrors `jax.random.categorical`. */
export function categorical(
  key: Key,
  logits: tf.Tensor,
  options: Options<{ /** Default -1. */ axis: number; /** Default from logits. */ shape: Shape | null }> = {},
): tf.Tensor {
  const axis = axisOf('categorical', options.axis ?? -1, logits);
  const batch = logits.shape.filter((_, i) => i !== axis);
  const shape = options.shape ?? batch;
  const lead = shape.slice(0, shape.length - batch.length);
  const place = lead.length + axis;
  const full = [...shape.slice(0, place), logits.shape[axis]!, ...shape.slice(place)];
  return tf.tidy(() => tf.argMax(tf.add(gumbel(key, full), logits), place));
}

const tiny = 2 ** -126;

function gumbelSamples(key: Key, count: number): Float32Array {
  return uniformSamples(key, count, tiny, 1).map((u) => -Math.fround(Math.log(-Math.fround(Math.log(u)))));
}

/** Sorting by random words, often enough that ties do not matter (`jax._src.random._shuffle`). */
function shuffled(key: Key, n: number): Int32Array {
  let order = Array.from({ length: n }, (_, i) => i);
  let rest = key;
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
  for (let round = 0; round < rounds; round++) {
    const [next, draws] = split(rest);
    rest = next;
    const words = randomWords(draws, n);
    const places = order.map((_, i) => i).sort((a, b) => words[a]! - words[b]!);
    order = places.map((place) => order[place]!);
  }
  return Int32Array.from(order);
}

/** Each line along `axis` shuffled on its own. */
function shuffleEach(key: Key, x: tf.Tensor, axis: number): tf.Tensor {
  return tf.tidy(() => {
    const places = draw(key, [x.size], 'int32', (from) => shuffledLines(from, x.shape, axis));
    return tf.reshape(tf.gather(tf.reshape(x, [-1]), places as tf.Tensor1D), x.shape);
  });
}

/** Where each element of a tensor of `shape` comes from when every line along `axis` is shuffled. */
function shuffledLines(key: Key, shape: Shape, axis: number): Int32Array {
  const size = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const all = shape.reduce((product, n) => product * n, 1);
  let places = Int32Array.from({ length: all }, (_, i) => i);
  let rest = key;
  const rounds = Math.ceil((3 * Math.log(Math.max(1, all))) / Math.log(2 ** 32 - 1));
  for (let round = 0; round < rounds; round++) {
    const [next, draws] = split(rest);
    rest = next;
    places = sortLines(places, randomWords(draws, all), { size, inner });
  }
  return places;
}

function sortLines(
  values: Int32Array,
  by: Uint32Array,
  { size, inner }: { readonly size: number; readonly inner: number },
): Int32Array<ArrayBuffer> {
  const out = new Int32Array(values.length);
  for (let line = 0; line < values.length / size; line++) {
    const start = Math.floor(line / inner) * size * inner + (line % inner);
    const slots = Array.from({ length: size }, (_, i) => start + i * inner);
    const sorted = [...slots].sort((a, b) => by[a]! - by[b]!);
    slots.forEach((to, i) => (out[to] = values[sorted[i]!]!));
  }
  return out;
}

interface Choice {
  readonly from: number;
  readonly count: number;
  readonly replace: boolean;
  readonly p: tf.Tensor | undefined;
}

/** Indices [count]. */
function chosen(key: Key, { from, count, replace, p }: Choice): tf.Tensor {
  if (p === undefined) {
    if (replace) return randint(key, [count], 0, from);
    return draw(key, [count], 'int32', (of) => shuffled(of, from).slice(0, count));
  }
  const weights = p.dataSync() as Float32Array;
  return draw(key, [count], 'int32', (of) =>
    replace ? weighted(of, count, weights) : withoutReplacement(of, count, weights),
  );
}

/** Where `p_total · (1 − u)` falls in the running sum of `p`. */
function weighted(key: Key, count: number, p: Float32Array): Int32Array {
  let total = 0;
  const sums = p.map((chance) => (total = Math.fround(total + chance)));
  return Int32Array.from(uniformSamples(key, count), (u) => {
    const r = Math.fround(sums.at(-1)! * Math.fround(1 - u));
    const at = sums.findIndex((sum) => sum >= r);
    return at < 0 ? p.length : at;
  });
}

/** The largest of Gumbel noise plus log p (`jax.random.choice` with replace=False). */
function withoutReplacement(key: Key, count: number, p: Float32Array): Int32Array {
  const scores = gumbelSamples(key, p.length).map((noise, i) => noise + Math.log(p[i]!));
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  return Int32Array.from(order.slice(0, count));
}

function axisOf(name: string, axis: number, x: tf.Tensor): number {
  const at = axis < 0 ? axis + x.rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < x.rank) return at;
  throw new Error(
    `jax.random.${name}: expected an axis of shape [${x.shape.join(', ')}], got ${axis}.\nPass ${-x.rank} to ${x.rank - 1}.`,
  );
}
