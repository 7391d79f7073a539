import * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeMap } from '../core/tree.js';
import { mistake } from './mistake.js';

/**
 * Calls `f` with the first `numDims` axes of its tensors merged into one, and splits the first axis of what it gives
 * again. Tensors with fewer axes are passed as they are. Flax `BatchApply`.
 */
export function batchApply(
  f: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  numDims: number,
): unknown {
  const tensors = treeLeaves(args).filter((leaf) => leaf instanceof tf.Tensor);
  const example = tensors.find((tensor) => tensor.rank >= numDims);
  if (example === undefined) {
    throw mistake(
      'BatchApply',
      `expected an argument of at least ${numDims} axes, got none.`,
      'Pass a batched tensor.',
    );
  }
  const outer = example.shape.slice(0, numDims);
  const merge = (leaf: unknown) =>
    leaf instanceof tf.Tensor && leaf.rank >= numDims ? tf.reshape(leaf, [-1, ...leaf.shape.slice(numDims)]) : leaf;
  const split = (leaf: unknown) =>
    leaf instanceof tf.Tensor ? tf.reshape(leaf, [...outer, ...leaf.shape.slice(1)]) : leaf;
  return treeMap(split, f(...(treeMap(merge, args) as unknown[])));
}
