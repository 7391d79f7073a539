import { currentLevel } from '../core/levels.js';

const numbers = new WeakMap<object, number>();
let last = 0;

/** Number of the level of a transform (vmap, jit, evalShape) that code runs at now; 0 outside of all. */
export function levelNow(): number {
  const level = currentLevel();
  if (level === null) return 0;
  const known = numbers.get(level);
  if (known !== undefined) return known;
  numbers.set(level, ++last);
  return last;
}
