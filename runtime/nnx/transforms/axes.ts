import * as tf from '@tensorflow/tfjs';
import { isKey, type Key, selectKeys } from '../../core/key.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { type Filter, toPredicate } from '../filters.js';
import { type Path, pathText } from '../pytree.js';
import type { Variable } from '../variable.js';

declare const carryBrand: unique symbol;
/** The mark of the carry in the axes of `scan`. */
export interface Carry {
  readonly [carryBrand]: true;
}
export const Carry: Carry = Object.freeze({ toString: () => 'nnx.Carry' }) as unknown as Carry;

/**
 * Axes by variable filter, in order, the first that matches: `new StateAxes([[nnx.Param, 0], ['...', null]])`. Flax
 * `nnx.StateAxes`.
 */
export class StateAxes {
  readonly filters: readonly Filter[];
  readonly axes: readonly (number | null | Carry)[];

  constructor(axes: Iterable<readonly [filter: Filter, axis: number | null | Carry]>) {
    const pairs = [...axes];
    this.filters = pairs.map(([filter]) => filter);
    this.axes = pairs.map(([, axis]) => axis);
  }
}

/** An axis, null for "not mapped", `StateAxes` for a module, or a tree of these. */
export type Axes = number | null | StateAxes | readonly Axes[] | { readonly [name: string]: Axes };

/** Where one tensor is mapped, or that it is carried. */
export type Axis = number | null | Carry;
/** Axes of arguments or results, the carry among them. */
export type Prefix = Axes | Carry | readonly (Axes | Carry)[];

/** What the axes say about the place at `path`: an axis, or `StateAxes`. */
export function prefixAt(who: string, prefix: Prefix, path: Path): Axis | StateAxes {
  let place: unknown = prefix;
  for (const part of path) {
    if (typeof place !== 'object' || place === null || place === Carry || place instanceof StateAxes) break;
    place = (place as { readonly [part: string]: unknown })[part];
  }
  if (place === null || typeof place === 'number' || place === Carry || place instanceof StateAxes) {
    return place as Axis | StateAxes;
  }
  throw mistake(
    `${who} at ${pathText(path) || 'the root'}`,
    `expected an axis, null or StateAxes, got ${place === undefined ? 'none' : typeof place}.`,
    'Give the axes the structure of the arguments (or of the result), or one axis for a whole argument.',
  );
}

/** The axis of a variable below a node. */
export function axisOfVariable(
  who: string,
  prefix: Axis | StateAxes,
  { path, variable, root }: { readonly path: Path; readonly variable: Variable<unknown>; readonly root: Path },
): Axis {
  if (!(prefix instanceof StateAxes)) return prefix;
  const index = prefix.filters.findIndex((filter) => toPredicate(filter)(path, variable));
  if (index >= 0) return prefix.axes[index]!;
  throw mistake(
    `${who} at ${pathText([...root, ...path])}`,
    `expected a filter of StateAxes that takes in ${variable.constructor.name}, got none.`,
    "Add ['...', axis] as the last pair.",
  );
}

/** How an axis is shown in messages. */
export function axisText(axis: Axis): string {
  return axis === Carry ? 'nnx.Carry' : String(axis);
}

/** `value` with axis `from` moved to `to`; keys too. */
export function moveAxis(value: unknown, { from, to, place }: { from: number; to: number; place: string }): unknown {
  if (!(value instanceof tf.Tensor) && !isKey(value)) return value;
  const rank = value.shape.length;
  const [source, target] = [from, to].map((axis) => (axis < 0 ? axis + rank : axis)) as [number, number];
  if (source < 0 || source >= rank || target < 0 || target >= rank) {
    throw mistake(
      place,
      `expected axis ${from === 0 ? to : from}, got shape ${shapeText(value.shape)}.`,
      'Give an axis that the array has, null for one that all steps share, or StateAxes for variables that differ.',
    );
  }
  if (source === target) return value;
  const order = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== source);
  order.splice(target, 0, source);
  return value instanceof tf.Tensor ? tf.transpose(value, order) : transposeKeys(value, order);
}

function transposeKeys(key: Key, order: readonly number[]): Key {
  const strides = key.shape.map((_, axis) => key.shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const shape = order.map((axis) => key.shape[axis]!);
  const indices = shape.reduce<number[]>(
    (found, size, i) => found.flatMap((base) => Array.from({ length: size }, (_, j) => base + j * strides[order[i]!]!)),
    [0],
  );
  return selectKeys(key, shape, indices);
}
