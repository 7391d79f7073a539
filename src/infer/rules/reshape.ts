/** Shapes given by arrays of sizes. */
import type { Dim, NameAtom } from '../atom.js';
import { constant, constantOf, multiply, ofAtom, one, opaque, solveMissing } from '../dim.js';
import type { Value } from '../machine.js';
import { dimsOf, itemsOf } from './operand.js';
import type { Shape } from '../shape.js';
import { appendTo, known, open } from '../shape.js';
import { dimOf, tensor, unknown } from '../value.js';

/** `reshape(x, target)`; a null shape creates a tensor. */
export function reshape(shape: Shape | null, target: Value | undefined): Value {
  if (target?.kind === 'sizes') return tensor(target.shape);
  if (target?.kind === 'unknown') return target;
  if (target?.kind === 'name') return namedShape(target.atom);
  const items = itemsOf(target);
  if (items === null) return unknown('L2N312', 'the target shape is not an array of sizes');
  if (items[0]?.kind === 'leading') return keepLeading(shape, items[0].shape, items.slice(1));
  const dims = dimsOf(items);
  if (dims === null) return unknownSize(items);
  const missing = dims.findIndex((dim) => constantOf(dim) === -1);
  if (missing < 0) return tensor(dims);
  const size = missingSize(
    shape,
    dims.filter((_, index) => index !== missing),
  );
  return tensor(dims.map((dim, index) => (index === missing ? size : dim)));
}

/** `tf.zeros(shape)`: as many axes as the array has, each an item of it. */
function namedShape(atom: NameAtom): Value {
  if (atom.kind !== 'field' && atom.kind !== 'place') return unknown('L2N312', 'the target shape is not known');
  return tensor(open((axis) => ofAtom({ ...atom, steps: [...atom.steps, { index: constant(axis) }] })));
}

export function flatten(shape: Shape): Value {
  return tensor(shape.dims === null ? [missingSize(shape, [])] : [multiply(one, ...shape.dims)]);
}

/** The size says why it is not known. */
function unknownSize(items: readonly Value[]): Value {
  return items.find((each) => each.kind === 'unknown') ?? unknown('L2N312', 'a size of the target shape is not known');
}

/** The last axes replaced, the leading ones kept, whatever their number. */
function keepLeading(shape: Shape | null, leading: Shape, tail: readonly Value[]): Value {
  const dims = tail.map(dimOf);
  const found = dims.filter((dim) => dim !== null);
  if (found.length < dims.length) return unknownSize(tail);
  if (!found.some((dim) => constantOf(dim) === -1)) return tensor(appendTo(leading, found));
  const only = found.length === 1 && shape !== null;
  if (!only) return unknown('L2N312', 'the target keeps leading axes and infers another');
  return tensor(appendTo(leading, [opaque(rankUnknown)]));
}

const rankUnknown = {
  code: 'L2N312',
  why: 'a tensor whose rank is unknown is flattened',
  path: null,
  span: null,
} as const;

function missingSize(shape: Shape | null, rest: readonly Dim[]): Dim {
  if (shape?.dims == null) return opaque(rankUnknown);
  return solveMissing(shape.dims, rest);
}

/** A new tensor with the shape that an argument gives. */
export function create(target: Value | undefined): Value {
  return reshape(null, target);
}

/** Sizes of nested array literals. */
export function nestedSizes(value: Value | undefined): Value {
  const sizes: Dim[] = [];
  let each: Value | undefined = value;
  while (each?.kind === 'array') {
    sizes.push(constant(each.items.length));
    each = each.items[0];
  }
  if (each === undefined || each.kind === 'unknown' || each.kind === 'list') {
    return unknown('L2N310', 'the values of a tensor are not written out');
  }
  return tensor(known(sizes));
}
