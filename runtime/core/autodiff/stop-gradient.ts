import * as tf from '@tensorflow/tfjs';
import type { TapeNode } from '../levels.js';
import { treeMap } from '../tree.js';
import { mark, markerKernel } from './marker-kernels.js';

/** A kernel of its own, so that every level of a transform sees it: the tape of the level below must stop as well. */
const kernelName = 'StopGradient';
markerKernel(kernelName, () => (dy) => tf.zerosLike(dy));

/** The same value with gradient zero: tensors of a tree, other leaves as they are. Mirrors `jax.lax.stop_gradient`. */
export function stopGradient<T>(x: T): T {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? mark(kernelName, leaf) : leaf), x) as T;
}

/** True for nodes that gradients do not pass. */
export function stops(node: TapeNode): boolean {
  return node.kernelName === kernelName;
}
