import * as tf from '@tensorflow/tfjs';
import { currentLevel } from '../../core/levels.js';
import { treeFlatten, treeLeaves } from '../../core/tree.js';
import { mistake } from '../../functional/mistake.js';
import type { CollectionFilter, Dict } from '../variables.js';
import { inFilter } from '../variables.js';
import type { Pack } from './pack.js';

/**
 * Throws when a step made or set variables that all steps share. A lifted transform inside stores its variables anew,
 * so a changed tensor is looked into, where values can be read; where they cannot, `init` is believed.
 */
export function requireConstant(
  who: string,
  [before, after]: readonly [readonly Dict[], readonly Dict[]],
  initializing: boolean,
): void {
  const believed = initializing && currentLevel() !== null;
  const known = leavesByPath(before);
  for (const [path, leaf] of leavesByPath(after)) {
    const old = known.get(path);
    if (old === leaf) continue;
    if (old === undefined || !(believed || sameValues(old, leaf))) throw notConstant(who);
  }
}

function leavesByPath(group: readonly Dict[]): Map<string, unknown> {
  const { leaves, paths } = treeFlatten(group);
  return new Map(leaves.map((leaf, i) => [JSON.stringify(paths[i]), leaf]));
}

function sameValues(a: unknown, b: unknown): boolean {
  if (!(a instanceof tf.Tensor && b instanceof tf.Tensor) || currentLevel() !== null) return false;
  return tf.util.arraysEqual(a.dataSync(), b.dataSync());
}

function notConstant(who: string): Error {
  return mistake(
    who,
    'expected shared variables to be left alone, got one that is set.',
    'Map what changes over an axis: { variableAxes: … }. In a scan it may also be handed on: { variableCarry: … }.',
  );
}

/** Throws when parameters that all share were made while the stream of their keys is split. */
export function requireSharedKey(
  who: string,
  { pack, rngs, splits }: { pack: Pack; rngs: readonly CollectionFilter[]; splits: readonly boolean[] },
  [before, made]: readonly [readonly Dict[], readonly Dict[]],
): void {
  const at = rngs.findIndex((filter) => inFilter(filter, 'params'));
  const split = at >= 0 && splits[at] === true && pack.keys[at]!.some((keys) => 'params' in keys);
  if (!split || parameters(made) <= parameters(before)) return;
  throw mistake(
    who,
    "expected one key for parameters that are shared, got stream 'params' split.",
    'Pass splitRngs: { params: false }, or give each its own: { variableAxes: { params: 0 } }.',
  );
}

function parameters(scopes: readonly Dict[]): number {
  return scopes.reduce((count, collections) => count + treeLeaves(collections['params']).length, 0);
}
