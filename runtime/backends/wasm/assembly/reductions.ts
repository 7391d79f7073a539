/* eslint max-params: off */
// [outer, count, inner] → [outer, inner]. Sums of float32 are taken in blocks of a few dozen numbers per lane, and the blocks
// added in float64, so that a million terms lose no more than a few.
import { at } from './simd';

export const SUM: i32 = 0;
const MAX: i32 = 1;
const MIN: i32 = 2;

const BLOCK: i32 = 512;
const ROWS: i32 = 32;

/** `operation`: 0 sum, 1 largest, 2 smallest, 3 product; the result times `factor`. `totals`: 8 · inner bytes. */
export function reduce(
  operation: i32,
  x: usize,
  outer: i32,
  count: i32,
  inner: i32,
  y: usize,
  factor: f64,
  totals: usize,
): void {
  for (let o = 0; o < outer; o++) {
    const from = at(x, o * count * inner);
    if (operation == SUM) {
      if (inner == 1) store<f32>(at(y, o), <f32>(sumOf(from, count) * factor));
      else sumColumns(from, count, inner, at(y, o * inner), factor, totals);
    } else if (inner == 1) store<f32>(at(y, o), fold(operation, from, count));
    else foldColumns(operation, from, count, inner, at(y, o * inner));
  }
}

/** The sum of `count` numbers in a row. */
export function sumOf(x: usize, count: i32): f64 {
  let total: f64 = 0;
  let i = 0;
  while (i + 4 <= count) {
    const end = min(count & ~3, i + BLOCK);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (; i + 16 <= end; i += 16) {
      const p = at(x, i);
      a = f32x4.add(a, v128.load(p));
      b = f32x4.add(b, v128.load(p, 16));
      c = f32x4.add(c, v128.load(p, 32));
      d = f32x4.add(d, v128.load(p, 48));
    }
    for (; i < end; i += 4) a = f32x4.add(a, v128.load(at(x, i)));
    total += lanes(a) + lanes(b) + (lanes(c) + lanes(d));
  }
  for (; i < count; i++) total += <f64>load<f32>(at(x, i));
  return total;
}

function lanes(v: v128): f64 {
  const pair = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3)));
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

function sumColumns(x: usize, count: i32, inner: i32, y: usize, factor: f64, totals: usize): void {
  memory.fill(totals, 0, (<usize>inner) << 3);
  for (let r = 0; r < count; r += ROWS) {
    const rows = min(ROWS, count - r);
    const from = at(x, r * inner);
    let i = 0;
    for (; i + 4 <= inner; i += 4) {
      let sum = v128.load(at(from, i));
      for (let q = 1; q < rows; q++) sum = f32x4.add(sum, v128.load(at(from, q * inner + i)));
      const to = totals + ((<usize>i) << 3);
      v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sum)));
      const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(sum, sum, 2, 3, 2, 3));
      v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
    }
    for (; i < inner; i++) {
      let sum: f64 = 0;
      for (let q = 0; q < rows; q++) sum += <f64>load<f32>(at(from, q * inner + i));
      const to = totals + ((<usize>i) << 3);
      store<f64>(to, load<f64>(to) + sum);
    }
  }
  for (let i = 0; i < inner; i++) store<f32>(at(y, i), <f32>(load<f64>(totals + ((<usize>i) << 3)) * factor));
}

function identity(operation: i32): f32 {
  if (operation == MAX) return -Infinity;
  if (operation == MIN) return Infinity;
  return 1;
}

function combine(operation: i32, a: v128, b: v128): v128 {
  if (operation == MAX) return f32x4.max(a, b);
  if (operation == MIN) return f32x4.min(a, b);
  return f32x4.mul(a, b);
}

/** The numbers of a row by an operation other than the sum. */
export function fold(operation: i32, x: usize, count: i32): f32 {
  let all = f32x4.splat(identity(operation));
  let i = 0;
  if (operation == MAX) {
    let other = all;
    for (; i + 8 <= count; i += 8) {
      all = f32x4.max(all, v128.load(at(x, i)));
      other = f32x4.max(other, v128.load(at(x, i), 16));
    }
    all = f32x4.max(all, other);
  }
  for (; i + 4 <= count; i += 4) all = combine(operation, all, v128.load(at(x, i)));
  for (; i < count; i++) {
    all = combine(operation, all, f32x4.replace_lane(f32x4.splat(identity(operation)), 0, load<f32>(at(x, i))));
  }
  all = combine(operation, all, v128.shuffle<i32>(all, all, 2, 3, 0, 1));
  all = combine(operation, all, v128.shuffle<i32>(all, all, 1, 0, 3, 2));
  return f32x4.extract_lane(all, 0);
}

function foldColumns(operation: i32, x: usize, count: i32, inner: i32, y: usize): void {
  let i = 0;
  for (; i + 4 <= inner; i += 4) {
    let all = f32x4.splat(identity(operation));
    for (let r = 0; r < count; r++) all = combine(operation, all, v128.load(at(x, r * inner + i)));
    v128.store(at(y, i), all);
  }
  for (; i < inner; i++) {
    let all = f32x4.splat(identity(operation));
    for (let r = 0; r < count; r++) all = combine(operation, all, v128.load32_splat(at(x, r * inner + i)));
    store<f32>(at(y, i), f32x4.extract_lane(all, 0));
  }
}
