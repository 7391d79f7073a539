import type * as tf from '@tensorflow/tfjs';
import { foriLoop as foriArrays, whileLoop as whileArrays } from '../../core/flow.js';
import { sameStructure } from '../../core/tree.js';
import type { Carried, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { callLent, type Outcome, storeChanged, valuesOf } from './lending.js';
import { type Parts, takeApart } from './operands.js';
import { transaction } from './transactions.js';

/**
 * Repeats `bodyFn` while `condFn` holds; modules in the value are set in place. What `condFn` sets is dropped. Throws
 * where the value changes its structure, shapes or dtypes. Flax `nnx.while_loop`.
 */
export function whileLoop<T extends Value>(
  condFn: (value: Carried<T>) => tf.Tensor | boolean,
  bodyFn: (value: Carried<T>) => Carried<NoInfer<T>>,
  init: T,
): Carried<T> {
  const loop = new Loop('nnx.whileLoop', init);
  return loop.run((start) =>
    whileArrays(
      (state: State) => loop.holds(condFn as Body, state),
      (state: State) => loop.step(bodyFn as Body, state),
      start,
    ),
  ) as Carried<T>;
}

/**
 * `bodyFn(i, value)` for i from `lower` up to, not including, `upper`; modules in the value are set in place. Throws
 * where the value changes its structure, shapes or dtypes. Flax `nnx.fori_loop`.
 */
export function foriLoop<T extends Value>(
  lower: number | tf.Tensor,
  upper: number | tf.Tensor,
  bodyFn: (i: tf.Tensor, value: Carried<T>) => Carried<NoInfer<T>>,
  init: T,
): Carried<T> {
  const loop = new Loop('nnx.foriLoop', init);
  return loop.run((start) =>
    foriArrays(
      lower,
      upper,
      (i: tf.Tensor, state: State) =>
        loop.step((value) => (bodyFn as (i: tf.Tensor, v: never) => unknown)(i, value), state),
      start,
    ),
  ) as Carried<T>;
}

type Body = (value: never) => unknown;
/** The value of a loop, taken apart. */
type State = readonly [plain: readonly unknown[], values: readonly unknown[]];

/** One loop over a value with modules in it. */
class Loop {
  readonly #args: Parts;
  readonly #changed: boolean[];

  constructor(
    private readonly who: string,
    init: unknown,
  ) {
    this.#args = takeApart(init, { who });
    this.#changed = this.#args.operands.map(() => false);
  }

  run(loop: (start: State) => unknown): unknown {
    return transaction(() => {
      const { plain, operands, rebuild } = this.#args;
      const [values, after] = loop([plain.map(({ value }) => value), valuesOf(operands)]) as State;
      storeChanged(operands, { changed: this.#changed, after });
      return rebuild(values);
    });
  }

  step(body: Body, state: State): State {
    const outcome = this.#call(body, state);
    this.#checkSame(outcome);
    outcome.changed.forEach((set, i) => (this.#changed[i] ||= set));
    return [outcome.plain, outcome.after];
  }

  holds(cond: Body, state: State): tf.Tensor | boolean {
    return this.#call(cond, state).plain[0] as tf.Tensor | boolean;
  }

  #call(f: Body, [plain, values]: State): Outcome {
    return callLent(f, { who: this.who, args: this.#args, plain, values });
  }

  #checkSame({ parts }: Outcome): void {
    if (!sameStructure(this.#args.treedef, parts.treedef)) {
      throw mistake(
        this.who,
        `expected a value of structure ${String(this.#args.treedef)}, got ${String(parts.treedef)}.`,
        'Return the value as it came in: the same keys and the same number of items.',
      );
    }
    if (this.#args.fixed.every((leaf, i) => leaf === parts.fixed[i])) return;
    throw mistake(
      this.who,
      'expected the modules of the value to be returned as they came in, got others.',
      'Return the same module; set its variables instead of building a new one.',
    );
  }
}
