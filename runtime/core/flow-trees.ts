import * as tf from '@tensorflow/tfjs';
import { isKey, stackKeys } from './key.js';
import type { Key } from './tree-typing.js';
import { type FlatTree, pathText, sameStructure, treeFlatten, treeMap } from './tree.js';

/** Numbers and booleans as scalars; keys and everything else as they are. */
export function asTensors(tree: unknown): unknown {
  return treeMap((leaf: unknown) => {
    if (typeof leaf === 'number') return tf.scalar(leaf);
    return typeof leaf === 'boolean' ? tf.scalar(leaf) : leaf;
  }, tree);
}

/** How many slices `xs` has along its leading axis. */
export function lengthOf(name: string, xs: unknown, given: number | null): number {
  const { leaves, paths } = treeFlatten(xs);
  const sizes = leaves.map((leaf, i) => leadingSize(name, leaf, pathText(paths[i]!, 'xs')));
  const length = given ?? sizes[0];
  if (length === undefined) {
    throw new Error(`${name}: expected a length, got neither xs nor { length }.\nPass { length: number of steps }.`);
  }
  const odd = sizes.findIndex((size) => size !== length);
  if (odd < 0) return length;
  throw new Error(
    `${name} at ${pathText(paths[odd]!, 'xs')}: expected ${length} slices on the leading axis, got ${sizes[odd]}.\n` +
      'All of xs, and `length` if given, have the same length.',
  );
}

/** The trees of slices of `xs` along its leading axis. */
export function slicesOf(xs: unknown, length: number): (index: number) => unknown {
  const { leaves, treedef } = treeFlatten(xs);
  const parts = length === 0 ? [] : leaves.map((leaf) => (leaf instanceof tf.Tensor ? tf.unstack(leaf) : leaf));
  return (index) => treedef.unflatten(parts.map((part) => (part as readonly unknown[])[index]));
}

function leadingSize(name: string, leaf: unknown, place: string): number {
  if ((leaf instanceof tf.Tensor || isKey(leaf)) && leaf.shape.length > 0) return leaf.shape[0]!;
  const got = leaf instanceof tf.Tensor || isKey(leaf) ? 'a scalar' : `a ${typeof leaf}`;
  throw new Error(
    `${name} at ${place}: expected a tensor or keys with a leading axis, got ${got}.\n` +
      'Close over what is the same in every step, or put it in the carry.',
  );
}

export function pairOf<C, Y>(result: readonly [C, Y]): readonly [C, Y] {
  if (Array.isArray(result) && result.length === 2) return result;
  throw new Error(
    'jax.lax.scan: expected [carry, y] from the function, got another value.\nReturn a pair; y may be null.',
  );
}

/** `next` with numbers as tensors, once it is found to be like `before`. */
export function sameKind<T>(name: string, before: T, next: T): T {
  const value = asTensors(next) as T;
  const [was, is] = [treeFlatten(before), treeFlatten(value)];
  if (!sameStructure(was.treedef, is.treedef)) {
    throw new Error(
      `${name}: expected a carry of structure ${String(was.treedef)}, got ${String(is.treedef)}.\n` +
        'Return the carry as it came in: the same keys and the same number of items.',
    );
  }
  was.leaves.forEach((leaf, i) => {
    if (kindOf(leaf) === kindOf(is.leaves[i])) return;
    throw new Error(
      `${name} at ${pathText(was.paths[i]!, 'carry')}: expected ${kindOf(leaf)}, got ${kindOf(is.leaves[i])}.\n` +
        'The carry keeps its shapes and dtypes: reshape or cast what the step returns, or the initial value.',
    );
  });
  return value;
}

export function kindOf(leaf: unknown): string {
  if (leaf instanceof tf.Tensor) return `${leaf.dtype}[${leaf.shape.join(', ')}]`;
  return isKey(leaf) ? `key[${leaf.shape.join(', ')}]` : `a ${typeof leaf}`;
}

/** One tree from those of all steps, leaves stacked on a new leading axis. */
export function stacked(name: string, ys: readonly FlatTree[]): unknown {
  const [first] = ys;
  if (first === undefined) {
    throw new Error(
      `${name}: expected at least one step, got none.\nThe shapes of the results are known only from a step: ` +
        'treat an empty sequence before the call.',
    );
  }
  const odd = ys.find((y) => !sameStructure(first.treedef, y.treedef));
  if (odd !== undefined) {
    throw new Error(
      `${name}: expected the same structure from every step, got ${String(first.treedef)} and ${String(odd.treedef)}.\n` +
        'Return the same keys and the same number of items in every step.',
    );
  }
  return first.treedef.unflatten(
    first.leaves.map((_, i) => {
      const place = pathText(first.paths[i]!, 'ys');
      return stackLeaves(
        name,
        place,
        ys.map((y) => y.leaves[i]),
      );
    }),
  );
}

/** Refuses results of a step that cannot be stacked. */
export function requireStackable(name: string, { leaves, paths }: FlatTree): void {
  leaves.forEach((leaf, i) => {
    if (!(leaf instanceof tf.Tensor) && !isKey(leaf)) throw unstackable(name, pathText(paths[i]!, 'ys'), kindOf(leaf));
  });
}

function stackLeaves(name: string, place: string, leaves: readonly unknown[]): unknown {
  const [first] = leaves;
  const odd = leaves.find((leaf) => kindOf(leaf) !== kindOf(first));
  if (odd === undefined) {
    if (first instanceof tf.Tensor) return tf.stack(leaves as tf.Tensor[]);
    if (isKey(first)) return stackKeys(leaves as [Key, ...Key[]]);
  }
  throw unstackable(name, place, odd === undefined ? kindOf(first) : `${kindOf(first)} and ${kindOf(odd)}`);
}

function unstackable(name: string, place: string, got: string): Error {
  return new Error(
    `${name} at ${place}: expected tensors, numbers or keys of one shape from every step, got ${got}.\n` +
      'Return the same shapes and dtypes in every step.',
  );
}

/** The value of a condition, an index or a bound. */
export function scalarOf(name: string, value: tf.Tensor | number | boolean): number {
  return value instanceof tf.Tensor ? oneElement(name, value).dataSync()[0]! : Number(value);
}

/** A condition, an index or a bound that is a tensor, as a scalar. */
export function oneElement(name: string, value: tf.Tensor): tf.Tensor {
  if (value.size === 1) return value.rank === 0 ? value : tf.reshape(value, []);
  throw new Error(
    `${name}: expected a scalar, got shape [${value.shape.join(', ')}].\nReduce it with \`tf.all\` or \`tf.any\`.`,
  );
}
