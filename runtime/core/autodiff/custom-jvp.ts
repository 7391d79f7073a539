import * as tf from '@tensorflow/tfjs';
import type { Argnums, Options, Value } from '../tree-typing.js';
import { type FlatTree, tensorsOf, treeFlatten } from '../tree.js';
import { runOperation } from './custom-operation.js';
import { linearise, withTensors } from './linearise.js';

/** A function with its own derivative, set by `defjvp`. Mirrors `jax.custom_jvp`. */
export interface CustomJvp<A extends readonly unknown[], R> {
  (...args: A): R;
  /** `jvp` takes primals and tangents and returns `[output, tangent]`. */
  defjvp(jvp: (primals: A, tangents: A) => readonly [output: R, tangent: R]): void;
}

/**
 * Gives `f` its own derivative, linear in the tangents; gradients are its transpose. Arguments of `nondiffArgnums` come
 * first in the rule, as in JAX, and are left out of primals and tangents.
 */
export function customJvp<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: Options<{ /** Arguments without derivative. Default []. */ nondiffArgnums: Argnums }> = {},
): CustomJvp<A, R> {
  const fixed = new Set([options.nondiffArgnums ?? []].flat() as number[]);
  let rule = null as Rule | null;
  const call = (...args: A): R => {
    if (rule === null) {
      throw new Error(
        `jax.customJvp: expected a derivative for ${f.name || 'the function'}, got none.\n` +
          'Call `.defjvp(rule)` before the function.',
      );
    }
    return callWith({ f: f as unknown as Plain, rule }, args, fixed) as R;
  };
  return Object.assign(call, {
    defjvp(jvp: unknown) {
      rule = jvp as Rule;
    },
  });
}

type Plain = (...args: unknown[]) => unknown;
/** Fixed arguments, then primals and tangents. */
type Rule = (...args: unknown[]) => readonly [output: unknown, tangent: unknown];

function callWith(
  { f, rule }: { readonly f: Plain; readonly rule: Rule },
  args: readonly unknown[],
  fixed: ReadonlySet<number>,
): unknown {
  const kept = args.filter((_, i) => fixed.has(i));
  const { leaves, treedef } = treeFlatten(args.filter((_, i) => !fixed.has(i)));
  const derived = (primals: readonly unknown[], tangents: readonly unknown[]) =>
    rule(...kept, treedef.unflatten(primals), treedef.unflatten(tangents));
  let result!: FlatTree;
  const outputs = runOperation({
    leaves,
    plain(given) {
      const free = treedef.unflatten(given) as unknown[];
      let next = 0;
      result = treeFlatten(f(...args.map((arg, i) => (fixed.has(i) ? arg : free[next++]))));
      return tensorsOf(result.leaves);
    },
    forward(given) {
      result = treeFlatten(derived(given, zeroTangents(given))[0]);
      return { outputs: tensorsOf(result.leaves), residuals: tensorsOf(given) };
    },
    backward(saved, cotangents) {
      const primals = withTensors(leaves, saved);
      const run = linearise(zeroTangents(primals), (tangents) => derived(primals, tangents)[1]);
      try {
        const tangents = treeFlatten(run.output).leaves.filter((leaf) => leaf instanceof tf.Tensor);
        return run.pullback(tangents as tf.Tensor[], cotangents);
      } finally {
        run.release();
      }
    },
  });
  return result.treedef.unflatten(withTensors(result.leaves, outputs));
}

function zeroTangents(primals: readonly unknown[]): unknown[] {
  return primals.map((leaf) => (leaf instanceof tf.Tensor ? tf.zerosLike(leaf) : leaf));
}
