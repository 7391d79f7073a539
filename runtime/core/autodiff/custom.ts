import * as tf from '@tensorflow/tfjs';
import { isRecording, runCustom } from '../levels.js';
import type { Argnums, Options, Value } from '../tree-typing.js';
import { flattenUpTo, treeFlatten } from '../tree.js';
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

/** Gives `f` its own gradient. Arguments of `nondiffArgnums` come first in `backward`, as in JAX. */
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
    return isRecording() ? (callWith(rule, args, fixed) as R) : f(...args);
  };
  return Object.assign(call, {
    defvjp(forward: unknown, backward: unknown) {
      rule = { forward, backward } as Rule;
    },
  });
}

interface Rule {
  forward(...args: unknown[]): readonly [output: unknown, residuals: unknown];
  backward(...args: unknown[]): readonly unknown[];
}

function callWith(rule: Rule, args: readonly unknown[], fixed: ReadonlySet<number>): unknown {
  const free = args.filter((_, i) => !fixed.has(i));
  const { leaves, treedef } = treeFlatten(free);
  const inputs = leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
  let result!: ReturnType<typeof treeFlatten>;
  let residuals!: ReturnType<typeof treeFlatten>;
  const outputs = runCustom({
    inputs,
    forward(save) {
      const [output, kept] = rule.forward(...args);
      result = treeFlatten(output);
      residuals = treeFlatten(kept);
      save(tensorsAmong(residuals.leaves));
      return tensorsAmong(result.leaves);
    },
    backward(cotangents, saved) {
      const kept = residuals.treedef.unflatten(withTensors(residuals.leaves, saved));
      const cotangent = result.treedef.unflatten(withTensors(result.leaves, cotangents));
      const gradients = rule.backward(...args.filter((_, i) => fixed.has(i)), kept, cotangent);
      return gradientsOf(inputs, leaves, flattenUpTo(treedef, gradients));
    },
  });
  return result.treedef.unflatten(withTensors(result.leaves, outputs));
}

/** One gradient for each input tensor; null stands for zeros. */
function gradientsOf(
  inputs: readonly tf.Tensor[],
  leaves: readonly unknown[],
  gradients: readonly unknown[],
): tf.Tensor[] {
  const given = gradients.filter((_, i) => leaves[i] instanceof tf.Tensor);
  return inputs.map((input, i) => (given[i] instanceof tf.Tensor ? given[i] : tf.zerosLike(input)));
}

function tensorsAmong(leaves: readonly unknown[]): tf.Tensor[] {
  return leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
}
