/**
 * The Threefry-2x32 block function (Salmon et al. 2011, 20 rounds), bit for bit as `jax._src.prng.threefry_2x32`:
 * one block for each counter `first + i` (64 bits), written to `out` as pairs of words.
 */
export function threefryBlocks(key: ArrayLike<number>, first: number, out: Uint32Array): void {
  for (let i = 0; i * 2 < out.length; i++) {
    const counter = first + i;
    block(key, { high: Math.floor(counter / 2 ** 32), low: counter }, out, 2 * i);
  }
}

/** One block of key `key` at counter `(high, low)`. */
export function threefry(key: ArrayLike<number>, high: number, low: number): Uint32Array {
  const out = new Uint32Array(2);
  block(key, { high, low }, out, 0);
  return out;
}

function block(
  key: ArrayLike<number>,
  counter: { readonly high: number; readonly low: number },
  out: Uint32Array,
  at: number,
): void {
  const k0 = key[0]! | 0;
  const k1 = key[1]! | 0;
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (counter.high + k0) | 0;
  let b = (counter.low + k1) | 0;
  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 1) | 0;
  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k2) | 0;
  b = (b + k0 + 2) | 0;
  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k0) | 0;
  b = (b + k1 + 3) | 0;
  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 4) | 0;
  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k2) | 0;
  b = (b + k0 + 5) | 0;
  out[at] = a;
  out[at + 1] = b;
}
