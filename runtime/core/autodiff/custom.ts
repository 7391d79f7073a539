import * as tf from '@tensorflow/tfjs';
import type { Argnums, Options, Value } from '../tree-typing.js';
import { type FlatTree, flattenUpTo, treeFlatten } from '../tree.js';
import { callUnchanged } from '../unchanged.js';
import { runOperation } from './custom-operation.js';
import { withTensors } from './linearise.js';

/** A function with its own gradient, set by `defvjp`. Mirrors `jax.custom_vjp`. */
export interface CustomVjp<A extends readonly unknown[], R> {
  (...args: A): R;
  /** `forward` returns `[output, residuals]`; `backward` returns one gradient for each argument. */
  defvjp<Residuals extends Value>(
    forward: (...args: A) => readonly [output: R, residuals: Residuals],
    backward: (residuals: Residuals, cotangent: R) => readonly unknown[],
  ): void;
}

/**
 * Gives `f` its own gradient, of which null stands for zeros. Arguments of `nondiffArgnums` come first in `backward`, as
 * in JAX. Under `vmap`, `forward` and `backward` may not close over tensors of the mapped function: pass them.
 */
export function customVjp<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: Options<{ /** Arguments without gradient. Default []. */ nondiffArgnums: Argnums }> = {},
): CustomVjp<A, R> {
  const fixed = new Set([options.nondiffArgnums ?? []].flat() as number[]);
  let rule = null as Rule | null;
  const call = (...args: A): R => {
    if (rule === null) {
      throw new Error(
        `jax.customVjp: expected a gradient for ${f.name || 'the function'}, got none.\n` +
          'Call `.defvjp(forward, backward)` before the function.',
      );
    }
    return callWith({ ...rule, f: f as unknown as Rule['f'] }, args, fixed) as R;
  };
  return Object.assign(call, {
    defvjp(forward: unknown, backward: unknown) {
      rule = { forward, backward } as Rule;
    },
  });
}

interface Rule {
  f(...args: unknown[]): unknown;
  forward(...args: unknown[]): readonly [output: unknown, residuals: unknown];
  backward(...args: unknown[]): readonly unknown[];
}

function callWith(rule: Rule, args: readonly unknown[], fixed: ReadonlySet<number>): unknown {
  const { leaves, treedef } = treeFlatten(args.filter((_, i) => !fixed.has(i)));
  let result!: FlatTree;
  let residuals!: FlatTree;
  const outputs = runOperation({
    leaves,
    plain(given) {
      const f = (...free: unknown[]) => rule.f(...withFree(args, fixed, free));
      result = treeFlatten(callUnchanged('jax.customVjp', f, { treedef, leaves: given }));
      return tensorsAmong(result.leaves);
    },
    forward(given) {
      const forward = (...free: unknown[]) => rule.forward(...withFree(args, fixed, free));
      const [output, kept] = callUnchanged('jax.customVjp', forward, { treedef, leaves: given });
      result = treeFlatten(output);
      residuals = treeFlatten(kept);
      return { outputs: tensorsAmong(result.leaves), residuals: tensorsAmong(residuals.leaves) };
    },
    backward(saved, cotangents) {
      const kept = residuals.treedef.unflatten(withTensors(residuals.leaves, saved));
      const cotangent = result.treedef.unflatten(withTensors(result.leaves, cotangents));
      const gradients = rule.backward(...args.filter((_, i) => fixed.has(i)), kept, cotangent);
      return gradientsOf(tensorsAmong(leaves), leaves, flattenUpTo(treedef, gradients));
    },
  });
  return result.treedef.unflatten(withTensors(result.leaves, outputs));
}

/** The arguments with those that have a gradient replaced. */
function withFree(args: readonly unknown[], fixed: ReadonlySet<number>, free: readonly unknown[]): unknown[] {
  let next = 0;
  return args.map((arg, i) => (fixed.has(i) ? arg : free[next++]));
}

/** One gradient for each input tensor; null stands for zeros. */
function gradientsOf(
  inputs: readonly tf.Tensor[],
  leaves: readonly unknown[],
  gradients: readonly unknown[],
): tf.Tensor[] {
  const given = gradients.filter((_, i) => leaves[i] instanceof tf.Tensor);
  return inputs.map((input, i) => (given[i] instanceof tf.Tensor ? given[i] : tf.zeros(input.shape, input.dtype)));
}

function tensorsAmong(leaves: readonly unknown[]): tf.Tensor[] {
  return leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
}
