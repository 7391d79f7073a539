/* eslint max-params: off */
// Where numbers lie: transposes, and rows summed by segment.
import { transposeBlock } from './gemm';
import { at } from './simd';
import { addRun, copyRun } from './window';

/**
 * Axes in another order. `outer` axes are counted through: at `axes` stand their sizes, their steps in x, their steps in
 * y and room for counters. Each time a block is moved: [rows, columns] with columns lying together in x. They do in y as
 * well when `ld` is 0; else rows are `ld` apart in x and columns `step` apart in y.
 */
export function permute(
  x: usize,
  y: usize,
  outer: i32,
  axes: usize,
  rows: i32,
  columns: i32,
  ld: i32,
  step: i32,
): void {
  const counters = at(axes, 3 * outer);
  memory.fill(counters, 0, (<usize>outer) << 2);
  let from = x;
  let to = y;
  while (true) {
    if (ld == 0) copyRun(to, from, columns);
    else {
      for (let c = 0; c < columns; c += 16) {
        transposeBlock(at(from, c), ld, at(to, c * step), step, rows, min(16, columns - c));
      }
    }
    let axis = outer - 1;
    for (; axis >= 0; axis--) {
      const counter = load<i32>(at(counters, axis)) + 1;
      const size = load<i32>(at(axes, axis));
      const inX = load<i32>(at(axes, outer + axis));
      const inY = load<i32>(at(axes, 2 * outer + axis));
      if (counter < size) {
        store<i32>(at(counters, axis), counter);
        from = at(from, inX);
        to = at(to, inY);
        break;
      }
      store<i32>(at(counters, axis), 0);
      from = at(from, -(size - 1) * inX);
      to = at(to, -(size - 1) * inY);
    }
    if (axis < 0) return;
  }
}

/** Adds each row of `width` numbers to that of `sums` which `segments` names; others are dropped. */
export function segmentSum(x: usize, segments: usize, rows: i32, width: i32, sums: usize, count: i32): void {
  memory.fill(sums, 0, (<usize>(count * width)) << 2);
  for (let row = 0; row < rows; row++) {
    const segment = load<i32>(at(segments, row));
    if (segment >= 0 && segment < count) addRun(at(sums, segment * width), at(x, row * width), width);
  }
}

/**
 * Rows of `width` numbers by their index: x [groups, size, width], `indices` [batches, count], each batch for
 * `groups` / `batches` groups → y [groups, count, width]. Returns the place of the first index out of range, or −1.
 */
export function gather(
  x: usize,
  indices: usize,
  y: usize,
  batches: i32,
  groups: i32,
  size: i32,
  count: i32,
  width: i32,
): i32 {
  const perBatch = groups / batches;
  for (let i = 0; i < batches * count; i++) {
    const index = load<i32>(at(indices, i));
    if (index < 0 || index >= size) return i;
  }
  for (let group = 0; group < groups; group++) {
    const chosen = at(indices, (group / perBatch) * count);
    for (let i = 0; i < count; i++) {
      copyRun(y, at(x, (group * size + load<i32>(at(chosen, i))) * width), width);
      y = at(y, width);
    }
  }
  return -1;
}

/** y[rows, columns] + bias[columns], and no less than zero where `relu`. In place; `bias` 0 stands for none. */
export function addBias(y: usize, rows: i32, columns: i32, bias: usize, relu: bool): void {
  const low = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let i = 0;
    const to = at(y, row * columns);
    for (; i + 4 <= columns; i += 4) {
      let v = v128.load(at(to, i));
      if (bias != 0) v = f32x4.add(v, v128.load(at(bias, i)));
      v128.store(at(to, i), relu ? f32x4.max(v, low) : v);
    }
    for (; i < columns; i++) {
      let v = load<f32>(at(to, i));
      if (bias != 0) v += load<f32>(at(bias, i));
      store<f32>(at(to, i), relu ? max<f32>(v, 0) : v);
    }
  }
}
