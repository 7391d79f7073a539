import * as tf from '@tensorflow/tfjs';
import { type Recording, record } from '../levels.js';
import { tensorsOf } from '../tree.js';
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
