/** What the shape rules ask of their arguments and of the run they are part of. */
import type { Dim } from '../atom.js';
import type { Value } from '../machine.js';
import type { Shape } from '../shape.js';
import { dimOf, integerOf, shapeOf, unknown } from '../value.js';

export interface RuleContext {
  /** Both must be equal for the program to run; gives the better known one. */
  readonly same: (a: Dim, b: Dim) => Dim;
  /** Restarts the method when this shape's rank was not known and now is. */
  readonly needRank: (shape: Shape, rank: number) => void;
  /** A new array identity. */
  readonly identity: () => number;
}
export type Args = readonly Value[];

/** Runs a rule on the shape of an argument; what is no tensor says why it is none. */
export function onShape(value: Value | undefined, rule: (shape: Shape) => Value): Value {
  const shape = shapeOf(value);
  return shape === null ? notTensor(value) : rule(shape);
}

export function onShapes(values: readonly (Value | undefined)[], rule: (shapes: readonly Shape[]) => Value): Value {
  const shapes: Shape[] = [];
  for (const value of values) {
    const shape = shapeOf(value);
    if (shape === null) return notTensor(value);
    shapes.push(shape);
  }
  return rule(shapes);
}

export function notTensor(value: Value | undefined): Value {
  return value?.kind === 'unknown' ? value : unknown('L2N310', 'an operand is not a known tensor');
}

/** The items of an array argument; a single number counts as an array of one. */
export function itemsOf(value: Value | undefined): readonly Value[] | null {
  if (value?.kind === 'array') return value.items;
  return value?.kind === 'number' || value?.kind === 'name' ? [value] : null;
}

/** Literal integers of an argument; null when some are not. */
export function integersOf(value: Value | undefined): readonly number[] | null {
  const integers = itemsOf(value)?.map(integerOf);
  if (integers === undefined) return null;
  const found = integers.filter((each) => each !== null);
  return found.length === integers.length ? found : null;
}

export function dimsOf(values: readonly Value[]): readonly Dim[] | null {
  const dims = values.map(dimOf).filter((each) => each !== null);
  return dims.length === values.length ? dims : null;
}

export function isTrue(value: Value | undefined): boolean {
  return value?.kind === 'literal' && value.value === true;
}

/** Whether a boolean argument cannot be read here. */
export function isUndecided(value: Value | undefined): boolean {
  return value !== undefined && value.kind !== 'literal';
}

/** Left out, `undefined` or `null`. */
export function isMissing(value: Value | undefined): boolean {
  return value === undefined || (value.kind === 'literal' && (value.value === undefined || value.value === null));
}
