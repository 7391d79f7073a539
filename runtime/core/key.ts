import { threefry, threefryBlocks } from './threefry.js';
import type { Key, KeyArray, Shape } from './tree-typing.js';

export type { Key, KeyArray } from './tree-typing.js';

/** A key from an integer seed (its low 32 bits, as JAX without 64-bit types). Mirrors `jax.random.key`. */
export function key(seed: number): Key {
  if (!Number.isInteger(seed)) {
    throw new Error(`jax.random.key: expected an integer seed, got ${describe(seed)}.\nPass an integer, as in key(0).`);
  }
  return makeKey(Uint32Array.of(0, seed % 2 ** 32));
}

/** `num` new keys (2 by default). Of an array of keys: as many of each, on a new last axis. */
export function split<const N extends number = 2>(key: Key, num?: N): KeyArray<N> {
  const count = num ?? 2;
  const out = new Uint32Array((keyWords(key).length / 2) * count * 2);
  eachKey(key, (words, i) => threefryBlocks(words, 0, out.subarray(i * count * 2, (i + 1) * count * 2)));
  return makeKey(out, [...key.shape, count]) as KeyArray<N>;
}

/** A new key from a key and an integer (as uint32). Mirrors `jax.random.fold_in`. */
export function foldIn(key: Key, data: number): Key {
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** 32) {
    throw new Error(
      `jax.random.foldIn: expected an integer from 0 to 2³² − 1, got ${describe(data)}.\n` +
        'Pass a step, an index or a hash of that range.',
    );
  }
  const out = new Uint32Array(keyWords(key).length);
  eachKey(key, (words, i) => out.set(threefry(words, 0, data), 2 * i));
  return makeKey(out, key.shape);
}

/**
 * A threefry key (shape `[]`) or an array of keys of that shape, row-major, from its 32-bit words.
 * An array of keys is also an array of its rows: it can be indexed, destructured and looped over.
 */
export function makeKey(words: Uint32Array, shape: Shape = []): Key {
  const count = shape.reduce((product, size) => product * size, 1);
  if (words.length !== 2 * count) {
    throw new Error(
      `jax.random: expected ${2 * count} words for keys of shape [${shape.join(', ')}], got ${words.length}.\n` +
        'A key has two 32-bit words. Pass what `jax.random.keyData` returned.',
    );
  }
  const key = shape.length === 0 ? new SingleKey(words) : KeyBatch.rows(words, shape);
  return key as unknown as Key;
}

/** True for keys and arrays of keys. */
export function isKey(value: unknown): value is Key {
  return value instanceof SingleKey || value instanceof KeyBatch;
}

/** The two uint32 words of each key: `[...key.shape, 2]` row-major. Not a copy: do not write into it. */
export function keyWords(key: Key): Uint32Array {
  if (!isKey(key)) {
    throw new Error(
      `jax.random: expected a key, got ${describe(key)}.\n` +
        'Make one with `jax.random.key(0)`, or take it from `jax.random.split`.',
    );
  }
  return (key as unknown as SingleKey | KeyBatch).words;
}

function eachKey(key: Key, visit: (words: Uint32Array, index: number) => void): void {
  const words = keyWords(key);
  for (let i = 0; 2 * i < words.length; i++) visit(words.subarray(2 * i, 2 * i + 2), i);
}

class SingleKey {
  readonly shape: readonly number[] = [];
  readonly #words: Uint32Array;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  toString(): string {
    return `Key(${this.#words[0]}, ${this.#words[1]})`;
  }
}

class KeyBatch extends Array<Key> {
  /** `map`, `filter` and `slice` give plain arrays: they have no words of their own. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  declare readonly shape: readonly number[];
  declare readonly words: Uint32Array;

  static rows(words: Uint32Array, shape: Shape): KeyBatch {
    const [count = 0, ...rest] = shape;
    const batch = new KeyBatch(count);
    const row = count === 0 ? 0 : words.length / count;
    for (let i = 0; i < count; i++) batch[i] = makeKey(words.subarray(i * row, (i + 1) * row), rest);
    Object.defineProperty(batch, 'shape', { value: Object.freeze([...shape]) });
    Object.defineProperty(batch, 'words', { value: words });
    return batch;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'dict'}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}
