/** Variables as flat lists: Linen's collections, perturbed so that nothing is at its initial value. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorData } from '../tensor-data.js';
import { generatorOf } from './generator.js';
import type { Runtime } from './runtime.js';
import { makeTensor, readTensor } from './values.js';

export interface Leaf {
  readonly collection: string;
  readonly path: readonly string[];
  readonly data: TensorData;
}

/** `params/Block_0/Dense_0/kernel`. */
export function leafName({ collection, path }: Pick<Leaf, 'collection' | 'path'>): string {
  return [collection, ...path].join('/');
}

/** The leaves of Linen variables, off the backend. */
export function flattenVariables({ tf }: Runtime, variables: object): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (collection: string, node: unknown, path: readonly string[]): void => {
    if (node instanceof tf.Tensor) leaves.push({ collection, path, data: readTensor(node) });
    else for (const [name, each] of Object.entries(Object(node))) visit(collection, each, [...path, name]);
  };
  for (const [collection, node] of Object.entries(variables)) visit(collection, node, []);
  return leaves;
}

/** Fresh tensors in Linen's nesting. */
export function buildVariables(runtime: Runtime, leaves: readonly Leaf[]): { [collection: string]: object } {
  const variables: { [collection: string]: object } = {};
  for (const leaf of leaves) {
    let node = (variables[leaf.collection] ??= {}) as { [name: string]: object | Tensor };
    for (const name of leaf.path.slice(0, -1)) node = (node[name] ??= {}) as { [name: string]: object };
    node[leaf.path.at(-1)!] = makeTensor(runtime, leaf.data);
  }
  return variables;
}

/** Every leaf moved away from its initial value: biases, scales and means too; variances stay positive. */
export function perturb(leaves: readonly Leaf[], seed: number): readonly Leaf[] {
  return leaves.map((leaf) => ({ ...leaf, data: perturbed(leaf, seed) }));
}

function perturbed(leaf: Leaf, seed: number): TensorData {
  const { dtype, shape, values } = leaf.data;
  const generator = generatorOf(seed, leafName(leaf));
  if (dtype === 'int32')
    return { ...leaf.data, values: Int32Array.from(values, (each) => each + generator.integer(4)) };
  if (dtype !== 'float32') return leaf.data;
  const amount = shape.length >= 2 ? 0.05 : 0.3;
  const isVariance = leaf.collection !== 'params' && /^(var|variance|sigma)$/.test(leaf.path.at(-1) ?? '');
  const move = (value: number): number =>
    isVariance ? value * Math.exp(amount * generator.normal()) : value + amount * generator.normal();
  return { ...leaf.data, values: Float32Array.from(values, move) };
}
