/** Operations that move, join, cut and repeat axes. */
import type { Dim } from '../atom.js';
import { add, atomsOf, constant, constantOf, divide, equal, multiply, one, opaque, subtract, zero } from '../dim.js';
import type { Value } from '../machine.js';
import { reduce } from './elementwise.js';
import type { Args, RuleContext } from './operand.js';
import { integersOf, isMissing, itemsOf, notTensor, onShape, onShapes } from './operand.js';
import type { Shape } from '../shape.js';
import { addAxis, dropAxis, known, mapShape, open, withAxis } from '../shape.js';
import { dimOf, integerOf, shapeOf, tensor, unknown } from '../value.js';

export function transpose(shape: Shape, permutation: Value | undefined, context: RuleContext): Value {
  const axes = isMissing(permutation) ? null : integersOf(permutation);
  if (axes !== null) context.needRank(shape, axes.length);
  if (shape.dims === null) return unknown('L2N311', 'a tensor whose rank is unknown is transposed');
  if (isMissing(permutation)) return tensor([...shape.dims].reverse());
  if (axes === null) return unknown('L2N316', 'the permutation of a transpose is not literal');
  return tensor(axes.map((axis) => shape.axis(axis)));
}

export function expandDims(shape: Shape, axis: Value | undefined): Value {
  const at = axisOf(axis, 0);
  return at === null ? computedAxis() : tensor(addAxis(shape, at, one));
}

export function squeeze(shape: Shape, axes: Value | undefined): Value {
  if (!isMissing(axes)) return reduce(shape, axes, false);
  if (shape.dims === null) return unknown('L2N311', 'a tensor whose rank is unknown is squeezed');
  if (shape.dims.some((dim) => constantOf(dim) === null)) {
    return unknown('L2N311', 'a squeeze without axes drops every axis that happens to be 1');
  }
  return tensor(shape.dims.filter((dim) => constantOf(dim) !== 1));
}

export function concat(args: Args, context: RuleContext): Value {
  const [list, axis] = args;
  if (list?.kind === 'unknown') return list;
  if (list?.kind === 'list') return concatTurns(list, axis);
  if (list?.kind !== 'array' || list.items.length === 0) {
    return unknown('L2N316', 'a list whose length is not known is concatenated');
  }
  const at = axisOf(axis, 0);
  return at === null ? computedAxis() : onShapes(list.items, (shapes) => tensor(concatShapes(shapes, at, context)));
}

/** Parts that a loop of unknown length made: all axes but the joined one are those of each part. */
function concatTurns(list: Value & { kind: 'list' }, axis: Value | undefined): Value {
  const at = axisOf(axis, 0);
  if (at === null) return computedAxis();
  const varies = (dim: Dim): boolean => atomsOf(dim).some((atom) => atom.kind === 'index' || atom.kind === 'loop');
  return onShape(list.item, (shape) => {
    const steady = mapShape(shape, (dim) => (varies(dim) ? unknownLength('a part that its turn decides') : dim));
    return tensor(withAxis(steady, at, unknownLength('a list')));
  });
}

/** Sizes along the axis add up, the others must agree. */
export function concatShapes(shapes: readonly Shape[], axis: number, context: RuleContext): Shape {
  const first = shapes.find((shape) => shape.dims !== null) ?? shapes[0] ?? known([]);
  const total = add(...shapes.map((shape) => shape.axis(axis)));
  if (first.dims === null) return withAxis(first, axis, total);
  const at = axis < 0 ? axis + first.dims.length : axis;
  const others = shapes.filter((shape) => shape.dims !== null);
  return known(
    first.dims.map((dim, index) =>
      index === at ? total : others.reduce((left, shape) => context.same(left, shape.axis(index)), dim),
    ),
  );
}

export function stack(args: Args): Value {
  const [list, axis] = args;
  const at = axisOf(axis, 0);
  if (at === null) return computedAxis();
  if (list?.kind === 'array') {
    return onShape(list.items[0], (shape) => tensor(addAxis(shape, at, constant(list.items.length))));
  }
  if (list?.kind !== 'list') return notTensor(list);
  return onShape(list.item, (shape) => tensor(addAxis(shape, at, unknownLength('a list'))));
}

export function unstack(shape: Shape, axis: Value | undefined, context: RuleContext): Value {
  const at = axisOf(axis, 0);
  if (at === null) return computedAxis();
  const count = constantOf(shape.axis(at));
  const item = tensor(dropAxis(shape, at));
  if (count === null) return { kind: 'list', id: context.identity(), item, loop: null };
  return { kind: 'array', id: context.identity(), items: Array.from({ length: count }, () => item) };
}

