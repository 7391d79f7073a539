import * as tf from '@tensorflow/tfjs';
import { tensorsOf } from './tree.js';

/**
 * Runs `body` and frees every tensor it made but those in the tree it returns (registered nodes included, which
 * `tf.tidy` does not see). The tensors returned belong to the enclosing `tf.tidy`, or to the caller.
 */
export function tidyTree<T>(body: () => T): T {
  let result!: T;
  tf.tidy(() => {
    result = body();
    if (result instanceof Promise) {
      throw new Error(
        'jax: expected a function that returns tensors, got one that returns a promise.\n' +
          'Await before the call: transforms run synchronously and cannot follow a function across `await`.',
      );
    }
    return tensorsOf(result);
  });
  return result;
}
