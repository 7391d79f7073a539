import * as tf from '@tensorflow/tfjs';
import * as keys from '../core/key.js';
import { keyWords, makeKey } from '../core/key.js';
import type { Key } from '../core/tree-typing.js';

export { key, key as PRNGKey, split } from '../core/key.js';

/** The two uint32 words of each key: [...key.shape, 2]. */
export function keyData(key: Key): Uint32Array {
  return keyWords(key).slice();
}

/** A key from its two words (keys from more: [n, 2] row-major). */
export function wrapKeyData(data: Uint32Array | readonly number[]): Key {
  const words = Uint32Array.from(data);
  return makeKey(words, words.length === 2 ? [] : [words.length / 2]);
}

/** A new key from a key and an integer; a tensor must have one element, whose value is read. */
export function foldIn(key: Key, data: number | tf.Tensor): Key {
  return keys.foldIn(key, data instanceof tf.Tensor ? data.dataSync()[0]! >>> 0 : data);
}
