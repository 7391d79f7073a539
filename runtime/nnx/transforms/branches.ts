import type * as tf from '@tensorflow/tfjs';
import { cond as condArrays, switchBranch as switchArrays } from '../../core/flow.js';
import type { Unranked, Value } from '../../core/tree-typing.js';
import { callLent, type Outcome, storeAll, storeChanged, valuesOf } from './lending.js';
import { takeApart } from './operands.js';
import { transaction } from './transactions.js';

/**
 * One of two branches, by a boolean or scalar tensor; modules go in as operands, and what the branch taken sets is set.
 * Flax `nnx.cond`.
 */
export function cond<A extends readonly unknown[], R extends Value>(
  pred: tf.Tensor | boolean,
  trueFn: (...operands: A) => R,
  falseFn: (...operands: A) => NoInfer<Unranked<R>>,
  ...operands: A
): Unranked<R> {
  const branches = [trueFn, falseFn] as unknown as readonly Branch[];
  return branched('nnx.cond', { branches, operands }, ([onTrue, onFalse], inputs) =>
    condArrays(pred, onTrue as Flat, onFalse as Flat, ...inputs),
  ) as Unranked<R>;
}

/** Branch number `index`, clamped; modules go in as operands. Flax `nnx.switch`. */
export function switchBranch<A extends readonly unknown[], R extends Value>(
  index: tf.Tensor | number,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): Unranked<R> {
  return branched('nnx.switch', { branches: branches as unknown as readonly Branch[], operands }, (flat, inputs) =>
    switchArrays(index, flat, ...inputs),
  ) as Unranked<R>;
}

type Branch = (...operands: unknown[]) => unknown;
/** A branch over the values of plain operands and variables. */
type Flat = (plain: readonly unknown[], values: readonly unknown[]) => readonly unknown[][];

function branched(
  who: string,
  { branches, operands }: { readonly branches: readonly Branch[]; readonly operands: readonly unknown[] },
  choose: (flat: readonly Flat[], inputs: [plain: unknown[], values: unknown[]]) => unknown,
): unknown {
  return transaction(() => {
    const args = takeApart(operands, { who });
    const changed = args.operands.map(() => false);
    let outcome: Outcome | null = null;
    const flat = branches.map((branch): Flat => (plain, values) => {
      const found = callLent((all: readonly never[]) => branch(...all), { who, args, plain, values });
      found.changed.forEach((set, i) => (changed[i] ||= set));
      outcome = found;
      return [[...found.plain], [...found.made], [...found.after]];
    });
    const inputs: [unknown[], unknown[]] = [args.plain.map(({ value }) => value), valuesOf(args.operands)];
    const [plain, made, after] = choose(flat, inputs) as readonly unknown[][];
    const { parts } = outcome!;
    storeChanged(args.operands, { changed, after: after! });
    storeAll(parts.operands, made!);
    return parts.rebuild(plain!);
  });
}
