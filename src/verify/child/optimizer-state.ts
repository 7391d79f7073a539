/** An optimizer's moments and counters under the names of the old version's parameters. */
import type { Tensor } from '@tensorflow/tfjs';
import { mapVariable } from '../mapping.js';
import { oneBackend } from '../profiles.js';
import type { TensorData } from '../tensor-data.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { parameters } from './gradients.js';
import { gradientFloors, size } from './rounding.js';
import { inputVariants } from './run.js';
import { readTensor } from './values.js';
import { compareAboveRounding } from './verdicts.js';
import { leafName } from './variables.js';

export type Moments = ReadonlyMap<string, TensorData>;

/**
 * Each tensor of the state, named by the parameter with the longest path that ends its own (`Dense_0/bias` ends
 * `Gate_0/Dense_0/bias` too): `mu of params/Dense_0/kernel`. One that belongs to no parameter
 * has its own path.
 */
export function optimizerState(pair: Pair, state: unknown, side: 'linen' | 'nnx'): Moments {
  const { runtime, job } = pair.context;
  const owners = parameters(pair.linen.leaves).map((leaf) => {
    const path = side === 'linen' ? leaf.path : (mapVariable(job.manifest, pair.job.class, leaf)?.path ?? []);
    return { name: leafName(leaf), path: path.map(String) };
  });
  owners.sort((a, b) => b.path.length - a.path.length);
  const found = new Map<string, TensorData>();
  const { Variable } = runtime.nnx;
  const { leaves, paths } = runtime.trees.treeFlatten(state, { isLeaf: (each) => each instanceof Variable });
  for (const [index, leaf] of leaves.entries()) {
    const value: unknown = leaf instanceof Variable ? leaf.value : leaf;
    if (!(value instanceof runtime.tf.Tensor)) continue;
    const path = (paths[index] ?? []).map(String);
    const owner = owners.find((each) => endsWith(path, each.path));
    const kind = path.slice(0, path.length - (owner?.path.length ?? 0)).join('.');
    found.set(owner === undefined ? kind : `${kind} of ${owner.name}`, readTensor(value as Tensor));
  }
  return found;
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.length > 0 && end.every((each, at) => path[path.length - end.length + at] === each);
}

/**
 * Held against the gradients' floors where they differ at all: a mean of gradients moves no more than the gradients do, a mean
 * of squares by what (g + floor)² − g² allows.
 */
export function compareOptimizers(pair: Pair, linen: Moments, nnx: Moments, code: string): StageResult {
  const gate = { tolerance: oneBackend.gradient, code };
  return compareAboveRounding(linen, nnx, gate, () => {
    const ofGradients = gradientFloors(pair, inputVariants(pair)[0]!);
    const floors = new Map<string, number>();
    for (const [name, value] of linen) {
      const floor = ofGradients.get(name.split(' of ')[1] ?? '') ?? 0;
      floors.set(name, isSquare(name) ? floor * (2 * Math.sqrt(size(value)) + floor) : floor);
    }
    return floors;
  });
}

function isSquare(name: string): boolean {
  return /(^|\.)nu of /.test(name);
}
