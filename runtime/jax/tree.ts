import type * as tf from '@tensorflow/tfjs';
import type {
  LeafArg,
  LeafOf,
  LeafUntil,
  MapLeaves,
  MapLeavesUntil,
  Options,
  Settled,
  Tree,
} from '../core/tree-typing.js';
import { type PathEntry, type TreeDef, treeFlatten, treeMapUntil } from '../core/tree.js';

export type { PathEntry, TreeDef } from '../core/tree.js';

/** Says which values are leaves besides those that are anyway. */
export interface LeafTest {
  /** Stops at values for which it is true. */
  isLeaf: (x: unknown) => boolean;
}

/** As `LeafTest`, and what type they have. */
export interface LeafGuard<L> {
  /** Stops at values for which it is true. */
  isLeaf: (x: unknown) => x is L;
}

type LeafArgs<U extends readonly unknown[]> = { [I in keyof U]: LeafArg<U[I]> };
type LeafUntilArg<T, L> = [T] extends [infer Known] ? LeafUntil<Known, L> : never;
type LeafOptions = Options<{ /** Stops at values for which it is true. */ isLeaf: (x: unknown) => boolean }>;
type Visit = (...args: unknown[]) => unknown;

/**
 * `f` on each leaf, and on the same leaf of the other trees; keeps the structure of the first. `{ isLeaf }` may
 * follow the trees. Over a type parameter `T extends jax.Tree`, a function from tensor to tensor gives `T`.
 */
