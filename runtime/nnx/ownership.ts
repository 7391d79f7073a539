import * as tf from '@tensorflow/tfjs';
import { tensorsOf, treeMap } from '../core/tree.js';

/** Tensors that a variable keeps. */
const held = new WeakSet<tf.Tensor>();
/** Inside a transform: tensors that variables have let go of, to be freed when it ends. */
let retired: Set<tf.Tensor> | null = null;

/**
 * The value as a variable keeps it: out of reach of `tf.tidy`. A tensor is taken as it is, or cloned when another
 * variable keeps it already; tensors of `before`, the variable's old value, stay.
 */
export function takeOver<T>(value: T, before: unknown = null): T {
  const own = new Set(tensorsOf(before));
  return treeMap((leaf: unknown) => {
    if (!(leaf instanceof tf.Tensor) || own.has(leaf)) return leaf;
    return hold(held.has(leaf) ? tf.clone(leaf) : leaf);
  }, value) as T;
}

/** A copy of the value for a variable to keep; the original stays whose it is. The data is shared, not copied. */
export function takeCopy<T>(value: T): T {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? hold(tf.clone(leaf)) : leaf), value) as T;
}

/** Frees the tensors of an old value that the new one does not have: at once, or when the running transform ends. */
export function letGo(before: unknown, after: unknown): void {
  const still = new Set(tensorsOf(after));
  for (const tensor of tensorsOf(before)) {
    if (still.has(tensor) || !held.delete(tensor)) continue;
    if (retired === null) tensor.dispose();
    else retired.add(tensor);
  }
}

/** Runs a body in which replaced values stay readable; they are freed afterwards, unless the result has them. */
export function whileRetiring<T>(body: () => T): T {
  const outer = retired;
  const mine = (retired = new Set<tf.Tensor>());
  let result: unknown = null;
  try {
    result = body();
    return result as T;
  } finally {
    retired = outer;
    const returned = new Set(tensorsOf(result));
    for (const tensor of mine) {
      if (outer !== null) outer.add(tensor);
      else if (!returned.has(tensor)) tensor.dispose();
    }
  }
}

function hold(tensor: tf.Tensor): tf.Tensor {
  held.add(tensor);
  return tf.keep(tensor);
}
