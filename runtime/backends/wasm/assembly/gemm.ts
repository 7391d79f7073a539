/* eslint max-params: off */
// C[m, n] (+)= op(A)[m, k] · op(B)[k, n]. A panel of 16 columns of B and, where A is transposed, a block of rows of A are
// packed into `scratch`, so that transposed operands cost what plain ones do. Two rows times 16 columns of C stay in
// registers: 8 accumulators, 4 vectors of B, 2 numbers of A.
import { at, madd, store4x4 } from './simd';

const DEPTH: i32 = 256;
const ROWS: i32 = 256;
const WIDTH: i32 = 16;

/** Bytes that `gemm` needs at `scratch`, 16-byte aligned. */
export function gemmScratch(): i32 {
  return 4 * (WIDTH * DEPTH + 2 * WIDTH + ROWS * DEPTH);
}

/** `lda`, `ldb`, `ldc`: numbers from a row to the next as it is stored. */
export function gemm(
  a: usize,
  lda: i32,
  transA: bool,
  b: usize,
  ldb: i32,
  transB: bool,
  c: usize,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  accumulate: bool,
  scratch: usize,
): void {
  const corner = at(scratch, WIDTH * DEPTH);
  const block = at(corner, 2 * WIDTH);
  if (k == 0 && !accumulate) for (let i = 0; i < m; i++) memory.fill(at(c, i * ldc), 0, (<usize>n) << 2);
  for (let i0 = 0; i0 < m; i0 += ROWS) {
    const rows = min(ROWS, m - i0);
    for (let k0 = 0; k0 < k; k0 += DEPTH) {
      const depth = min(DEPTH, k - k0);
      let left = at(a, i0 * lda + k0);
      let step = lda;
      if (transA) {
        transposeBlock(at(a, k0 * lda + i0), lda, block, depth, depth, rows);
        left = block;
        step = depth;
      }
      for (let j = 0; j < n; j += WIDTH) {
        const columns = min(WIDTH, n - j);
        let right = scratch;
        let stride: usize = WIDTH * 4;
        if (transB) packRows(at(b, j * ldb + k0), ldb, scratch, columns, depth);
        else if (rows > 4 || columns < WIDTH) packColumns(at(b, k0 * ldb + j), ldb, scratch, columns, depth);
        else {
          right = at(b, k0 * ldb + j);
          stride = (<usize>ldb) << 2;
        }
        panel(left, step, right, stride, at(c, i0 * ldc + j), ldc, rows, columns, depth, accumulate || k0 > 0, corner);
      }
    }
  }
}

/** Products of `count` pairs of matrices that lie `aStep`, `bStep`, `cStep` numbers apart. */
export function gemmBatch(
  count: i32,
  a: usize,
  aStep: i32,
  lda: i32,
  transA: bool,
  b: usize,
  bStep: i32,
  ldb: i32,
  transB: bool,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void {
  for (let i = 0; i < count; i++) {
    gemm(at(a, i * aStep), lda, transA, at(b, i * bStep), ldb, transB, at(c, i * m * n), n, m, n, k, false, scratch);
  }
}

/** [rows, columns] with rows `ld` numbers apart → [columns, rows] with rows `step` numbers apart. */
export function transposeBlock(from: usize, ld: i32, to: usize, step: i32, rows: i32, columns: i32): void {
  const next: usize = (<usize>ld) << 2;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    let s = at(from, r * ld);
    let t = at(to, r);
    let q = 0;
    for (; q + 4 <= columns; q += 4) {
      const r0 = v128.load(s);
      const r1 = v128.load(s + next);
      const r2 = v128.load(s + 2 * next);
      const r3 = v128.load(s + 3 * next);
      store4x4(t, (<usize>step) << 2, r0, r1, r2, r3);
      s += 16;
      t = at(t, 4 * step);
    }
    for (; q < columns; q++) {
      for (let i = 0; i < 4; i++) store<u32>(at(t, i), load<u32>(s + <usize>i * next));
      s += 4;
      t = at(t, step);
    }
  }
  for (; r < rows; r++) {
    for (let q = 0; q < columns; q++) store<u32>(at(to, q * step + r), load<u32>(at(from, r * ld + q)));
  }
}

/** Up to 16 columns of a plain B. Columns past the last are never read from the panel's products. */
function packColumns(b: usize, ldb: i32, to: usize, columns: i32, depth: i32): void {
  const next: usize = (<usize>ldb) << 2;
  if (columns == WIDTH) {
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(b));
      v128.store(to, v128.load(b, 16), 16);
      v128.store(to, v128.load(b, 32), 32);
      v128.store(to, v128.load(b, 48), 48);
      to += 64;
      b += next;
    }
    return;
  }
  for (let k = 0; k < depth; k++) {
    for (let q = 0; q < columns; q++) store<f32>(at(to, q), load<f32>(at(b, q)));
    to += 64;
    b += next;
  }
}

