/** Broadcasting and reductions. */
import type { Dim } from '../atom.js';
import { constantOf, equal, one } from '../dim.js';
import type { Value } from '../machine.js';
import type { RuleContext } from './operand.js';
import { integersOf, isMissing } from './operand.js';
import type { Shape } from '../shape.js';
import { dropAxis, known, open, withAxis } from '../shape.js';
import { tensor, unknown } from '../value.js';

/** Equal sizes stay, a literal 1 gives way; two different unknown ones must be equal for the program to run. */
export function broadcast(a: Shape, b: Shape, context: RuleContext): Shape {
  const meet = (x: Dim, y: Dim): Dim => meetSizes(x, y, context);
  if (a.dims !== null && b.dims !== null) return broadcastKnown(a.dims, b.dims, meet);
  if (a.dims?.length === 0) return b;
  if (b.dims?.length === 0) return a;
  const [long, short] = a.dims === null ? [a, b] : [b, a];
  const count = short.dims?.length ?? Number.POSITIVE_INFINITY;
  // Asked for at once, so that the equality is on record.
  const last = meet(a.axis(-1), b.axis(-1));
  return open((index) => {
    if (index === -1) return last;
    if (index < 0) return -index > count ? long.axis(index) : meet(a.axis(index), b.axis(index));
    return short.dims === null ? meet(a.axis(index), b.axis(index)) : long.axis(index);
  }, long.rankOf);
}

/** Axes that go (or stay as 1); `axis` is the argument, left out for all of them. */
export function reduce(shape: Shape, axis: Value | undefined, keepDims: boolean): Value {
  if (isMissing(axis)) {
    if (keepDims && shape.dims === null) return unknown('L2N311', 'a reduction keeps axes of an unknown number');
    return tensor(keepDims ? (shape.dims ?? []).map(() => one) : []);
  }
  const axes = integersOf(axis);
  if (axes === null) return unknown('L2N316', 'the axes of a reduction are not literals');
  const rank = shape.dims?.length;
  const normal = axes.map((each) => (each < 0 && rank !== undefined ? each + rank : each));
  if (keepDims) return tensor(normal.reduce((left, each) => withAxis(left, each, one), shape));
  if (normal.some((each) => each < 0) && normal.some((each) => each >= 0)) {
    return unknown('L2N311', 'a reduction counts axes from both ends of a tensor whose rank is unknown');
  }
  return tensor(outermostLast(normal).reduce(dropAxis, shape));
}

/** So that taking one axis away leaves the numbers of the others. */
function outermostLast(axes: readonly number[]): readonly number[] {
  const sorted = [...axes].sort((a, b) => b - a);
  return sorted.every((axis) => axis < 0) ? sorted.reverse() : sorted;
}

function broadcastKnown(a: readonly Dim[], b: readonly Dim[], meet: (x: Dim, y: Dim) => Dim): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (dims: readonly Dim[], index: number): Dim => dims[index - rank + dims.length] ?? one;
  return known(Array.from({ length: rank }, (_, index) => meet(at(a, index), at(b, index))));
}

function meetSizes(x: Dim, y: Dim, context: RuleContext): Dim {
  if (equal(x, y) || constantOf(y) === 1) return x;
  return constantOf(x) === 1 ? y : context.same(x, y);
}
