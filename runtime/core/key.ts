import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from './key-source.js';
import { currentLevel } from './levels.js';
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
  return keyFrom(sourceOf(key).split(num ?? 2)) as KeyArray<N>;
}

/**
 * A new key from a key and an integer (as uint32), given as a number or as a tensor. Of an array of keys: each with the
 * same integer, or each with its own from a tensor of that shape. Mirrors `jax.random.fold_in`.
 */
export function foldIn(key: Key, data: number | tf.Tensor): Key {
  const source = sourceOf(key);
  if (data instanceof tf.Tensor) return keyFrom((currentLevel()?.liftKeys(source) ?? source).foldIn(data));
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** 32) {
    throw new Error(
      `jax.random.foldIn: expected an integer from 0 to 2³² − 1, got ${describe(data)}.\n` +
        'Pass a step, an index or a hash of that range.',
    );
  }
  return keyFrom(source.foldIn(data));
}

/** Keys of one shape on a new leading axis. */
export function stackKeys(keys: readonly [Key, ...Key[]]): Key {
  const level = currentLevel();
  const sources = keys.map(sourceOf).map((source) => level?.liftKeys(source) ?? source);
  return keyFrom(sources[0]!.stack(sources));
}

/** Keys of a new shape, the i-th being key `indices[i]` of `key`, both row-major. */
export function selectKeys(key: Key, shape: Shape, indices: ArrayLike<number>): Key {
  return keyFrom(sourceOf(key).select(shape, indices));
}

/** Random numbers from one key: request.shape. All random tensors are made here. */
export function sampleKey(key: Key, request: SampleRequest): tf.Tensor {
  const source = sourceOf(key);
  if (source.shape.length > 0) {
    throw new Error(
      `jax.random: expected one key, got keys of shape [${source.shape.join(', ')}].\n` +
        'Draw with one of them (`keys[0]`), or map over them with `jax.vmap`.',
    );
  }
  return currentLevel()?.sample(source, request) ?? source.sample(request);
}

/**
 * A threefry key (shape `[]`) or an array of keys of that shape, row-major, from its 32-bit words.
 * An array of keys is also an array of its rows: it can be indexed, destructured and looped over.
 */
export function makeKey(words: Uint32Array, shape: Shape = []): Key {
  const count = sizeOf(shape);
  if (words.length !== 2 * count) {
    throw new Error(
      `jax.random: expected ${2 * count} words for keys of shape [${shape.join(', ')}], got ${words.length}.\n` +
        'A key has two 32-bit words. Pass what `jax.random.keyData` returned.',
    );
  }
  return keyFrom(new HostKeys(words, shape));
}

/** The key, or array of keys, whose words come from `source`. */
export function keyFrom(source: KeySource): Key {
  const key = source.shape.length === 0 ? new SingleKey(source) : KeyBatch.rows(source);
  return key as unknown as Key;
}

/** Where the words of `key` come from. */
export function sourceOf(key: Key): KeySource {
  if (isKey(key)) return (key as unknown as SingleKey | KeyBatch).source;
  throw new Error(
    `jax.random: expected a key, got ${describe(key)}.\n` +
      'Make one with `jax.random.key(0)`, or take it from `jax.random.split`.',
  );
}

/** True for keys and arrays of keys. */
export function isKey(value: unknown): value is Key {
  return value instanceof SingleKey || value instanceof KeyBatch;
}

/** The two uint32 words of each key: `[...key.shape, 2]` row-major. Not a copy: do not write into it. */
export function keyWords(key: Key): Uint32Array {
  return sourceOf(key).words;
}

/** Keys whose words are known. */
class HostKeys implements KeySource {
  readonly #words: Uint32Array;

  constructor(
    words: Uint32Array,
    readonly shape: Shape,
  ) {
    this.#words = words;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  split(num: number): KeySource {
    const out = new Uint32Array(this.#words.length * num);
    this.#each((words, i) => threefryBlocks(words, 0, out.subarray(i * num * 2, (i + 1) * num * 2)));
    return new HostKeys(out, [...this.shape, num]);
  }

  foldIn(data: number | tf.Tensor): KeySource {
    const values = typeof data === 'number' ? [data] : data.dataSync();
    if (values.length !== 1 && values.length !== this.#words.length / 2) {
      throw new Error(
        `jax.random.foldIn: expected one integer, or one for each key of [${this.shape.join(', ')}], got ` +
          `${values.length}.\nPass a scalar, or fold under \`jax.vmap\`.`,
      );
    }
    const out = new Uint32Array(this.#words.length);
    this.#each((words, i) => out.set(threefry(words, 0, values[values.length === 1 ? 0 : i]! >>> 0), 2 * i));
    return new HostKeys(out, this.shape);
  }

  select(shape: Shape, indices: ArrayLike<number>): KeySource {
    const out = new Uint32Array(2 * indices.length);
    for (let i = 0; i < indices.length; i++) out.set(this.#words.subarray(2 * indices[i]!, 2 * indices[i]! + 2), 2 * i);
    return new HostKeys(out, shape);
  }

  stack(sources: readonly KeySource[]): KeySource {
    const out = new Uint32Array(this.#words.length * sources.length);
    sources.forEach(({ words }, i) => out.set(words, i * this.#words.length));
    return new HostKeys(out, [sources.length, ...this.shape]);
  }

  sample({ shape, dtype, fill }: SampleRequest): tf.Tensor {
    const size = sizeOf(shape);
    if (this.#words.length === 0) return tf.zeros([...this.shape, ...shape], dtype);
    const parts: (Float32Array | Int32Array | Uint8Array)[] = [];
    this.#each((words) => parts.push(fill(makeKey(words), size)));
    return tf.tensor(joined(parts, size), [...this.shape, ...shape], dtype);
  }

  #each(visit: (words: Uint32Array, index: number) => void): void {
    for (let i = 0; 2 * i < this.#words.length; i++) visit(this.#words.subarray(2 * i, 2 * i + 2), i);
  }
}

class SingleKey {
  readonly shape: readonly number[] = [];
  readonly #source: KeySource;

  constructor(source: KeySource) {
    this.#source = source;
  }

  get source(): KeySource {
    return this.#source;
  }

  toString(): string {
    return this.#source instanceof HostKeys ? `Key(${this.#source.words.join(', ')})` : 'Key(of a running transform)';
  }
}

class KeyBatch extends Array<Key> {
  /** `map`, `filter` and `slice` give plain arrays: they have no source of their own. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  declare readonly shape: readonly number[];
  declare readonly source: KeySource;

  static rows(source: KeySource): KeyBatch {
    const [count = 0, ...rest] = source.shape;
    const batch = new KeyBatch(count);
    const size = sizeOf(rest);
    for (let row = 0; row < count; row++) {
      batch[row] = keyFrom(
        source.select(
          rest,
          Array.from({ length: size }, (_, i) => row * size + i),
        ),
      );
    }
    Object.defineProperty(batch, 'shape', { value: Object.freeze([...source.shape]) });
    Object.defineProperty(batch, 'source', { value: source });
    return batch;
  }
}

function joined<T extends Float32Array | Int32Array | Uint8Array>(parts: readonly T[], size: number): T {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const out = new (first!.constructor as new (length: number) => T)(size * parts.length);
  parts.forEach((part, i) => out.set(part, i * size));
  return out;
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'dict'}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}
