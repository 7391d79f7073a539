import * as tf from '@tensorflow/tfjs';
import { mark, markerKernel } from './autodiff/marker-kernels.js';
import type { CheckpointPolicy } from './tree-typing.js';
import { treeMap } from './tree.js';

/** Names a value for the policies; returns it: tensors of a tree, other leaves as they are. `jax.ad_checkpoint.checkpoint_name`. */
export function checkpointName<T>(x: T, name: string): T {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? mark(naming, leaf, { name }) : leaf), x) as T;
}

const naming = 'CheckpointName';
markerKernel(naming, () => (dy) => tf.clone(dy));

/** A kernel that runs under a policy. */
export interface PolicyCall {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.TensorInfo | null | undefined>>;
  readonly attrs: unknown;
}

/** What the policies of this file are asked in addition to the name. */
interface Details {
  readonly isNamed: boolean;
  readonly inputs: PolicyCall['inputs'];
}

/** Whether a policy keeps what a kernel gives; a policy that answers with another is asked again. */
export function keeps(policy: CheckpointPolicy, { kernelName, inputs, attrs }: PolicyCall): boolean {
  const isNamed = kernelName === naming;
  const name = isNamed ? (attrs as { readonly name: string }).name : kernelName;
  let answer: boolean | CheckpointPolicy = policy;
  while (typeof answer === 'function') {
    answer = (answer as (name: string, details: Details) => boolean | CheckpointPolicy)(name, { isNamed, inputs });
  }
  return answer;
}

/** Policies for `checkpoint`, by the names that JAX gives them. */
export const checkpointPolicies = {
  everythingSaveable: policy(() => true),
  nothingSaveable: policy(() => false),
  /** Results of matmuls and convolutions. */
  dotsSaveable: policy(isProduct),
  /** Same as `dotsSaveable`. */
  checkpointDots: policy(isProduct),
  /** Results of matmuls without batch axes. */
  dotsWithNoBatchDimsSaveable: policy((name, details) => isProduct(name, details) && !isBatched(details)),
  /** Same as `dotsWithNoBatchDimsSaveable`. */
  checkpointDotsWithNoBatchDims: policy((name, details) => isProduct(name, details) && !isBatched(details)),
  /** Values that `checkpointName` gave one of these names. */
  saveOnlyTheseNames: (...names: string[]): CheckpointPolicy =>
    policy((name, { isNamed }) => isNamed && names.includes(name)),
  /** Named values but these. */
  saveAnyNamesButThese: (...names: string[]): CheckpointPolicy =>
    policy((name, { isNamed }) => isNamed && !names.includes(name)),
  /** All values but those with these names. */
  saveAnythingExceptTheseNames: (...names: string[]): CheckpointPolicy =>
    policy((name, { isNamed }) => !isNamed || !names.includes(name)),
} as const;

/** As a policy that may also be asked by a name alone, by another policy. */
function policy(test: (name: string, details: Details) => boolean): CheckpointPolicy {
  const asked = (name: string, details: Details = { isNamed: true, inputs: {} }) => test(name, details);
  return asked;
}

function isProduct(name: string, { isNamed }: Details): boolean {
  return products.has(name) && !isNamed;
}

const products = new Set([
  'BatchMatMul',
  '_FusedMatMul',
  'Einsum',
  'Conv2D',
  'FusedConv2D',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2D',
  'Conv2DBackpropInput',
  'Conv3D',
  'Conv3DBackpropInputV2',
]);

/** Both operands of a matrix product have batch axes. */
function isBatched({ inputs }: Details): boolean {
  const [a, b] = [inputs['a'], inputs['b']];
  if (a == null || b == null) return false;
  return [a, b].every(({ shape }) => shape.slice(0, -2).some((size) => size !== 1));
}
