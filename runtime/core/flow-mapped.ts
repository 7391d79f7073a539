import * as tf from '@tensorflow/tfjs';
import { asTensors } from './flow-trees.js';
import { currentLevel } from './levels.js';
import { pathText, sameStructure, treeFlatten } from './tree.js';
import { VmapLevel } from './vmap/level.js';

/** True for a condition or an index that is not the same for all examples of a `vmap`. */
export function differsByExample(value: tf.Tensor | number | boolean): boolean {
  const level = currentLevel();
  return value instanceof tf.Tensor && level instanceof VmapLevel && level.isMapped(value);
}

/** For each example the first result whose flag is set, else the last, as JAX does: all branches have run. */
export function chosenByExample(who: string, flags: readonly tf.Tensor[], results: readonly unknown[]): unknown {
  const flats = results.map((result) => treeFlatten(asTensors(result)));
  const last = flats.at(-1)!;
  if (flats.some(({ treedef }) => !sameStructure(treedef, last.treedef))) {
    throw new Error(
      `${who}: expected branches that return the same structure, got ${flats.map(({ treedef }) => String(treedef)).join(' and ')}.\n` +
        'The condition differs from example to example, so all branches run and each example takes its own.',
    );
  }
  const leaves = last.leaves.map((_, i) =>
    flats
      .map(({ leaves: own }) => tensorAt(who, own[i], pathText(last.paths[i]!, 'result')))
      .reduceRight((otherwise, each, at) => tf.where(broadcastTo(flags[at]!, each), each, otherwise)),
  );
  return last.treedef.unflatten(leaves);
}

function broadcastTo(flag: tf.Tensor, { shape, rank }: tf.Tensor): tf.Tensor {
  return tf.broadcastTo(tf.reshape(flag, new Array<number>(rank).fill(1)), shape);
}

function tensorAt(who: string, leaf: unknown, place: string): tf.Tensor {
  if (leaf instanceof tf.Tensor) return leaf;
  throw new Error(
    `${who} at ${place}: expected tensors from branches that are chosen example by example, got a ${typeof leaf}.\n` +
      'Return tensors, and draw from keys inside of the branches.',
  );
}
