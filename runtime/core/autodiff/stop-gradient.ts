import * as tf from '@tensorflow/tfjs';
import type { TapeNode } from '../levels.js';
import { treeMap } from '../tree.js';

/** The same value with gradient zero: tensors of a tree, other leaves as they are. Mirrors `jax.lax.stop_gradient`. */
export function stopGradient<T>(x: T): T {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? stopped(leaf) : leaf), x) as T;
}

/** True for nodes that gradients do not pass. */
export function stops(node: TapeNode): boolean {
  return node.kernelName === kernelName;
}

/** A kernel of its own, so that every level of a transform sees it: the tape of the level below must stop as well. */
const kernelName = 'StopGradient';

function stopped(x: tf.Tensor): tf.Tensor {
  ensureKernel();
  return tf.engine().runKernel(kernelName, { x }) as tf.Tensor;
}

function ensureKernel(): void {
  const backendName = tf.getBackend();
  if (tf.getKernel(kernelName, backendName) !== undefined) return;
  const identity = tf.getKernel('Identity', backendName);
  tf.registerKernel({ ...identity, kernelName, backendName });
}

tf.registerGradient({ kernelName, gradFunc: (dy) => ({ x: () => tf.zerosLike(dy as tf.Tensor) }) });