export function map<T, U extends readonly unknown[], R, L>(
  f: (leaf: LeafUntilArg<T, L>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...restAndOptions: [...rest: U, options: LeafGuard<L>]
): MapLeavesUntil<T, L, R>;
export function map<T, U extends readonly unknown[], R, L = unknown>(
  f: (leaf: L | LeafArg<T>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...restAndOptions: [...rest: U, options: LeafTest]
): MapLeavesUntil<T, L, R>;
export function map<T, U extends readonly unknown[], R>(
  f: (leaf: LeafArg<T>, ...rest: LeafArgs<U>) => R,
  tree: T & Settled<T>,
  ...rest: U
): MapLeaves<T, R>;
export function map<T extends Tree>(
  f: (leaf: tf.Tensor, ...rest: tf.Tensor[]) => tf.Tensor,
  tree: T,
  ...rest: NoInfer<T>[]
): T;
export function map<T extends Tree, R>(
  f: (leaf: tf.Tensor, ...rest: tf.Tensor[]) => R,
  tree: T,
  ...rest: NoInfer<T>[]
): MapLeaves<T, R>;
export function map<T, U extends readonly unknown[], R>(
  f: (leaf: LeafArg<T>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...rest: U
): MapLeaves<T, R>;
export function map(f: unknown, ...treesAndOptions: unknown[]): unknown {
  const { trees, isLeaf } = apart(treesAndOptions);
  return treeMapUntil(isLeaf, (_path, ...leaves) => (f as Visit)(...leaves), trees);
}

/** As `map`, with the leaf's path first. */
export function mapWithPath<T, U extends readonly unknown[], R, L>(
  f: (path: readonly PathEntry[], leaf: LeafUntilArg<T, L>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...restAndOptions: [...rest: U, options: LeafGuard<L>]
): MapLeavesUntil<T, L, R>;
export function mapWithPath<T, U extends readonly unknown[], R, L = unknown>(
  f: (path: readonly PathEntry[], leaf: L | LeafArg<T>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...restAndOptions: [...rest: U, options: LeafTest]
): MapLeavesUntil<T, L, R>;
export function mapWithPath<T, U extends readonly unknown[], R>(
  f: (path: readonly PathEntry[], leaf: LeafArg<T>, ...rest: LeafArgs<U>) => R,
  tree: T,
  ...rest: U
): MapLeaves<T, R>;
export function mapWithPath(f: unknown, ...treesAndOptions: unknown[]): unknown {
  const { trees, isLeaf } = apart(treesAndOptions);
  return treeMapUntil(isLeaf, f as Visit, trees);
}

/** All leaves, dict keys in sorted order. */
export function leaves<T>(tree: T & Settled<T>, options?: LeafOptions): LeafOf<T>[];
export function leaves<T extends Tree>(tree: T, options?: LeafOptions): tf.Tensor[];
export function leaves<T>(tree: T, options?: LeafOptions): LeafOf<T>[];
export function leaves(tree: unknown, options?: LeafOptions): unknown[] {
  return treeFlatten(tree, options).leaves;
}

/** `[path, leaf]` of every leaf. */
export function leavesWithPath<T>(tree: T, options?: LeafOptions): [path: PathEntry[], leaf: LeafOf<T>][] {
  const { leaves, paths } = treeFlatten(tree, options);
  return leaves.map((leaf, i) => [paths[i]!, leaf as LeafOf<T>]);
}

/** `[leaves, treedef]`. */
export function flatten<T>(tree: T & Settled<T>, options?: LeafOptions): [leaves: LeafOf<T>[], treedef: TreeDef<T>];
export function flatten<T extends Tree>(tree: T, options?: LeafOptions): [leaves: tf.Tensor[], treedef: TreeDef<T>];
export function flatten<T>(tree: T, options?: LeafOptions): [leaves: LeafOf<T>[], treedef: TreeDef<T>];
export function flatten(tree: unknown, options?: LeafOptions): [leaves: unknown[], treedef: TreeDef] {
  const { leaves, treedef } = treeFlatten(tree, options);
  return [leaves, treedef];
}

/** `[[path, leaf] pairs, treedef]`. */
export function flattenWithPath<T>(
  tree: T,
  options?: LeafOptions,
): [leaves: [path: PathEntry[], leaf: LeafOf<T>][], treedef: TreeDef<T>] {
  return [leavesWithPath(tree, options), structure(tree, options)];
}

/** The inverse of `flatten`. */
export function unflatten<T>(treedef: TreeDef<T>, leaves: readonly unknown[]): T {
  return treedef.unflatten(leaves);
}

/** The structure alone. */
export function structure<T>(tree: T, options?: LeafOptions): TreeDef<T> {
  return treeFlatten(tree, options).treedef as TreeDef<T>;
}

/** Folds the leaves, from `init` or from the first leaf. */
export function reduce<T>(f: (acc: LeafArg<T>, leaf: LeafArg<T>) => LeafArg<T>, tree: T & Settled<T>): LeafOf<T>;
export function reduce<T extends Tree>(f: (acc: tf.Tensor, leaf: tf.Tensor) => tf.Tensor, tree: T): tf.Tensor;
export function reduce<T, R>(f: (acc: R, leaf: LeafArg<T>) => R, tree: T & Settled<T>, init: R): R;
export function reduce<T extends Tree, R>(f: (acc: R, leaf: tf.Tensor) => R, tree: T, init: R): R;
export function reduce(f: unknown, tree: unknown, ...init: unknown[]): unknown {
  const items = [...init, ...treeFlatten(tree).leaves];
  if (items.length > 0) return items.reduce((total, leaf) => (f as Visit)(total, leaf));
  throw new Error('jax.tree.reduce: expected a tree with leaves, got an empty one.\nPass an initial value.');
}

/** True when every leaf is truthy. */
export function all(tree: unknown): boolean {
  return treeFlatten(tree).leaves.every(Boolean);
}

/** A tree of trees turned inside out. */
export function transpose<Outer, Inner>(outer: TreeDef<Outer>, inner: TreeDef<Inner>, tree: unknown): Inner {
  const { leaves } = treeFlatten(tree);
  const [rows, columns] = [outer.numLeaves, inner.numLeaves];
  if (leaves.length !== rows * columns) {
    throw new Error(
      `jax.tree.transpose: expected ${rows} × ${columns} leaves, got ${leaves.length}.\n` +
        'Every leaf of the outer tree must be a tree of the inner structure.',
    );
  }
  const column = (j: number): unknown =>
    outer.unflatten(Array.from({ length: rows }, (_, i) => leaves[i * columns + j]));
  return inner.unflatten(Array.from({ length: columns }, (_, j) => column(j)));
}

/** The trees, and the options when they follow. */
function apart(treesAndOptions: readonly unknown[]): {
  readonly trees: readonly unknown[];
  readonly isLeaf?: LeafTest['isLeaf'];
} {
  const last = treesAndOptions.at(-1);
  if (treesAndOptions.length < 2 || typeof last !== 'object' || last === null) return { trees: treesAndOptions };
  const { isLeaf, ...others } = last as Partial<LeafTest>;
  if (typeof isLeaf !== 'function' || Object.keys(others).length > 0) return { trees: treesAndOptions };
  return { trees: treesAndOptions.slice(0, -1), isLeaf };
}
