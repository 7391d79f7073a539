import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../lifetime.js';
import { record } from '../levels.js';
import type { Value } from '../tree-typing.js';
import { flattenUpTo, pathText, tensorsOf, treeFlatten } from '../tree.js';
import { callUnchanged } from '../unchanged.js';
import { requireSynchronous } from './arguments.js';
import './gradients/register.js';
import { linearise, withTensors } from './linearise.js';
import { pullBack } from './pullback.js';

/**
 * `[f(...primals), directional derivative along tangents]`. The derivative is the transpose of the gradient, so it costs
 * about a gradient more than in JAX. Mirrors `jax.jvp`.
 */
export function jvp<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  primals: readonly [...A],
  tangents: readonly [...NoInfer<A>],
): [output: R, tangent: R] {
  return tidyTree(() => {
    const run = forwardOf('jax.jvp', f, primals);
    try {
      return [run.output, run.derivative(tangents) as R];
    } finally {
      run.release();
    }
  });
}

/**
 * `[f(...primals), g]`; `g` gives the directional derivative along tangents of the primals, as often as wanted. What it
 * needs lives as long as the enclosing `tf.tidy`. Mirrors `jax.linearize`.
 */
export function linearize<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...primals: A
): [output: R, jvp: (...tangents: A) => R] {
  const run = forwardOf('jax.linearize', f, primals);
  run.releaseWithScope();
  return [run.output, (...tangents) => tidyTree(() => run.derivative(tangents) as R)];
}

/** A function that has run, and its derivative along tangents of the arguments. */
export interface ForwardRun<R> {
  readonly output: R;
  /** A tree like the output. */
  derivative(tangents: readonly unknown[]): unknown;
  release(): void;
  releaseWithScope(): void;
}

/** Runs `f` and its pullback on a probe: the pullback is linear in the probe, and its own gradient is the derivative. */
export function forwardOf<A extends readonly unknown[], R extends Value>(
  name: string,
  f: (...args: A) => R,
  primals: readonly unknown[],
): ForwardRun<R> {
  const { leaves, treedef, paths } = treeFlatten(primals);
  const {
    output: made,
    nodes,
    ...ends
  } = record(() => {
    const run = linearise(leaves, (given) => callUnchanged(name, f, { treedef, leaves: given }));
    requireSynchronous(name, run.output);
    const outputs = tensorsOf(run.output);
    const probes = outputs.map((output) => tf.zerosLike(output));
    return { output: run.output, probes, gradients: run.pullback(outputs, probes) };
  }, tensorsOf);
  const { output, probes, gradients } = made;
  const result = treeFlatten(output);
  return {
    output,
    ...ends,
    derivative(tangents) {
      const given = flattenUpTo(treedef, tangents);
      const along = leaves.flatMap((leaf, i) =>
        leaf instanceof tf.Tensor ? [likePrimal(name, given[i], leaf, pathText(paths[i]!.slice(1)))] : [],
      );
      const derivatives = pullBack({ inputs: probes, outputs: gradients, nodes }, along);
      return result.treedef.unflatten(withTensors(result.leaves, derivatives));
    },
  };
}

function likePrimal(name: string, tangent: unknown, primal: tf.Tensor, place: string): tf.Tensor {
  if (tangent instanceof tf.Tensor && tf.util.arraysEqual(tangent.shape, primal.shape)) return tangent;
  const got = tangent instanceof tf.Tensor ? `shape [${tangent.shape.join(', ')}]` : String(tangent);
  throw new Error(
    `${name}: expected a tangent of shape [${primal.shape.join(', ')}]${place && ` at ${place}`}, got ${got}.\n` +
      'Tangents have the structure and the shapes of the primals.',
  );
}
