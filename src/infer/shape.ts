/** Shapes: all sizes known, or only an accessor that answers for axes on demand. */
import type { Dim, NameAtom } from './atom.js';
import { equal, ofAtom, opaque } from './dim.js';

export interface Shape {
  /** Null when the rank is unknown. */
  readonly dims: readonly Dim[] | null;
  /** Negative axes count from the end. */
  readonly axis: (index: number) => Dim;
  /** Key of the input whose rank would make this shape known. */
  readonly rankOf: string | null;
}

export function known(dims: readonly Dim[]): Shape {
  return {
    dims,
    rankOf: null,
    axis: (index) =>
      dims[index < 0 ? index + dims.length : index] ?? unknownAxis(`axis ${index} of a rank-${dims.length} tensor`),
  };
}

export function open(axis: (index: number) => Dim, rankOf: string | null = null): Shape {
  return { dims: null, axis, rankOf };
}

/** The shape of a named tensor: its sizes are atoms. */
export function shapeOfName(atom: (axis: number) => NameAtom, rank: number | null, key: string): Shape {
  if (rank === null) return open((axis) => ofAtom(atom(axis)), key);
  return known(Array.from({ length: rank }, (_, axis) => ofAtom(atom(axis - rank))));
}

export function withAxis(shape: Shape, axis: number, dim: Dim): Shape {
  if (shape.dims !== null) {
    const at = axis < 0 ? axis + shape.dims.length : axis;
    return known(shape.dims.map((each, index) => (index === at ? dim : each)));
  }
  return open((index) => (index === axis ? dim : otherEnd(shape, index, axis)), shape.rankOf);
}

export function dropAxis(shape: Shape, axis: number): Shape {
  if (shape.dims !== null) {
    const at = axis < 0 ? axis + shape.dims.length : axis;
    return known(shape.dims.filter((_, index) => index !== at));
  }
  return open((index) => {
    if (axis < 0) return index < 0 && index >= axis ? shape.axis(index - 1) : otherEnd(shape, index, axis);
    return shape.axis(index >= axis ? index + 1 : index);
  });
}

export function addAxis(shape: Shape, axis: number, dim: Dim): Shape {
  if (shape.dims !== null) {
    const at = axis < 0 ? axis + shape.dims.length + 1 : axis;
    return known([...shape.dims.slice(0, at), dim, ...shape.dims.slice(at)]);
  }
  return open((index) => {
    if (index === axis) return dim;
    if (axis < 0) return index < axis ? shape.axis(index + 1) : otherEnd(shape, index, axis);
    return index < 0 ? otherEnd(shape, index, axis) : shape.axis(index > axis ? index - 1 : index);
  });
}

export function mapShape(shape: Shape, f: (dim: Dim) => Dim): Shape {
  return shape.dims === null ? open((index) => f(shape.axis(index)), shape.rankOf) : known(shape.dims.map(f));
}

/** `[...leading, a, b]` where the leading axes are of unknown number. */
export function appendTo(leading: Shape, tail: readonly Dim[]): Shape {
  if (leading.dims !== null) return known([...leading.dims, ...tail]);
  return open((index) => {
    if (index >= 0) return otherEnd(leading, index, -1);
    return tail[tail.length + index] ?? leading.axis(index + tail.length);
  });
}

/** The shape without its last axes, as `shape.slice(0, -count)` gives it. */
export function leadingAxes(shape: Shape, count: number): Shape {
  if (shape.dims !== null) return known(shape.dims.slice(0, -count));
  return open((index) => (index < 0 ? shape.axis(index - count) : otherEnd(shape, index, -1)));
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.dims === null || b.dims === null) {
    return a.dims === b.dims && [-1, -2, -3, 0].every((axis) => equal(a.axis(axis), b.axis(axis)));
  }
  return a.dims.length === b.dims.length && a.dims.every((dim, index) => equal(dim, b.axis(index)));
}

/**
 * An axis counted from the other end than the one that changed: first and last are taken to be two axes (tensors that
 * layers see have two or more), any other may be the changed one.
 */
function otherEnd(shape: Shape, index: number, changed: number): Dim {
  const outermost = (index === 0 && changed === -1) || (index === -1 && changed === 0);
  if (outermost || index < 0 === changed < 0) return shape.axis(index);
  return unknownAxis(`axis ${index} of a tensor whose rank is unknown`);
}

function unknownAxis(why: string): Dim {
  return opaque({ code: 'L2N311', why, path: null, span: null });
}
