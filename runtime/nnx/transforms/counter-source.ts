import type * as tf from '@tensorflow/tfjs';
import { type Key, keyFrom, sourceOf } from '../../core/key.js';
import type { KeySource } from '../../core/key-source.js';

/**
 * The counters of a stream, as an input of a compiled function: folding it with `i` is drawing draw number `i` from now
 * on, so the counters themselves never become tensors. Its words are the counters.
 */
class CounterSource implements KeySource {
  readonly shape: readonly number[];
  readonly #key: KeySource;
  readonly #counts: Uint32Array;

  constructor(key: KeySource, counts: Uint32Array) {
    this.#key = key;
    this.#counts = counts;
    this.shape = key.shape;
  }

  get words(): Uint32Array {
    return Uint32Array.from({ length: 2 * this.#counts.length }, (_, i) => (i % 2 === 0 ? this.#counts[i >> 1]! : 0));
  }

  foldIn(offset: number | tf.Tensor): KeySource {
    if (typeof offset !== 'number') throw notAKey();
    if (this.#counts.length === 1) return this.#key.foldIn(this.#counts[0]! + offset);
    const counts = this.#counts.map((count) => count + offset);
    return this.#key.foldIn({ dataSync: () => counts } as unknown as tf.Tensor);
  }

  split(): never {
    throw notAKey();
  }

  select(shape: readonly number[], indices: ArrayLike<number>): KeySource {
    return new CounterSource(
      this.#key.select(shape, indices),
      Uint32Array.from(indices, (index) => this.#counts[index]!),
    );
  }

  stack(): never {
    throw notAKey();
  }

  sample(): never {
    throw notAKey();
  }
}

/** The counters of a stream as an input beside its key. */
export function counterOf(key: Key, counts: Uint32Array): Key {
  return keyFrom(new CounterSource(sourceOf(key), counts));
}

function notAKey(): Error {
  return new Error(
    'linen2nnx: a counter of a stream was used as a key in a compiled function. This is a bug; report it.\n' +
      'Report the function, and run it without nnx.jit meanwhile.',
  );
}
