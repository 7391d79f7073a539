import { type Key, keyWords } from '../core/key.js';
import { threefryBlocks } from '../core/threefry.js';
import { erf, erfInv } from './error-function.js';

/** `count` random 32-bit words from a key of the host: the xor of both words of each block (`jax_threefry_partitionable`). */
export function randomWords(key: Key, count: number): Uint32Array {
  const blocks = new Uint32Array(2 * count);
  threefryBlocks(keyWords(key), 0, blocks);
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) out[i] = blocks[2 * i]! ^ blocks[2 * i + 1]!;
  return out;
}

/** Float32 numbers in [low, high), as `jax.random.uniform`: 23 random bits each; XLA rounds product and sum once. */
export function uniformSamples(key: Key, count: number, low = 0, high = 1): Float32Array {
  const bits = randomWords(key, count);
  for (let i = 0; i < count; i++) bits[i] = (bits[i]! >>> 9) | 0x3f800000;
  const out = new Float32Array(bits.buffer);
  const floor = Math.fround(low);
  const span = Math.fround(Math.fround(high) - floor);
  for (let i = 0; i < count; i++) {
    out[i] = Math.max(floor, Math.fround((out[i]! - 1) * span + floor));
  }
  return out;
}

/** Standard normal float32 numbers, as `jax.random.normal`. */
export function normalSamples(key: Key, count: number): Float32Array {
  return uniformSamples(key, count, belowZeroOfMinusOne, 1).map((u) => sqrt2 * erfInv(u));
}

/** Standard normal numbers cut to [lower, upper], as `jax.random.truncated_normal`. */
export function truncatedNormalSamples(key: Key, count: number, lower: number, upper: number): Float32Array {
  const [from, to] = [Math.fround(lower), Math.fround(upper)];
  const low = Math.fround(erf(Math.fround(from / sqrt2)));
  const high = Math.fround(erf(Math.fround(to / sqrt2)));
  const [least, most] = [nextAfter(from, Infinity), nextAfter(to, -Infinity)];
  return uniformSamples(key, count, low, high).map((u) => Math.min(Math.max(sqrt2 * erfInv(u), least), most));
}

const sqrt2 = Math.fround(Math.SQRT2);
const belowZeroOfMinusOne = nextAfter(-1, 0);

/** The float32 beside `x` in the direction of `towards`. */
function nextAfter(x: number, towards: number): number {
  if (x === 0) return Math.sign(towards) * 2 ** -149;
  const value = Float32Array.of(x);
  const bits = new Int32Array(value.buffer);
  bits[0] = bits[0]! + (towards > x === x > 0 ? 1 : -1);
  return value[0]!;
}
