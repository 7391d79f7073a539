/**
 * The Threefry-2x32 block function (Salmon et al. 2011, 20 rounds), bit for bit as `jax._src.prng.threefry_2x32`:
 * one block for each counter `(0, first + i)`, written to `out` as pairs of words.
 */
export function threefryBlocks(key: ArrayLike<number>, first: number, out: Uint32Array): void {
  const k0 = key[0]! | 0;
  const k1 = key[1]! | 0;
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  for (let i = 0; i * 2 < out.length; i++) {
    const counter = first + i;
    block(keys, Math.floor(counter / 2 ** 32), counter, out, 2 * i);
  }
}

/** One block of key `key` at counter `(high, low)`. */
export function threefry(key: ArrayLike<number>, high: number, low: number): Uint32Array {
  const k0 = key[0]! | 0;
  const k1 = key[1]! | 0;
  const out = new Uint32Array(2);
  block([k0, k1, k0 ^ k1 ^ 0x1bd11bda], high, low, out, 0);
  return out;
}

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

function block(keys: readonly number[], high: number, low: number, out: Uint32Array, at: number): void {
  let a = (high + keys[0]!) | 0;
  let b = (low + keys[1]!) | 0;
  for (let round = 0; round < 5; round++) {
    const [r0, r1, r2, r3] = rotations[round & 1 ? 1 : 0];
    a = (a + b) | 0;
    b = ((b << r0) | (b >>> (32 - r0))) ^ a;
    a = (a + b) | 0;
    b = ((b << r1) | (b >>> (32 - r1))) ^ a;
    a = (a + b) | 0;
    b = ((b << r2) | (b >>> (32 - r2))) ^ a;
    a = (a + b) | 0;
    b = ((b << r3) | (b >>> (32 - r3))) ^ a;
    a = (a + keys[(round + 1) % 3]!) | 0;
    b = (b + keys[(round + 2) % 3]! + round + 1) | 0;
  }
  out[at] = a;
  out[at + 1] = b;
}
