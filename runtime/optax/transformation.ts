import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../core/lifetime.js';
import { treeLeaves, treeMap } from '../core/tree.js';
import type { TreeNode } from '../core/tree-typing.js';

/** Optimizer state: tuples and dicts of tensors shaped like the parameters. */
export type OptState = TreeNode<tf.Tensor>;

/** A pair of pure functions that turns gradients into updates. `S` is the state of a hand-written one. */
export interface GradientTransformation<S = OptState> {
  /** State for `params` (any tree of tensors). */
  init(params: unknown): S;
  /** `[updates, new state]`; updates have the structure of the gradients. */
  update<T>(grads: T, state: S, params?: NoInfer<T>): [updates: T, state: S];
}

/** Any transformation, whatever its state. */
export type AnyTransformation = GradientTransformation<unknown>;

/** Leaves that take part: a tree of booleans, or a function that makes one. */
export type Mask = object | ((params: unknown) => unknown);

/** What a transformation does, with its own state in view; `defineTransformation` hides it. */
export interface TransformationRule<S> {
  init(params: unknown): S;
  update(grads: unknown, state: S, params: unknown): [updates: unknown, state: S];
}

/** A transformation from its rule: both functions free every intermediate tensor. */
export function defineTransformation<S>(rule: TransformationRule<S>): GradientTransformation {
  return {
    init: (params: unknown) => tidyTree(() => rule.init(params)) as OptState,
    update: <T>(grads: T, state: OptState, params?: NoInfer<T>) =>
      tidyTree(() => rule.update(grads, state as S, params)) as [T, OptState],
  };
}

/** Leaf-wise function of tensors over trees of one structure. */
export function mapTensors(f: (...leaves: tf.Tensor[]) => unknown, tree: unknown, ...rest: unknown[]): unknown {
  return treeMap(f as (...leaves: unknown[]) => unknown, tree, ...rest);
}

/** A tree of zeros like `tree`. */
export function zerosLike(tree: unknown): unknown {
  return mapTensors((leaf) => tf.zerosLike(leaf), tree);
}

/** A tensor like `leaf`, full of one value. */
export function fullLike(leaf: tf.Tensor, value: number | tf.Tensor): tf.Tensor {
  return tf.add(tf.zerosLike(leaf), value);
}

/** `params + updates`, in the dtype of the parameters. Mirrors `optax.apply_updates`. */
export function applyUpdates<P>(params: P, updates: NoInfer<P>): P {
  return tidyTree(() => mapTensors((p, u) => tf.cast(tf.add(p, u), p.dtype), params, updates)) as P;
}

/** √Σ x² over all leaves: scalar. Mirrors `optax.global_norm`. */
export function globalNorm(tree: unknown): tf.Tensor {
  return tf.tidy(() => {
    const sums = treeLeaves(tree).map((leaf) => tf.sum(tf.square(leaf as tf.Tensor)));
    return tf.sqrt(sums.reduce((total, sum) => tf.add(total, sum), tf.scalar(0)));
  });
}

/** stepSize · new + (1 − stepSize) · old, leaf by leaf. Mirrors `optax.incremental_update`. */
export function incrementalUpdate<T>(newTensors: T, oldTensors: NoInfer<T>, stepSize: number | tf.Tensor): T {
  return tidyTree(() =>
    mapTensors(
      (fresh, old) => tf.add(tf.mul(stepSize, fresh), tf.mul(tf.sub(1, stepSize), old)),
      newTensors,
      oldTensors,
    ),
  ) as T;
}

/** `newTensors` when `steps` is a multiple of `updatePeriod`, else `oldTensors`. Mirrors `optax.periodic_update`. */
export function periodicUpdate<T>(
  newTensors: T,
  oldTensors: NoInfer<T>,
  steps: number | tf.Tensor,
  updatePeriod: number,
): T {
  return tidyTree(() => {
    const due = tf.equal(tf.mod(tf.cast(asTensor(steps), 'int32'), tf.scalar(updatePeriod, 'int32')), 0);
    return mapTensors((fresh, old) => select(due, fresh, old), newTensors, oldTensors);
  }) as T;
}

/** `condition ? a : b` for a scalar condition and tensors of any shape. */
export function select(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.where(tf.broadcastTo(condition, a.shape), a, b);
}

/** A number as a float32 scalar; tensors as they are. */
export function asTensor(value: number | tf.Tensor): tf.Tensor {
  return typeof value === 'number' ? tf.scalar(value) : value;
}