/** Up to 16 rows of a transposed B. */
function packRows(b: usize, ldb: i32, to: usize, columns: i32, depth: i32): void {
  const whole = columns & ~3;
  for (let q = 0; q < whole; q += 4) transposeBlock(at(b, q * ldb), ldb, at(to, q), WIDTH, 4, depth);
  for (let q = whole; q < columns; q++) {
    for (let k = 0; k < depth; k++) store<f32>(at(to, k * WIDTH + q), load<f32>(at(b, q * ldb + k)));
  }
}

function panel(
  a: usize,
  lda: i32,
  b: usize,
  stride: usize,
  c: usize,
  ldc: i32,
  rows: i32,
  columns: i32,
  depth: i32,
  accumulate: bool,
  corner: usize,
): void {
  for (let i = 0; i < rows; i += 2) {
    const a0 = at(a, i * lda);
    const to = at(c, i * ldc);
    const two = i + 1 < rows;
    const a1 = two ? at(a0, lda) : a0;
    if (columns == WIDTH && two) tile(a0, a1, b, stride, depth, to, at(to, ldc), accumulate);
    else {
      tile(a0, a1, b, stride, depth, corner, at(corner, WIDTH), false);
      copyCorner(corner, to, columns, accumulate);
      if (two) copyCorner(at(corner, WIDTH), at(to, ldc), columns, accumulate);
    }
  }
}

function copyCorner(from: usize, to: usize, columns: i32, accumulate: bool): void {
  for (let q = 0; q < columns; q++) {
    const value = load<f32>(at(from, q));
    store<f32>(at(to, q), accumulate ? load<f32>(at(to, q)) + value : value);
  }
}

/** 2 rows of A times 16 columns of B. */
function tile(a0: usize, a1: usize, b: usize, stride: usize, depth: i32, to0: usize, to1: usize, add: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let d0 = c0;
  let d1 = c0;
  let d2 = c0;
  let d3 = c0;
  const even = a0 + ((<usize>(depth & ~1)) << 2);
  while (a0 < even) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let b2 = v128.load(b, 32);
    let b3 = v128.load(b, 48);
    let x = v128.load32_splat(a0);
    let y = v128.load32_splat(a1);
    c0 = madd(x, b0, c0);
    d0 = madd(y, b0, d0);
    c1 = madd(x, b1, c1);
    d1 = madd(y, b1, d1);
    c2 = madd(x, b2, c2);
    d2 = madd(y, b2, d2);
    c3 = madd(x, b3, c3);
    d3 = madd(y, b3, d3);
    b += stride;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    b2 = v128.load(b, 32);
    b3 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    y = v128.load32_splat(a1, 4);
    c0 = madd(x, b0, c0);
    d0 = madd(y, b0, d0);
    c1 = madd(x, b1, c1);
    d1 = madd(y, b1, d1);
    c2 = madd(x, b2, c2);
    d2 = madd(y, b2, d2);
    c3 = madd(x, b3, c3);
    d3 = madd(y, b3, d3);
    b += stride;
    a0 += 8;
    a1 += 8;
  }
  if ((depth & 1) == 1) {
    const x = v128.load32_splat(a0);
    const y = v128.load32_splat(a1);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    c0 = madd(x, b0, c0);
    d0 = madd(y, b0, d0);
    c1 = madd(x, b1, c1);
    d1 = madd(y, b1, d1);
    c2 = madd(x, b2, c2);
    d2 = madd(y, b2, d2);
    c3 = madd(x, b3, c3);
    d3 = madd(y, b3, d3);
  }
  if (add) {
    c0 = f32x4.add(c0, v128.load(to0));
    c1 = f32x4.add(c1, v128.load(to0, 16));
    c2 = f32x4.add(c2, v128.load(to0, 32));
    c3 = f32x4.add(c3, v128.load(to0, 48));
    d0 = f32x4.add(d0, v128.load(to1));
    d1 = f32x4.add(d1, v128.load(to1, 16));
    d2 = f32x4.add(d2, v128.load(to1, 32));
    d3 = f32x4.add(d3, v128.load(to1, 48));
  }
  v128.store(to0, c0);
  v128.store(to0, c1, 16);
  v128.store(to0, c2, 32);
  v128.store(to0, c3, 48);
  v128.store(to1, d0);
  v128.store(to1, d1, 16);
  v128.store(to1, d2, 32);
  v128.store(to1, d3, 48);
}
