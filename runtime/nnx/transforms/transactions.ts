import { tidyTree } from '../../core/lifetime.js';
import { whileRetiring } from '../ownership.js';

/**
 * Runs a step that may change modules: old values stay readable until it ends, and every tensor that is neither in a
 * variable nor in the result is freed.
 */
export function transaction<T>(body: () => T): T {
  return whileRetiring(() => tidyTree(body));
}
