import * as tf from '@tensorflow/tfjs';
import { isKey, type Key, split } from '../../core/key.js';
import { pathText, treeFlatten } from '../../core/tree.js';
import type { Axes } from '../../core/tree-typing.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import type { CollectionAxes, SplitRngs } from './options.js';
import type { CollectionFilter, Dict } from '../variables.js';
import type { Groups, KeyGroups } from './pack.js';

/** Filters of a record whose key `'...'` names the rest, with their values; the rest comes last. */
export function filtersOf<T>(record: { readonly [name: string]: T }): { filters: CollectionFilter[]; values: T[] } {
  const entries = Object.entries(record);
  const ordered = [...entries.filter(([name]) => name !== '...'), ...entries.filter(([name]) => name === '...')];
  return {
    filters: ordered.map(([name]) => (name === '...' ? true : name)),
    values: ordered.map(([, value]) => value),
  };
}

/** `variableAxes` and `splitRngs` taken apart. */
export function mappingOf(variableAxes: CollectionAxes = {}, splitRngs: SplitRngs = {}) {
  const collections = filtersOf(variableAxes);
  const streams = filtersOf(splitRngs);
  return { groups: collections.filters, axes: collections.values, rngs: streams.filters, splits: streams.values };
}

/** A leaf of arguments or variables with the axis it is mapped over. */
export interface MappedLeaf {
  readonly value: unknown;
  readonly axis: number | null;
  readonly place: string;
}

/** The leaves of a tree with their axes, of which `axes` is a prefix. */
export function leavesWithAxes(tree: unknown, axes: Axes, place: string): MappedLeaf[] {
  if (typeof axes === 'number' || axes === null) {
    const { leaves, paths } = treeFlatten(tree);
    return leaves.map((value, i) => ({ value, axis: axes, place: pathText(paths[i]!, place) }));
  }
  if (typeof tree !== 'object' || tree === null) return leavesWithAxes(tree, null, place);
  const names = Array.isArray(tree) ? [...tree.keys()] : Object.keys(tree).sort();
  return names.flatMap((name) => {
    const axis = (axes as { readonly [name: string | number]: Axes | undefined })[name];
    if (axis === undefined) {
      throw mistake(
        place,
        `expected an axis for ${JSON.stringify(name)}, got none.`,
        'Give null where nothing is mapped.',
      );
    }
    return leavesWithAxes((tree as Dict)[name], axis, pathText([name], place));
  });
}

/** Whether a leaf is sliced: it has an axis, and is no plain value or module. Throws for a number or boolean with an axis. */
export function isSliced({ value, axis, place }: MappedLeaf, who: string): boolean {
  if (axis === null) return false;
  if (value instanceof tf.Tensor || isKey(value)) return true;
  if (typeof value !== 'number' && typeof value !== 'boolean') return false;
  throw mistake(
    `${who}: ${place}`,
    `expected a tensor to slice on axis ${axis}, got ${String(value)}.`,
    'Pass null as its axis in `inAxes`: it is then the same for all.',
  );
}

/** Size of a leaf along its axis. */
export function sizeOf({ value, axis, place }: MappedLeaf, who: string): number {
  const { shape } = value as tf.Tensor | Key;
  const size = shape[axis! < 0 ? axis! + shape.length : axis!];
  if (size !== undefined) return size;
  throw mistake(
    `${who}: ${place}`,
    `expected an axis ${axis}, got shape ${shapeText(shape)}.`,
    'Pass the axis that is there, or null for what is the same for all.',
  );
}

/** The common size of all sliced leaves, or `given`. */
export function commonSize(
  leaves: readonly MappedLeaf[],
  given: number | null,
  { who, option }: { who: string; option: string },
): number {
  const sizes = leaves.map((leaf) => sizeOf(leaf, who));
  const size = given ?? sizes[0];
  if (size === undefined) {
    throw mistake(who, `expected { ${option} }, got nothing to take it from.`, `Pass { ${option}: … }.`);
  }
  const odd = sizes.findIndex((each) => each !== size);
  if (odd < 0) return size;
  throw mistake(
    `${who}: ${leaves[odd]!.place}`,
    `expected ${size} slices on axis ${leaves[odd]!.axis}, got shape ${shapeText((leaves[odd]!.value as tf.Tensor).shape)}.`,
    `All that is mapped, and \`${option}\` if given, have the same size.`,
  );
}

/** The sliced axis brought to the front. */
export function toFront(value: unknown, axis: number): unknown {
  return value instanceof tf.Tensor ? moveAxis(value, axis, 0) : value;
}

/** The leading axis brought to where results have it. */
export function fromFront(value: unknown, axis: number): unknown {
  return value instanceof tf.Tensor ? moveAxis(value, 0, axis) : value;
}

/** The variables of a group with their axis at the front; those that are shared (null) as they are. */
export function groupToFront(group: readonly Dict[], axis: number | null): readonly Dict[] {
  return axis === null ? group : eachLeaf(group, (leaf) => toFront(leaf, axis));
}

/** The inverse of `groupToFront`. */
export function groupFromFront(group: readonly Dict[], axis: number | null): readonly Dict[] {
  return axis === null ? group : eachLeaf(group, (leaf) => fromFront(leaf, axis));
}

/** Axes for arguments: of a list, as many as there are arguments. */
export function argumentAxes(args: readonly unknown[], axes: Axes = 0): Axes {
  return Array.isArray(axes) ? (axes as readonly Axes[]).slice(0, args.length) : axes;
}

/** Outputs with their leading axis where `axes` says; with null, the first of what is the same for all. */
export function outputsAt(ys: unknown, axes: Axes = 0): unknown {
  const leaves = leavesWithAxes(ys, axes, 'outputs').map(({ value, axis }) =>
    axis === null ? sliceAt(value as tf.Tensor, 0) : fromFront(value, axis),
  );
  return treeFlatten(ys).treedef.unflatten(leaves);
}

/** Element `index` of the leading axis. */
export function sliceAt(x: tf.Tensor, index: number): tf.Tensor {
  const [, ...rest] = x.shape;
  return tf.reshape(tf.slice(x, [index, ...rest.map(() => 0)], [1, ...rest]), rest);
}

/** Each key split into `size`. */
export function splitKeys(group: KeyGroups[number], size: number): KeyGroups[number] {
  return group.map((streams) =>
    Object.fromEntries(Object.entries(streams).map(([stream, key]) => [stream, split(key, size) as unknown as Key])),
  );
}

/** All leaves of groups of variables, each with its group's axis. */
export function variableLeaves(groups: Groups, axes: readonly (number | null)[]): MappedLeaf[] {
  return groups.flatMap((group, i) => leavesWithAxes(group, axes[i]!, 'variables'));
}

function eachLeaf(group: readonly Dict[], f: (leaf: unknown) => unknown): readonly Dict[] {
  const { leaves, treedef } = treeFlatten(group);
  return treedef.unflatten(leaves.map(f)) as readonly Dict[];
}

function moveAxis(x: tf.Tensor, from: number, to: number): tf.Tensor {
  const [source, target] = [from, to].map((axis) => (axis < 0 ? axis + x.rank : axis)) as [number, number];
  if (source === target) return x;
  const order = Array.from({ length: x.rank }, (_, i) => i).filter((i) => i !== source);
  order.splice(target, 0, source);
  return tf.transpose(x, order);
}
