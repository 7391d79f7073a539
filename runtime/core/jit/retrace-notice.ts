import type { FlatTree } from '../tree.js';
import { placesOf } from './signature.js';

/** Says once when a function is traced again and again because a number among its arguments changes. */
export class RetraceNotice {
  readonly #who: string;
  readonly #seen = new Map<string, (readonly unknown[])[]>();
  #said = false;

  constructor(who: string) {
    this.#who = who;
  }

  /** A call of this kind (all but the values of numbers) was traced. */
  traced(kind: string, flat: FlatTree): void {
    if (this.#said || !flat.leaves.some((leaf) => typeof leaf === 'number')) return;
    const calls = [...(this.#seen.get(kind) ?? []), flat.leaves];
    this.#seen.set(kind, calls);
    if (calls.length < patience) return;
    this.#said = true;
    const changing = placesOf(flat).filter(
      (_, i) => typeof flat.leaves[i] === 'number' && new Set(calls.map((leaves) => leaves[i])).size === calls.length,
    );
    console.warn(
      `${this.#who}${changing.length > 0 ? ` at ${changing.join(', ')}` : ''}: expected numbers that seldom change, got ` +
        `${patience} different ones, each of which traced the function again.\n` +
        'Pass a number that changes from call to call as `tf.scalar(x)`; it is then an input.',
    );
  }
}

const patience = 5;
