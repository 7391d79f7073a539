import * as tf from '@tensorflow/tfjs';
import { isKey } from '../key.js';
import type { Axes, Key, Shape } from '../tree-typing.js';
import { type PathEntry, pathText, treeFlatten } from '../tree.js';

/** A tree taken apart, with the mapped axis of each leaf: null where it has none. */
export interface MappedTree {
  readonly leaves: readonly unknown[];
  readonly paths: readonly string[];
  readonly axes: readonly (number | null)[];
  unflatten(leaves: readonly unknown[]): unknown;
}

/** What the trees are called in messages. */
export interface Names {
  /** The option: `inAxes`. */
  readonly axes: string;
  /** The tree: `args`. */
  readonly tree: string;
}

/** The axis of each leaf of `tree`, from a tree of axes that is a prefix of it. */
export function mappedTree(tree: unknown, axes: Axes, names: Names): MappedTree {
  const { leaves, paths, treedef } = treeFlatten(tree);
  const perLeaf = axesOf(axes, tree, { path: [], names });
  return {
    leaves,
    paths: paths.map((path) => pathText(path, names.tree)),
    axes: perLeaf,
    unflatten: (others) => treedef.unflatten(others),
  };
}

interface At {
  readonly path: readonly PathEntry[];
  readonly names: Names;
}

function axesOf(axes: Axes, tree: unknown, at: At): (number | null)[] {
  if (axes === null || typeof axes === 'number') return treeFlatten(tree).leaves.map(() => axes);
  if (typeof axes !== 'object') throw notAxes(axes, at);
  const { keys, children } = childrenOf(tree);
  const given = Object.keys(axes);
  const fits = keys !== null && Array.isArray(axes) === Array.isArray(tree) && sameKeys(given, keys);
  if (!fits) throw otherStructure(axes, tree, at);
  return keys.flatMap((key, i) =>
    axesOf((axes as Record<PathEntry, Axes>)[key]!, children[i], { ...at, path: [...at.path, key] }),
  );
}

interface Children {
  /** Null for a leaf. */
  readonly keys: readonly PathEntry[] | null;
  readonly children: readonly unknown[];
}

/** The children of a node: dicts, lists and registered classes. */
function childrenOf(tree: unknown): Children {
  const { leaves, paths } = treeFlatten(tree, { isLeaf: (value) => value !== tree });
  const isLeaf = paths.some((path) => path.length === 0);
  return { keys: isLeaf ? null : paths.map((path) => path[0]!), children: leaves };
}

function sameKeys(given: readonly string[], keys: readonly PathEntry[]): boolean {
  return given.length === keys.length && keys.every((key) => given.includes(String(key)));
}

/** The size of the mapped axis of all leaves; `given` where it was. */
export function mappedSize({ leaves, paths, axes }: MappedTree, given: number | null): number {
  const sizes = leaves.flatMap((leaf, i) => {
    const axis = axes[i];
    if (axis == null) return [];
    return [{ path: paths[i]!, size: shapeOf(leaf, paths[i]!)[axisAt(leaf, axis, paths[i]!)]! }];
  });
  const expected = given === null ? sizes[0] : { path: 'axisSize', size: given };
  if (expected === undefined) {
    throw new Error(
      'jax.vmap: expected an argument to map or `axisSize`, got neither.\n' +
        'Give an argument an axis in `inAxes`, or pass { axisSize }.',
    );
  }
  const odd = sizes.find(({ size }) => size !== expected.size);
  if (odd !== undefined) {
    throw new Error(
      `jax.vmap: expected one size of the mapped axis, got ${expected.size} at ${expected.path} and ${odd.size} at ` +
        `${odd.path}.\nPass as many of each, or map with null in \`inAxes\` what all examples share.`,
    );
  }
  if (Number.isInteger(expected.size) && expected.size > 0) return expected.size;
  throw new Error(
    `jax.vmap at ${expected.path}: expected at least one example, got ${expected.size}.\n` +
      'The shapes of the results are known only from an example.',
  );
}

/** `axis` counted from the front. */
export function axisAt(leaf: unknown, axis: number, path: string): number {
  const shape = shapeOf(leaf, path);
  return axisOf(shape, axis, path);
}

/** `axis` of `shape` counted from the front. */
export function axisOf(shape: Shape, axis: number, path: string): number {
  const at = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && at >= 0 && at < shape.length) return at;
  throw new Error(
    `jax.vmap at ${path}: expected an axis of shape [${shape.join(', ')}], got ${axis}.\n` +
      (shape.length === 0
        ? 'A scalar has none. Map it with null, or stack one for each example.'
        : `Pass ${-shape.length} to ${shape.length - 1}, or null for what all examples share.`),
  );
}

function shapeOf(leaf: unknown, path: string): Shape {
  if (leaf instanceof tf.Tensor) return leaf.shape;
  if (isKey(leaf)) return (leaf as Key).shape;
  throw new Error(
    `jax.vmap at ${path}: expected a tensor or keys to map, got ${describe(leaf)}.\n` +
      'Map it with null in `inAxes`, or close over it.',
  );
}

/** A value, as messages call it. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return `a ${value.constructor?.name ?? 'dict'}`;
  return typeof value === 'string' ? `'${value}'` : `${typeof value} ${String(value as number)}`;
}

function notAxes(axes: unknown, { path, names }: At): Error {
  return new Error(
    `jax.vmap at ${pathText(path, names.axes)}: expected a number, null or a tree of these, got ${describe(axes)}.\n` +
      'Give the number of the mapped axis, or null for what all examples share.',
  );
}

function otherStructure(axes: object, tree: unknown, { path, names }: At): Error {
  const { keys } = childrenOf(tree);
  const got = keys === null ? describe(tree) : `the keys ${keys.join(', ') || 'of nothing'}`;
  return new Error(
    `jax.vmap at ${pathText(path, names.axes)}: expected axes for ${pathText(path, names.tree)} with ${got}, got ` +
      `${Array.isArray(axes) ? `${axes.length} of a list` : `the keys ${Object.keys(axes).join(', ')}`}.\n` +
      'Axes have the structure of what they map, down to where one number or null stands for all below.',
  );
}
