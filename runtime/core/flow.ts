import * as tf from '@tensorflow/tfjs';
import { isKey, keyWords, makeKey } from './key.js';
import { tidyTree } from './lifetime.js';
import type { Carried, Options, Unranked, Value } from './tree-typing.js';
import { type FlatTree, pathText, sameStructure, tensorsOf, treeFlatten, treeMap } from './tree.js';

/** Options of `scan`. */
export type ScanOptions = Options<{
  /** Number of steps. Default from `xs`. */
  length: number | null;
  /** Default false. */
  reverse: boolean;
  /** Default 1. Accepted; every step runs on its own. */
  unroll: number | boolean;
}>;

/**
 * Folds `f(carry, x) → [carry, y]` over the leading axis of `xs` (tensors and arrays of keys); gives
 * `[carry, stacked ys]`. With `reverse`, from the last `x` to the first, ys in the order of xs. The carry keeps its
 * structure, shapes and dtypes; numbers in it become float32 tensors. Throws where they change, where lengths differ
 * and when there is no step. Mirrors `jax.lax.scan`.
 */
export function scan<C extends Value, X extends Value, Y extends Value>(
  f: (carry: Carried<C>, x: Unranked<X>) => readonly [carry: Carried<NoInfer<C>>, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: Carried<C>, ys: Unranked<Y>] {
  return tidyTree(() => {
    const { length, at } = slicesOf('jax.lax.scan', xs, options.length ?? null);
    const ys = new Array<FlatTree>(length);
    let carry = asTensors(init) as Carried<C>;
    for (let step = 0; step < length; step++) {
      const i = options.reverse === true ? length - 1 - step : step;
      const [next, y] = pairOf(tidyTree(() => f(carry, at(i) as Unranked<X>)));
      carry = sameKind('jax.lax.scan', carry, next);
      ys[i] = treeFlatten(asTensors(y));
    }
    return [carry, stacked('jax.lax.scan', ys) as Unranked<Y>];
  });
}

/** `f` on each slice of the leading axis, one after the other, results stacked. Mirrors `jax.lax.map`. */
export function map<X extends Value, Y extends Value>(f: (x: Unranked<X>) => Y, xs: X): Unranked<Y> {
  return tidyTree(() => {
    const { length, at } = slicesOf('jax.lax.map', xs, null);
    const ys = Array.from({ length }, (_, i) => treeFlatten(asTensors(tidyTree(() => f(at(i) as Unranked<X>)))));
    return stacked('jax.lax.map', ys) as Unranked<Y>;
  });
}

/**
 * One of two branches, by a boolean or scalar tensor, whose value is read. Only the branch taken runs. Mirrors
 * `jax.lax.cond`.
 */
export function cond<A extends readonly unknown[], R extends Value>(
  pred: tf.Tensor | boolean,
  trueFn: (...operands: A) => R,
  falseFn: (...operands: A) => NoInfer<Unranked<R>>,
  ...operands: A
): Unranked<R> {
  const branch = scalarOf('jax.lax.cond', pred) !== 0 ? trueFn : falseFn;
  return tidyTree(() => branch(...operands)) as Unranked<R>;
}

/** Branch number `index`, clamped to the branches there are. Mirrors `jax.lax.switch`. */
export function switchBranch<A extends readonly unknown[], R extends Value>(
  index: tf.Tensor | number,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): Unranked<R> {
  if (branches.length === 0) {
    throw new Error('jax.lax.switch: expected at least one branch, got none.\nPass the functions to choose from.');
  }
  const at = Math.min(Math.max(Math.trunc(scalarOf('jax.lax.switch', index)), 0), branches.length - 1);
  return tidyTree(() => branches[at]!(...operands)) as Unranked<R>;
}

/**
 * Repeats `body` while `cond` holds, reading its value on the host. What a step no longer needs is freed at once.
 * Throws where the value changes its structure, shapes or dtypes. Mirrors `jax.lax.while_loop`.
 */
export function whileLoop<T extends Value>(
  condFn: (value: Carried<T>) => tf.Tensor | boolean,
  bodyFn: (value: Carried<T>) => Carried<NoInfer<T>>,
  init: T,
): Carried<T> {
  return tidyTree(() => {
    const holds = (value: Carried<T>): boolean => tf.tidy(() => scalarOf('jax.lax.whileLoop', condFn(value)) !== 0);
    let value = asTensors(init) as Carried<T>;
    while (holds(value)) value = advance('jax.lax.whileLoop', { init, value }, bodyFn);
    return value;
  });
}

/**
 * `body(i, value)` for i (an int32 scalar) from `lower` up to, not including, `upper`. What a step no longer needs is
 * freed at once. Throws where the value changes its structure, shapes or dtypes. Mirrors `jax.lax.fori_loop`.
 */
export function foriLoop<T extends Value>(
  lower: number | tf.Tensor,
  upper: number | tf.Tensor,
  bodyFn: (i: tf.Tensor, value: Carried<T>) => Carried<NoInfer<T>>,
  init: T,
  _options: Options<{ /** Default 1. */ unroll: number | boolean }> = {},
): Carried<T> {
  const [from, to] = [scalarOf('jax.lax.foriLoop', lower), scalarOf('jax.lax.foriLoop', upper)];
  return tidyTree(() => {
    let value = asTensors(init) as Carried<T>;
    for (let i = from; i < to; i++) {
      value = advance('jax.lax.foriLoop', { init, value }, (now) => bodyFn(tf.scalar(i, 'int32'), now));
    }
    return value;
  });
}

/** The next value of a loop; frees what only the one before held. */
function advance<V>(
  name: string,
  { init, value }: { readonly init: unknown; readonly value: V },
  body: (v: V) => V,
): V {
  const next = sameKind(
    name,
    value,
    tidyTree(() => body(value)),
  );
  const needed = new Set(tensorsOf([init, next]));
  for (const tensor of tensorsOf(value)) if (!needed.has(tensor)) tensor.dispose();
  return next;
}

/** Numbers and booleans as scalars; keys and everything else as they are. */
function asTensors(tree: unknown): unknown {
  return treeMap((leaf: unknown) => {
    if (typeof leaf === 'number') return tf.scalar(leaf);
    return typeof leaf === 'boolean' ? tf.scalar(leaf) : leaf;
  }, tree);
}

interface Slices {
  readonly length: number;
  at(index: number): unknown;
}

/** How many slices `xs` has along its leading axis, and each of them. */
function slicesOf(name: string, xs: unknown, given: number | null): Slices {
  const { leaves, paths, treedef } = treeFlatten(xs);
  const sizes = leaves.map((leaf, i) => leadingSize(name, leaf, pathText(paths[i]!, 'xs')));
  const length = given ?? sizes[0];
  if (length === undefined) {
    throw new Error(`${name}: expected a length, got neither xs nor { length }.\nPass { length: number of steps }.`);
  }
  const odd = sizes.findIndex((size) => size !== length);
  if (odd >= 0) {
    throw new Error(
      `${name} at ${pathText(paths[odd]!, 'xs')}: expected ${length} slices on the leading axis, got ${sizes[odd]}.\n` +
        'All of xs, and `length` if given, have the same length.',
    );
  }
  const parts = length === 0 ? [] : leaves.map((leaf) => (leaf instanceof tf.Tensor ? tf.unstack(leaf) : leaf));
  return { length, at: (index) => treedef.unflatten(parts.map((part) => (part as readonly unknown[])[index])) };
}

function leadingSize(name: string, leaf: unknown, place: string): number {
  if ((leaf instanceof tf.Tensor || isKey(leaf)) && leaf.shape.length > 0) return leaf.shape[0]!;
  const got = leaf instanceof tf.Tensor || isKey(leaf) ? 'a scalar' : `a ${typeof leaf}`;
  throw new Error(
    `${name} at ${place}: expected a tensor or keys with a leading axis, got ${got}.\n` +
      'Close over what is the same in every step, or put it in the carry.',
  );
}

function pairOf<C, Y>(result: readonly [C, Y]): readonly [C, Y] {
  if (Array.isArray(result) && result.length === 2) return result;
  throw new Error(
    'jax.lax.scan: expected [carry, y] from the function, got another value.\nReturn a pair; y may be null.',
  );
}

/** `next` with numbers as tensors, once it is found to be like `before`. */
function sameKind<T>(name: string, before: T, next: T): T {
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

function kindOf(leaf: unknown): string {
  if (leaf instanceof tf.Tensor) return `${leaf.dtype}[${leaf.shape.join(', ')}]`;
  return isKey(leaf) ? `key[${leaf.shape.join(', ')}]` : `a ${typeof leaf}`;
}

/** One tree from those of all steps, leaves stacked on a new leading axis. */
function stacked(name: string, ys: readonly FlatTree[]): unknown {
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

function stackLeaves(name: string, place: string, leaves: readonly unknown[]): unknown {
  const [first] = leaves;
  const odd = leaves.find((leaf) => kindOf(leaf) !== kindOf(first));
  if (odd === undefined) {
    if (first instanceof tf.Tensor) return tf.stack(leaves as tf.Tensor[]);
    if (isKey(first)) {
      const words = leaves.flatMap((leaf) => (isKey(leaf) ? Array.from(keyWords(leaf)) : []));
      return makeKey(Uint32Array.from(words), [leaves.length, ...first.shape]);
    }
  }
  const got = odd === undefined ? kindOf(first) : `${kindOf(first)} and ${kindOf(odd)}`;
  throw new Error(
    `${name} at ${place}: expected tensors, numbers or keys of one shape from every step, got ${got}.\n` +
      'Return the same shapes and dtypes in every step.',
  );
}

/** The value of a condition, an index or a bound. */
function scalarOf(name: string, value: tf.Tensor | number | boolean): number {
  if (!(value instanceof tf.Tensor)) return Number(value);
  if (value.size === 1) return value.dataSync()[0]!;
  throw new Error(
    `${name}: expected a scalar, got shape [${value.shape.join(', ')}].\nReduce it with \`tf.all\` or \`tf.any\`.`,
  );
}
