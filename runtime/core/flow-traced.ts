import * as tf from '@tensorflow/tfjs';
import { asTensors, oneElement, pairOf, requireStackable, sameKind } from './flow-trees.js';
import { recordBranch, recordScan, recordWhile } from './jit/loops.js';
import type { Leaf } from './jit/subprogram.js';
import { TraceLevel } from './jit/trace.js';
import { isKey } from './key.js';
import { currentLevel } from './levels.js';
import { type FlatTree, sameStructure, treeFlatten } from './tree.js';

type AnyStep = (carry: unknown, x: unknown) => readonly [unknown, unknown];

/** A scan over trees. */
export interface AnyScan {
  readonly who: string;
  readonly f: AnyStep;
  readonly init: unknown;
  readonly xs: unknown;
  readonly length: number;
  readonly reverse: boolean;
}

/** Runs every step of a scan on its own. */
export type Unrolled = (call: AnyScan) => [carry: unknown, ys: unknown];

/** A choice among functions of trees. */
export interface AnyBranch {
  readonly who: string;
  readonly index: tf.Tensor;
  readonly branches: readonly ((...operands: never[]) => unknown)[];
  readonly operands: readonly unknown[];
}

/** A loop over a tree. */
export interface AnyWhile {
  readonly who: string;
  readonly condition: (value: unknown) => tf.Tensor | boolean;
  readonly body: (value: unknown) => unknown;
  readonly init: unknown;
}

/** A counted loop over a tree. */
export interface AnyFori {
  readonly lower: number | tf.Tensor;
  readonly upper: number | tf.Tensor;
  readonly body: (i: tf.Tensor, value: unknown) => unknown;
  readonly init: unknown;
}

/** The innermost level when a function is being traced there, so that loops can be written as one instruction. */
export function traceLevel(): TraceLevel | null {
  const level = currentLevel();
  return level instanceof TraceLevel ? level : null;
}

/** A scan whose body is traced once. */
export function tracedScan(level: TraceLevel, call: AnyScan, unrolled: Unrolled): [carry: unknown, ys: unknown] {
  const { who, length, reverse } = call;
  const init = new Form(asTensors(call.init));
  const xs = new Form(call.xs);
  let ys: Form | undefined;
  const { carry, ys: rows } = recordScan(level, {
    ...{ who, length, reverse, init: init.leaves, xs: xs.leaves },
    step(carryLeaves, xLeaves) {
      const before = init.tree(carryLeaves);
      const [next, y] = pairOf(call.f(before, xs.tree(xLeaves)));
      const value = sameKind(who, before, next);
      ys = new Form(asTensors(y));
      requireStackable(who, ys.flat);
      return { carry: new Form(value).leaves, ys: ys.leaves };
    },
    unrolled(initLeaves, xLeaves) {
      const results = unrolled({ ...call, init: init.tree(initLeaves), xs: xs.tree(xLeaves) });
      return results.flatMap((tree) => new Form(tree).leaves);
    },
  });
  return [init.tree(carry), ys!.tree(rows)];
}

/** A counted loop: a scan where the bounds are numbers, else a loop that counts. */
export function tracedFori(level: TraceLevel, call: AnyFori, unrolled: Unrolled): unknown {
  const { lower, upper, body, init } = call;
  const who = 'jax.lax.foriLoop';
  if (typeof lower === 'number' && typeof upper === 'number') {
    const length = Math.max(0, Math.ceil(upper - lower));
    if (length === 0) return asTensors(init);
    const f: AnyStep = (value, i) => [body(i as tf.Tensor, value), null];
    const scanned = { who, f, init, xs: tf.range(lower, upper, 1, 'int32'), length, reverse: false };
    return (length === 1 ? unrolled(scanned) : tracedScan(level, scanned, unrolled))[0];
  }
  const bound = (value: number | tf.Tensor): tf.Tensor =>
    tf.cast(typeof value === 'number' ? tf.scalar(value, 'int32') : oneElement(who, value), 'int32');
  const end = bound(upper);
  const [, result] = tracedWhile(level, {
    who,
    condition: (state) => tf.less((state as [tf.Tensor, unknown])[0], end),
    body: (state) => {
      const [i, value] = state as [tf.Tensor, unknown];
      return [tf.add(i, tf.scalar(1, 'int32')), body(i, value)];
    },
    init: [bound(lower), init],
  }) as [tf.Tensor, unknown];
  return result;
}

/** A loop whose condition and body are traced once. */
export function tracedWhile(level: TraceLevel, { who, condition, body, init }: AnyWhile): unknown {
  const first = new Form(asTensors(init));
  const leaves = recordWhile(level, {
    who,
    init: first.leaves,
    condition: (carry) => oneElement(who, asTensors(condition(first.tree(carry))) as tf.Tensor),
    body: (carry) => {
      const before = first.tree(carry);
      return new Form(sameKind(who, before, body(before))).leaves;
    },
  });
  return first.tree(leaves);
}

/** A choice that is made when the program runs. */
export function tracedBranch(level: TraceLevel, { who, index, branches, operands }: AnyBranch): unknown {
  const given = new Form(operands);
  let result: Form | undefined;
  const leaves = recordBranch(level, {
    who,
    index,
    operands: given.leaves,
    branches: branches.map((branch) => (own: readonly Leaf[]) => {
      const form = new Form(asTensors(branch(...(given.tree(own) as never[]))));
      result ??= form;
      requireSame(who, result, form);
      return form.leaves;
    }),
  });
  return result!.tree(leaves);
}

/** A tree taken apart into what programs handle, tensors and keys, and the rest, which stays as it is. */
class Form {
  readonly flat: FlatTree;

  constructor(tree: unknown) {
    this.flat = treeFlatten(tree);
  }

  get leaves(): Leaf[] {
    return this.flat.leaves.filter(isDynamic);
  }

  tree(leaves: readonly Leaf[]): unknown {
    const next = leaves[Symbol.iterator]();
    return this.flat.treedef.unflatten(
      this.flat.leaves.map((leaf) => (isDynamic(leaf) ? (next.next().value as Leaf) : leaf)),
    );
  }

  /** Shapes and dtypes of the leaves. */
  get kinds(): string {
    const kind = (leaf: unknown): string => {
      if (leaf instanceof tf.Tensor) return `${leaf.dtype}[${leaf.shape.join(', ')}]`;
      return isKey(leaf) ? `key[${leaf.shape.join(', ')}]` : String(leaf);
    };
    return this.flat.leaves.map(kind).join(', ');
  }
}

function isDynamic(leaf: unknown): leaf is Leaf {
  return leaf instanceof tf.Tensor || isKey(leaf);
}

function requireSame(who: string, first: Form, other: Form): void {
  if (sameStructure(first.flat.treedef, other.flat.treedef) && first.kinds === other.kinds) return;
  const text = ({ flat, kinds }: Form): string => `${String(flat.treedef)} of ${kinds}`;
  throw new Error(
    `${who}: expected branches that return the same structure, shapes and dtypes, got ${text(first)} and ` +
      `${text(other)}.\nUnder \`jit\` the choice is made at each call, so both must fit what follows.`,
  );
}
