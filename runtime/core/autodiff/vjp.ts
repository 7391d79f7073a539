import * as tf from '@tensorflow/tfjs';
import type { Value } from '../tree-typing.js';
import { flattenUpTo, pathText, treeFlatten } from '../tree.js';
import './gradients/register.js';
import { linearise, withTensors } from './linearise.js';
import { callUnchanged } from '../unchanged.js';

/**
 * `[f(...primals), pullback]`; the pullback turns a cotangent like the output into gradients of all primals. Mirrors
 * `jax.vjp`. What the pullback needs lives as long as the enclosing `tf.tidy`.
 */
export function vjp<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...primals: A
): [output: R, pullback: (cotangent: R) => A] {
  const { leaves, treedef } = treeFlatten(primals);
  const run = linearise(leaves, (inputs) => callUnchanged('jax.vjp', f, { treedef, leaves: inputs }));
  run.releaseWithScope();
  const outputs = treeFlatten(run.output);
  const pullback = (cotangent: R): A => {
    const given = flattenUpTo(outputs.treedef, cotangent);
    const pairs = outputs.leaves.flatMap((output, i): [tf.Tensor, tf.Tensor][] =>
      output instanceof tf.Tensor ? [[output, likeOutput(given[i], output, pathText(outputs.paths[i]!))]] : [],
    );
    const gradients = run.pullback(
      pairs.map(([output]) => output),
      pairs.map(([, tangent]) => tangent),
    );
    return treedef.unflatten(withTensors(leaves, gradients)) as A;
  };
  return [run.output, pullback];
}

function likeOutput(cotangent: unknown, output: tf.Tensor, place: string): tf.Tensor {
  if (cotangent instanceof tf.Tensor && tf.util.arraysEqual(cotangent.shape, output.shape)) return cotangent;
  const got = cotangent instanceof tf.Tensor ? `shape [${cotangent.shape.join(', ')}]` : String(cotangent);
  throw new Error(
    `jax.vjp: expected a cotangent of shape [${output.shape.join(', ')}]${place && ` at ${place}`}, got ${got}.\n` +
      'The cotangent has the structure and the shapes of the output.',
  );
}
