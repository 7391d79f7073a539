import * as tf from '@tensorflow/tfjs';
import { treeMapUntil } from '../../core/tree.js';
import { countsFromTensor, countsToTensor } from '../counts.js';
import { inFrame, isBorrowed, settle, whileLent } from '../ownership.js';
import { levelNow } from '../trace-level.js';
import { type Holding, Variable } from '../variable.js';
import { RngCount } from '../variable-types.js';
import type { Prefix } from './axes.js';
import { isGraph, type Operand, type Parts, takeApart } from './operands.js';

/** What a transform's function gave, as flat lists of values that a transform of arrays can return. */
export interface Outcome {
  /** The result taken apart; its operands are the variables made inside. */
  readonly parts: Parts;
  readonly plain: readonly unknown[];
  /** Values of the variables made inside. */
  readonly made: readonly unknown[];
  /** Value of each operand afterwards. */
  readonly after: readonly unknown[];
  /** Whether each operand was set. */
  readonly changed: readonly boolean[];
}

/** A function about to run with other values in its arguments. */
export interface LentCall {
  readonly who: string;
  readonly args: Parts;
  /** Values of the plain parts of the arguments. */
  readonly plain: readonly unknown[];
  /** Values of the operands. */
  readonly values: readonly unknown[];
  /** Axes of the result. Default: null everywhere. */
  readonly outPrefix?: Prefix | undefined;
  /** Leave counters as they are; otherwise they become tensors. Default false. */
  readonly keepCounts?: boolean | undefined;
}

/**
 * Runs `f` with the given values in the variables of its arguments, which hold their own again afterwards. What `f`
 * returns and sets belongs to the enclosing scope, not to a variable.
 */
export function callLent(f: (tree: never) => unknown, call: LentCall): Outcome {
  const { args, values, plain } = call;
  const free = (value: unknown) => released(value, call.keepCounts === true);
  return inFrame(() => {
    const loan = new Loan(args.operands, values);
    try {
      return whileLent(values, () => {
        const result = f(args.rebuild(plain) as never);
        const parts = takeApart(result, { who: call.who, prefix: call.outPrefix, known: args.operands });
        const plainOut = parts.plain.map(({ value }) => unborrowed(value));
        const made = parts.operands.map(({ variable }) => free(Variable.stored(variable)));
        const now = loan.end();
        const changed = now.map((value, i) => value !== values[i]);
        const after = now.map((value, i) => (changed[i] ? free(value) : values[i]));
        return { parts, plain: plainOut, made, after, changed };
      });
    } finally {
      loan.end();
    }
  });
}

/** Variables that hold other values for a while. */
class Loan {
  readonly #own: readonly Holding[];
  #after: readonly unknown[] | null = null;

  constructor(
    private readonly operands: readonly Operand[],
    values: readonly unknown[],
  ) {
    const level = levelNow();
    this.#own = operands.map(({ variable }, i) => Variable.exchange(variable, { value: values[i], level }));
  }

  /** Gives the variables their own values again; what they held at the end. */
  end(): readonly unknown[] {
    this.#after ??= this.operands.map(({ variable }, i) => Variable.exchange(variable, this.#own[i]!).value);
    return this.#after;
  }
}

/** The values of the operands, counters as tensors. */
export function valuesOf(operands: readonly Operand[]): unknown[] {
  return operands.map(({ variable }) => countsToTensor(Variable.stored(variable)));
}

/** Puts values that a transform has computed into variables. */
export function storeAll(operands: readonly Operand[], values: readonly unknown[]): void {
  operands.forEach(({ variable }, i) => store(variable, values[i]));
}

/** Stores the values of operands that were set. */
export function storeChanged(
  operands: readonly Operand[],
  { changed, after }: { readonly changed: readonly boolean[]; readonly after: readonly unknown[] },
): void {
  operands.forEach(({ variable }, i) => {
    if (changed[i]) store(variable, after[i]);
  });
}

/** A tree whose tensors may be disposed by whoever gets it: those that variables have are cloned. */
export function ownResult<T>(tree: T): T {
  return treeMapUntil(isGraph, (_path, leaf) => unborrowed(leaf), [tree]) as T;
}

function store(variable: Variable<unknown>, value: unknown): void {
  Variable.store(variable, variable instanceof RngCount ? countsFromTensor(value) : value);
}

function unborrowed(leaf: unknown): unknown {
  return isBorrowed(leaf) ? tf.clone(leaf as tf.Tensor) : leaf;
}

/** A variable's value as one that is nobody's, counters as tensors. */
function released(value: unknown, keepCounts: boolean): unknown {
  const free = unborrowed(settle(value));
  return keepCounts ? free : countsToTensor(free);
}
