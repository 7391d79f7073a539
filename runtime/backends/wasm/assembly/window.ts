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
  const perHeight = outputSize(g, 2);
  const perDepth = perHeight * outputSize(g, 1);
  const perBatch = perDepth * outputSize(g, 0);
  const volume = inputSize(g, 0) * inputSize(g, 1) * inputSize(g, 2);
  const line = windowSize(g, 2) * channels;
  for (let p = first; p < first + count; p++) {
    const image = at(x, (p / perBatch) * volume * channels);
    const d0 = ((p % perBatch) / perDepth) * strideOf(g, 0) - padOf(g, 0);
    const h0 = ((p % perDepth) / perHeight) * strideOf(g, 1) - padOf(g, 1);
    const w0 = (p % perHeight) * strideOf(g, 2) - padOf(g, 2);
    for (let i = 0; i < windowSize(g, 0); i++) {
      const d = d0 + i * dilationOf(g, 0);
      for (let j = 0; j < windowSize(g, 1); j++) {
        const h = h0 + j * dilationOf(g, 1);
        const inside = d >= 0 && d < inputSize(g, 0) && h >= 0 && h < inputSize(g, 1);
        if (inside) {
          const start = at(image, (d * inputSize(g, 1) + h) * inputSize(g, 2) * channels);
          visitLine(g, start, channels, w0, rows, add);
        } else if (!add) memory.fill(rows, 0, (<usize>line) << 2);
        rows = at(rows, line);
      }
    }
  }
}

/** One line of a window: a run of numbers where the kernel is not dilated. */
function visitLine(g: usize, start: usize, channels: i32, w0: i32, row: usize, add: bool): void {
  const size = windowSize(g, 2);
  const width = inputSize(g, 2);
  const step = dilationOf(g, 2);
  if (step == 1) {
    const low = min(size, max(0, -w0));
    const high = max(low, min(size, width - w0));
    if (add) addRun(at(start, (w0 + low) * channels), at(row, low * channels), (high - low) * channels);
    else {
      for (let i = 0; i < low * channels; i++) store<f32>(at(row, i), 0);
      copyRun(at(row, low * channels), at(start, (w0 + low) * channels), (high - low) * channels);
      for (let i = high * channels; i < size * channels; i++) store<f32>(at(row, i), 0);
    }
    return;
  }
  for (let i = 0; i < size; i++) {
    const w = w0 + i * step;
    const to = at(row, i * channels);
    if (w >= 0 && w < width) {
      if (add) addRun(at(start, w * channels), to, channels);
      else copyRun(to, at(start, w * channels), channels);
    } else if (!add) memory.fill(to, 0, (<usize>channels) << 2);
  }
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
