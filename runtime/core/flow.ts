import * as tf from '@tensorflow/tfjs';
import {
  type AnyBranch,
  type AnyFori,
  type AnyScan,
  type AnyWhile,
  traceLevel,
  tracedBranch,
  tracedFori,
  tracedScan,
  tracedWhile,
} from './flow-traced.js';
import { asTensors, lengthOf, oneElement, pairOf, sameKind, scalarOf, slicesOf, stacked } from './flow-trees.js';
import { chosenByExample, differsByExample } from './flow-mapped.js';
import { tidyTree } from './lifetime.js';
import type { Carried, Options, Unranked, Value } from './tree-typing.js';
import { type FlatTree, tensorsOf, treeFlatten } from './tree.js';

/** Options of `scan`. */
export type ScanOptions = Options<{
  /** Number of steps. Default from `xs`. */
  length: number | null;
  /** Default false. */
  reverse: boolean;
  /** True writes every step out under `jit`, where the body is otherwise compiled once. Default 1. */
  unroll: number | boolean;
}>;

/**
 * Folds `f(carry, x) → [carry, y]` over the leading axis of `xs` (tensors and arrays of keys); gives
 * `[carry, stacked ys]`. With `reverse`, from the last `x` to the first, ys in the order of xs. The carry keeps its
 * structure, shapes and dtypes; numbers in it become float32 tensors. Under `jit`, `f` is traced once for all steps.
 * Throws where the carry changes, where lengths differ and when there is no step. Mirrors `jax.lax.scan`.
 */
export function scan<C extends Value, X extends Value, Y extends Value>(
  f: (carry: Carried<C>, x: Unranked<X>) => readonly [carry: Carried<NoInfer<C>>, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: Carried<C>, ys: Unranked<Y>] {
  return tidyTree(() => {
    const length = lengthOf('jax.lax.scan', xs, options.length ?? null);
    const level = options.unroll === true || length < 2 ? null : traceLevel();
    const call = { who: 'jax.lax.scan', f, init, xs, length, reverse: options.reverse === true } as AnyScan;
    return level === null ? unrolledScan(call) : tracedScan(level, call, unrolledScan);
  }) as [Carried<C>, Unranked<Y>];
}

function unrolledScan({ who, f, init, xs, length, reverse }: AnyScan): [carry: unknown, ys: unknown] {
  const at = slicesOf(xs, length);
  const ys = new Array<FlatTree>(length);
  let carry = asTensors(init);
  for (let step = 0; step < length; step++) {
    const i = reverse ? length - 1 - step : step;
    const [next, y] = pairOf(tidyTree(() => f(carry, at(i))));
    carry = sameKind(who, carry, next);
    ys[i] = treeFlatten(asTensors(y));
  }
  return [carry, stacked(who, ys)];
}

/** `f` on each slice of the leading axis, one after the other, results stacked. Mirrors `jax.lax.map`. */
export function map<X extends Value, Y extends Value>(f: (x: Unranked<X>) => Y, xs: X): Unranked<Y> {
  return tidyTree(() => {
    const length = lengthOf('jax.lax.map', xs, null);
    const level = length < 2 ? null : traceLevel();
    const step = (carry: unknown, x: unknown): [unknown, unknown] => [carry, f(x as Unranked<X>)];
    const call: AnyScan = { who: 'jax.lax.map', f: step, init: null, xs, length, reverse: false };
    return (level === null ? unrolledScan(call) : tracedScan(level, call, unrolledScan))[1];
  }) as Unranked<Y>;
}

/**
 * One of two branches, by a boolean or scalar tensor, whose value is read. Only the branch taken runs; under `jit` both
 * are traced, and give the same structure, shapes and dtypes. Mirrors `jax.lax.cond`.
 */
export function cond<A extends readonly unknown[], R extends Value>(
  pred: tf.Tensor | boolean,
  trueFn: (...operands: A) => R,
  falseFn: (...operands: A) => NoInfer<Unranked<R>>,
  ...operands: A
): Unranked<R> {
  return tidyTree(() => {
    const level = pred instanceof tf.Tensor ? traceLevel() : null;
    if (level === null && differsByExample(pred)) {
      const flag = tf.cast(oneElement('jax.lax.cond', pred as tf.Tensor), 'bool');
      return chosenByExample('jax.lax.cond', [flag], [trueFn(...operands), falseFn(...operands)]);
    }
    if (level === null) return (scalarOf('jax.lax.cond', pred) !== 0 ? trueFn : falseFn)(...operands);
    const index = tf.cast(tf.cast(oneElement('jax.lax.cond', pred as tf.Tensor), 'bool'), 'int32');
    return tracedBranch(level, { who: 'jax.lax.cond', index, branches: [falseFn, trueFn], operands } as AnyBranch);
  }) as Unranked<R>;
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
  return tidyTree(() => {
    const level = index instanceof tf.Tensor ? traceLevel() : null;
    if (level !== null) {
      const at = oneElement('jax.lax.switch', index as tf.Tensor);
      return tracedBranch(level, { who: 'jax.lax.switch', index: at, branches, operands } as AnyBranch);
    }
    if (differsByExample(index)) {
      const at = oneElement('jax.lax.switch', index as tf.Tensor);
      const flags = branches.slice(1).map((_, i) => tf.less(at, i + 1));
      return chosenByExample(
        'jax.lax.switch',
        flags,
        branches.map((branch) => branch(...operands)),
      );
    }
    const at = Math.min(Math.max(Math.trunc(scalarOf('jax.lax.switch', index)), 0), branches.length - 1);
    return branches[at]!(...operands);
  }) as Unranked<R>;
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
    const level = traceLevel();
    if (level !== null) {
      const call = { who: 'jax.lax.whileLoop', condition: condFn, body: bodyFn, init } as AnyWhile;
      return tracedWhile(level, call) as Carried<T>;
    }
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
  return tidyTree(() => {
    const level = traceLevel();
    if (level !== null)
      return tracedFori(level, { lower, upper, body: bodyFn, init } as AnyFori, unrolledScan) as Carried<T>;
    const [from, to] = [scalarOf('jax.lax.foriLoop', lower), scalarOf('jax.lax.foriLoop', upper)];
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
