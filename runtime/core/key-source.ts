import type * as tf from '@tensorflow/tfjs';
import type { Key, Shape } from './tree-typing.js';

/**
 * Where the words of a key, or of an array of keys, come from: the host, or an interpreter level at which they differ
 * from example to example (`vmap`) or from call to call (`jit`).
 */
export interface KeySource {
  readonly shape: Shape;
  /** Two uint32 words for each key. Throws where they are not known yet. */
  readonly words: Uint32Array;
  /** `num` new keys from each, on a new last axis. */
  split(num: number): KeySource;
  /** Each key with an integer: a number, or an integer tensor of one element or of `shape`. */
  foldIn(data: number | tf.Tensor): KeySource;
  /** Keys of a new shape, the i-th being key `indices[i]`, both row-major. */
  select(shape: Shape, indices: ArrayLike<number>): KeySource;
  /** `sources`, of one shape and this among them, on a new leading axis. */
  stack(sources: readonly KeySource[]): KeySource;
  /** Random numbers from each key: [...this.shape, ...request.shape]. */
  sample(request: SampleRequest): tf.Tensor;
}

/** Random numbers that one key gives. */
export interface SampleRequest {
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** `count` numbers from a key of the host: the same for the same key. */
  fill(key: Key, count: number): Float32Array | Int32Array | Uint8Array;
}
