import * as tf from '@tensorflow/tfjs';
import { type Recording, record } from '../levels.js';
import type { Value } from '../tree-typing.js';
import { flattenUpTo, pathText, tensorsOf, treeFlatten } from '../tree.js';
import './gradients.js';
import { pullBack } from './pullback.js';

/** A function that has run, and how to differentiate it. */
export interface Linearisation<T> {
  readonly output: T;
  /** Gradients of the tensors that were passed in, from cotangents of `outputs`. May be called again. */
  pullback(outputs: readonly tf.Tensor[], cotangents: readonly tf.Tensor[]): tf.Tensor[];
  /** Frees what the backward pass needs. */
  release(): void;
  /** Leaves it to the enclosing `tf.tidy` to free that. */
  releaseWithScope(): void;
}

/**
 * `[f(...primals), pullback]`; the pullback turns a cotangent like the output into gradients of all primals. Mirrors
 * `jax.vjp`. What the pullback needs lives as long as the enclosing `tf.tidy`.
 */
export function vjp<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...primals: A
): [output: R, pullback: (cotangent: R) => A] {
  const { leaves, treedef } = treeFlatten(primals);
  const run = linearise(leaves, (inputs) => f(...(treedef.unflatten(inputs) as A)));
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

/**
 * Runs `f` on fresh copies of the tensors among `leaves` (so that an argument and the same tensor closed over are two
 * variables, as in JAX) and records it. Intermediates are freed; tensors in the output belong to the enclosing scope.
 */
export function linearise<T>(leaves: readonly unknown[], f: (leaves: readonly unknown[]) => T): Linearisation<T> {
  const originals = leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
  const inputs = originals.map((tensor) => tf.clone(tensor));
  let recording: Recording<T>;
  try {
    recording = record(() => f(withTensors(leaves, inputs)), tensorsOf);
  } catch (error) {
    tf.dispose(inputs);
    throw error;
  }
  const { output, nodes, release, releaseWithScope } = recording;
  const returned = new Set(tensorsOf(output));
  return {
    output,
    pullback: (outputs, cotangents) => pullBack({ inputs, outputs, nodes }, cotangents),
    release: () => {
      release();
      for (const input of inputs) if (!returned.has(input)) input.dispose();
    },
    releaseWithScope,
  };
}

/** `leaves` with its tensors replaced, in order. */
export function withTensors(leaves: readonly unknown[], tensors: readonly tf.Tensor[]): unknown[] {
  let next = 0;
  return leaves.map((leaf) => (leaf instanceof tf.Tensor ? tensors[next++] : leaf));
}

function likeOutput(cotangent: unknown, output: tf.Tensor, place: string): tf.Tensor {
  if (cotangent instanceof tf.Tensor && tf.util.arraysEqual(cotangent.shape, output.shape)) return cotangent;
  const got = cotangent instanceof tf.Tensor ? `shape [${cotangent.shape.join(', ')}]` : String(cotangent);
  throw new Error(
    `jax.vjp: expected a cotangent of shape [${output.shape.join(', ')}]${place && ` at ${place}`}, got ${got}.\n` +
      'The cotangent has the structure and the shapes of the output.',
  );
}
