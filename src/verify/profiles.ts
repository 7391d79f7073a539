/** How far two correct versions may be apart, relative to the largest reference value (`max |a − b| ÷ max |a|`). */

export interface Profile {
  readonly name: string;
  readonly forward: number;
  readonly gradient: number;
  readonly why: string;
}

/** Both versions on one backend: the same operations, perhaps with sums in another order. */
export const oneBackend: Profile = {
  name: 'one backend',
  forward: 1e-6,
  gradient: 1e-5,
  why: 'The conversion keeps the order of operations; only rounding of reordered sums may differ.',
};

/** A version on cpu against the same on wasm. */
export const cpuToWasm: Profile = {
  name: 'cpu to wasm',
  forward: 1e-5,
  gradient: 1e-4,
  why: 'wasm sums in single precision and in another order.',
};
