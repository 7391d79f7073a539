import * as tf from '@tensorflow/tfjs';
import { tensorsOf, treeMap } from '../core/tree.js';
import { levelNow } from './trace-level.js';

/** Marks tensors that a variable keeps. */
const held: unique symbol = Symbol('kept by a variable');
/** Marks tensors that a transform has put into variables for the time it runs; they belong to the transform. */
const lent: unique symbol = Symbol('put into a variable by a transform');
/** Marks are properties: a set with weak references takes longer than all else that setting a variable does. */
type Marked = tf.Tensor & { [held]?: boolean; [lent]?: boolean };

/** Inside a transform: tensors that variables have let go of, to be freed when it ends. */
let retired: Set<tf.Tensor> | null = null;

/** What a transform's function does to variables: what they keep, and what they let go of again. */
interface Frame {
  readonly level: number;
  readonly kept: Set<tf.Tensor>;
  readonly dropped: Set<tf.Tensor>;
}
let frame: Frame | null = null;

/**
 * The value as a variable keeps it: out of reach of `tf.tidy`. A tensor is taken as it is, or cloned when another
 * variable keeps it already; tensors of `before`, the variable's old value, stay.
 */
export function takeOver<T>(value: T, before: unknown = null): T {
  if (value instanceof tf.Tensor) return (value === before ? value : takeTensor(value)) as T;
  const own = new Set(tensorsOf(before));
  return treeMap((leaf: unknown) => {
    return leaf instanceof tf.Tensor && !own.has(leaf) ? takeTensor(leaf) : leaf;
  }, value) as T;
}

/** As `takeOver`, and lets go of the old value. */
export function replace<T>(before: unknown, value: T): T {
  const marked = typeof before === 'object' && before !== null && (before as Marked)[held] === true;
  if (marked && value instanceof tf.Tensor) {
    if ((value as unknown) === before) return value;
    const own = takeTensor(value) as T & tf.Tensor;
    drop(before as Marked);
    return own;
  }
  const own = takeOver(value, before);
  letGo(before, own);
  return own;
}

/** A copy of the value for a variable to keep; the original stays whose it is. The data is shared, not copied. */
export function takeCopy<T>(value: T): T {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? hold(tf.clone(leaf)) : leaf), value) as T;
}

/** Frees the tensors of an old value that the new one does not have: at once, or when the running transform ends. */
export function letGo(before: unknown, after: unknown): void {
  if (before instanceof tf.Tensor && after instanceof tf.Tensor) {
    if (before !== after) drop(before);
    return;
  }
  const still = tensorsIn(after);
  for (const tensor of tensorsIn(before)) if (!still.includes(tensor)) drop(tensor);
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

/**
 * Runs a transform's function: what variables keep meanwhile is cloned, so that `settle` can free it. What they let go
 * of again is freed at the end; what is left over is freed with the level, or passes to the surrounding transform.
 */
export function inFrame<T>(body: () => T): T {
  const outer = frame;
  const mine: Frame = { level: levelNow(), kept: new Set(), dropped: new Set() };
  frame = mine;
  try {
    return retired === null ? whileRetiring(body) : body();
  } finally {
    frame = outer;
    for (const tensor of mine.dropped) tensor.dispose();
    for (const tensor of mine.kept) {
      if (outer !== null && outer.level === mine.level) outer.kept.add(tensor);
      else if (mine.level !== 0) release(tensor);
    }
  }
}

/**
 * Runs a body while these values, which a transform has put into variables, belong to the transform: variables neither
 * take them over nor free them.
 */
export function whileLent<T>(values: readonly unknown[], body: () => T): T {
  const marked = values.flatMap(tensorsIn).filter((tensor: Marked) => tensor[lent] !== true);
  for (const tensor of marked as Marked[]) tensor[lent] = true;
  try {
    return body();
  } finally {
    for (const tensor of marked as Marked[]) tensor[lent] = false;
  }
}

/** The value as one that is nobody's: what a variable kept is freed, and cloned for the enclosing scope. */
export function settle(value: unknown): unknown {
  return treeMap((leaf: unknown) => {
    if (!(leaf instanceof tf.Tensor) || (leaf as Marked)[held] !== true) return leaf;
    const free = tf.clone(leaf);
    release(leaf);
    return free;
  }, value);
}

/** Whether a variable, or a transform, has the tensor. */
export function isBorrowed(leaf: unknown): boolean {
  if (!(leaf instanceof tf.Tensor)) return false;
  const { [held]: kept, [lent]: given } = leaf as Marked;
  return kept === true || given === true || frame?.dropped.has(leaf) === true || retired?.has(leaf) === true;
}

function tensorsIn(value: unknown): tf.Tensor[] {
  return value instanceof tf.Tensor ? [value] : tensorsOf(value);
}

function takeTensor(tensor: Marked): tf.Tensor {
  return hold(frame !== null || tensor[held] === true || tensor[lent] === true ? tf.clone(tensor) : tensor);
}

function hold(tensor: Marked): tf.Tensor {
  tensor[held] = true;
  frame?.kept.add(tensor);
  return tf.keep(tensor);
}

function drop(tensor: Marked): void {
  if (tensor[lent] === true || tensor[held] !== true) return;
  tensor[held] = false;
  if (frame?.kept.delete(tensor)) frame.dropped.add(tensor);
  else if (retired === null) tensor.dispose();
  else retired.add(tensor);
}

function release(tensor: Marked): void {
  tensor[held] = false;
  frame?.kept.delete(tensor);
  tensor.dispose();
}
