/** Between tensors on the backend, content on the host, and the recipes of a sample. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Recipe } from '../recipe.js';
import type { TensorData } from '../tensor-data.js';
import { generatorOf, randomTensor } from './generator.js';
import type { Runtime } from './runtime.js';

export function readTensor(tensor: Tensor): TensorData {
  return { shape: [...tensor.shape], dtype: tensor.dtype, values: tensor.dataSync().slice() as TensorData['values'] };
}

export function makeTensor({ tf }: Runtime, { shape, dtype, values }: TensorData): Tensor {
  return tf.tensor(values, [...shape], dtype as 'float32');
}

/** How the sample's recipes become values. */
export interface Making {
  readonly seed: number;
  readonly label: string;
  /** Size that takes the place of the sample's leading axis; null to keep it. */
  readonly batch: { readonly from: number; readonly to: number } | null;
  /** Bound of integers whose range the sample does not tell. */
  readonly below: number;
  readonly scale: number;
}

/** Makes a value on the backend. Called twice with the same `making`, it makes the same value twice. */
export function makeValue(runtime: Runtime, recipe: Recipe, making: Making): unknown {
  switch (recipe.make) {
    case 'plain':
      return recipe.value;
    case 'key':
      return runtime.jax.random.key(recipe.seed);
    case 'list':
      return recipe.items.map((each, index) => makeValue(runtime, each, inside(making, index)));
    case 'record':
      return Object.fromEntries(
        Object.entries(recipe.entries).map(([name, each]) => [name, makeValue(runtime, each, inside(making, name))]),
      );
    case 'tensor': {
      const { batch, below, scale, seed, label } = making;
      const shape = recipe.shape.map((size, axis) => (axis === 0 && size === batch?.from ? batch.to : size));
      const like = { shape, dtype: recipe.dtype, below: recipe.below ?? below };
      return makeTensor(runtime, randomTensor(generatorOf(seed, label), like, scale));
    }
  }
}

function inside(making: Making, step: string | number): Making {
  return { ...making, label: `${making.label}/${step}` };
}

/** Leaves of any result, by path text: tensors as their content, anything else as it is. */
export function readTree({ trees, tf }: Runtime, tree: unknown): Map<string, unknown> {
  const { leaves, paths } = trees.treeFlatten(tree);
  return new Map(
    leaves.map((leaf, index) => {
      const path = trees.pathText(paths[index] ?? [], 'output');
      return [path, leaf instanceof tf.Tensor ? readTensor(leaf) : leaf];
    }),
  );
}
