/* eslint max-params: off */
// Windows of a kernel on [batch, depth, height, width, channels] (one-dimensional axes where there are fewer): patches as
// rows of a matrix, and such rows added back. Geometry: 18 int32 in the order of the offsets below.
import { at } from './simd';

export function inputSize(g: usize, axis: i32): i32 {
  return load<i32>(at(g, axis));
}
export function outputSize(g: usize, axis: i32): i32 {
  return load<i32>(at(g, 3 + axis));
}
export function windowSize(g: usize, axis: i32): i32 {
  return load<i32>(at(g, 6 + axis));
}
export function strideOf(g: usize, axis: i32): i32 {
  return load<i32>(at(g, 9 + axis));
}
export function dilationOf(g: usize, axis: i32): i32 {
  return load<i32>(at(g, 12 + axis));
}
export function padOf(g: usize, axis: i32): i32 {
  return load<i32>(at(g, 15 + axis));
}

/** Rows [window, channels] of the input for `count` places of the output from `first` on. */
export function patches(g: usize, x: usize, channels: i32, first: i32, count: i32, to: usize): void {
  visit(g, x, channels, first, count, to, false);
}

/** Adds such rows to the input's places. */
export function addPatches(g: usize, x: usize, channels: i32, first: i32, count: i32, from: usize): void {
  visit(g, x, channels, first, count, from, true);
}

function visit(g: usize, x: usize, channels: i32, first: i32, count: i32, rows: usize, add: bool): void {
  const inD = inputSize(g, 0);
  const inH = inputSize(g, 1);
  const inW = inputSize(g, 2);
  const sizeH = windowSize(g, 1);
  const sizeW = windowSize(g, 2);
  const stepH = dilationOf(g, 1);
  const stepW = dilationOf(g, 2);
  const outW = outputSize(g, 2);
  const perDepth = outW * outputSize(g, 1);
  const perBatch = perDepth * outputSize(g, 0);
  for (let p = first; p < first + count; p++) {
    const image = at(x, (p / perBatch) * inD * inH * inW * channels);
    const inBatch = p % perBatch;
    const inPlane = inBatch % perDepth;
    const d0 = (inBatch / perDepth) * strideOf(g, 0) - padOf(g, 0);
    const h0 = (inPlane / outW) * strideOf(g, 1) - padOf(g, 1);
    const w0 = (inPlane % outW) * strideOf(g, 2) - padOf(g, 2);
    // Places low to high of each line of the window are inside.
    const low = min(sizeW, w0 >= 0 ? 0 : (stepW - 1 - w0) / stepW);
    const high = max(low, w0 >= inW ? 0 : min(sizeW, (inW - w0 + stepW - 1) / stepW));
    for (let i = 0; i < windowSize(g, 0); i++) {
      const d = d0 + i * dilationOf(g, 0);
      for (let j = 0; j < sizeH; j++) {
        const h = h0 + j * stepH;
        const inside = d >= 0 && d < inD && h >= 0 && h < inH;
        const line = at(image, ((d * inH + h) * inW + w0) * channels);
        if (!inside) {
          if (!add) clear(rows, sizeW * channels);
        } else if (stepW == 1) {
          const from = at(line, low * channels);
          const to = at(rows, low * channels);
          if (add) addRun(from, to, (high - low) * channels);
          else {
            if (low > 0) clear(rows, low * channels);
            copyRun(to, from, (high - low) * channels);
            if (high < sizeW) clear(at(rows, high * channels), (sizeW - high) * channels);
          }
        } else dilatedLine(line, rows, channels, stepW, sizeW, low, high, add);
        rows = at(rows, sizeW * channels);
      }
    }
  }
}

function dilatedLine(
  line: usize,
  row: usize,
  channels: i32,
  step: i32,
  size: i32,
  low: i32,
  high: i32,
  add: bool,
): void {
  for (let i = 0; i < size; i++) {
    const from = at(line, i * step * channels);
    const to = at(row, i * channels);
    if (i < low || i >= high) {
      if (!add) clear(to, channels);
    } else if (add) addRun(from, to, channels);
    else copyRun(to, from, channels);
  }
}

function clear(to: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f32>(at(to, i), 0);
}

/** Copies `count` numbers. Short runs are common, and a call of `memory.copy` costs more than they do. */
export function copyRun(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < count; i++) store<u32>(at(to, i), load<u32>(at(from, i)));
}

/** Adds `count` numbers. */
export function addRun(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), f32x4.add(v128.load(at(to, i)), v128.load(at(from, i))));
  for (; i < count; i++) store<f32>(at(to, i), load<f32>(at(to, i)) + load<f32>(at(from, i)));
}