export function split(shape: Shape, args: Args, context: RuleContext): Value {
  const [, parts, axis] = args;
  const at = axisOf(axis, 0);
  if (at === null) return computedAxis();
  const array = (sizes: readonly Dim[]): Value => ({
    kind: 'array',
    id: context.identity(),
    items: sizes.map((size) => tensor(withAxis(shape, at, size))),
  });
  if (parts?.kind === 'array') return array(parts.items.map((each) => dimOf(each) ?? unknownLength('a part')));
  const count = integerOf(parts);
  if (count !== null) return array(Array.from({ length: count }, () => divide(shape.axis(at), constant(count))));
  const symbolic = dimOf(parts);
  if (symbolic === null) return unknown('L2N316', 'a tensor is split into an unknown number of parts');
  const item = tensor(withAxis(shape, at, divide(shape.axis(at), symbolic)));
  return { kind: 'list', id: context.identity(), item, loop: null };
}

export function slice(shape: Shape, args: Args, context: RuleContext): Value {
  const [begin, size] = [itemsOf(args[1]), isMissing(args[2]) ? [] : itemsOf(args[2])];
  // Bounds as long as the tensor has axes: the usual way to write them, and all that an unknown rank leaves.
  if (args[1]?.kind === 'array' && size !== null && size.length === begin?.length) context.needRank(shape, size.length);
  if (shape.dims === null) return unknown('L2N311', 'a tensor whose rank is unknown is sliced');
  if (begin === null || size === null) return unknown('L2N316', 'the bounds of a slice are not arrays');
  return tensor(shape.dims.map((dim, index) => sliceAxis(dim, begin[index], size[index])));
}

export function gather(shape: Shape, args: Args): Value {
  const indices = shapeOf(args[1]);
  const axis = axisOf(args[2], 0);
  if (axis === null) return computedAxis();
  if (!isMissing(args[3])) return unknown('L2N316', 'a gather has batch axes');
  if (indices === null || indices.dims === null) {
    if (axis !== 0) return unknown('L2N311', 'a gather takes indices whose rank is unknown');
    return tensor(open((index) => (index === -1 ? shape.axis(-1) : unknownLength('a gather'))));
  }
  if (shape.dims === null) return unknown('L2N311', 'a gather reads a tensor whose rank is unknown');
  const at = axis < 0 ? axis + shape.dims.length : axis;
  return tensor([...shape.dims.slice(0, at), ...indices.dims, ...shape.dims.slice(at + 1)]);
}

export function tile(shape: Shape, repeats: Value | undefined): Value {
  const counts = itemsOf(repeats);
  if (shape.dims === null || counts === null) return unknown('L2N311', 'a tensor whose rank is unknown is tiled');
  return tensor(shape.dims.map((dim, index) => multiply(dim, dimOf(counts[index]) ?? unknownLength('a repeat'))));
}

export function pad(shape: Shape, paddings: Value | undefined): Value {
  const pairs = itemsOf(paddings);
  if (shape.dims === null || pairs === null) return unknown('L2N311', 'a tensor whose rank is unknown is padded');
  return tensor(
    shape.dims.map((dim, index) => {
      const pair = itemsOf(pairs[index]) ?? [];
      return pair.reduce<Dim>((left, each) => add(left, dimOf(each) ?? unknownLength('a padding')), dim);
    }),
  );
}

export function resize(shape: Shape, size: Value | undefined): Value {
  const [height, width] = itemsOf(size) ?? [];
  const [h, w] = [dimOf(height) ?? unknownLength('a height'), dimOf(width) ?? unknownLength('a width')];
  return tensor(withAxis(withAxis(shape, -3, h), -2, w));
}

/** An axis argument; null when it is computed. */
export function axisOf(value: Value | undefined, missing: number): number | null {
  return isMissing(value) ? missing : integerOf(value);
}

export function unknownLength(what: string): Dim {
  return opaque({ code: 'L2N316', why: `the length of ${what} is not known`, path: null, span: null });
}

export function computedAxis(): Value {
  return unknown('L2N316', 'an axis is computed');
}

function sliceAxis(dim: Dim, begin: Value | undefined, size: Value | undefined): Dim {
  const start = begin === undefined ? zero : dimOf(begin);
  const count = size === undefined ? constant(-1) : dimOf(size);
  if (start === null || count === null) return unknownLength('a slice');
  return equal(count, constant(-1)) ? subtract(dim, start) : count;
}
