import { keyWords, makeKey } from '../core/key.js';
import type { Key } from '../core/tree-typing.js';

export { foldIn, key, key as PRNGKey, split } from '../core/key.js';

/** The two uint32 words of each key: [...key.shape, 2]. */
export function keyData(key: Key): Uint32Array {
  return keyWords(key).slice();
}

/** A key from its two words (keys from more: [n, 2] row-major). */
export function wrapKeyData(data: Uint32Array | readonly number[]): Key {
  const words = Uint32Array.from(data);
  return makeKey(words, words.length === 2 ? [] : [words.length / 2]);
}
