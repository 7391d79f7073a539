/* eslint max-params: off */
// Windows of [batch, ...space, c], each channel by itself. Places of a window outside the input are skipped.
import { at } from './simd';
import { addRun, dilationOf, inputSize, outputSize, padOf, strideOf, windowSize } from './window';

const MAX: i32 = 0;
const AVERAGE: i32 = 1;

/**
 * `task`: 0 largest, 1 average of the places inside, both into y; 2 gives y (a cotangent) to the first largest place of the
 * window (by way of `best` and `place`, c numbers each), 3 gives each place y over the whole window's size: added to dx.
 */
export function pool(
  task: i32,
  g: usize,
  x: usize,
  y: usize,
  dx: usize,
  places: i32,
  c: i32,
  best: usize,
  place: usize,
): void {
  const perHeight = outputSize(g, 2);
  const perDepth = perHeight * outputSize(g, 1);
  const perBatch = perDepth * outputSize(g, 0);
  const volume = inputSize(g, 0) * inputSize(g, 1) * inputSize(g, 2);
  const share = <f32>1 / <f32>(windowSize(g, 0) * windowSize(g, 1) * windowSize(g, 2));
  for (let p = 0; p < places; p++) {
    const image = (p / perBatch) * volume;
    const d0 = ((p % perBatch) / perDepth) * strideOf(g, 0) - padOf(g, 0);
    const h0 = ((p % perDepth) / perHeight) * strideOf(g, 1) - padOf(g, 1);
    const w0 = (p % perHeight) * strideOf(g, 2) - padOf(g, 2);
    const out = at(y, p * c);
    const count = visit(task, g, x, dx, out, best, place, image, d0, h0, w0, c, share);
    if (task == AVERAGE) scale(out, c, <f32>1 / <f32>count);
    else if (task == 2) {
      for (let i = 0; i < c; i++) {
        const to = at(dx, load<i32>(at(place, i)));
        store<f32>(to, load<f32>(to) + load<f32>(at(out, i)));
      }
    }
  }
}

/** Goes through one window; returns how many of its places are inside. */
function visit(
  task: i32,
  g: usize,
  x: usize,
  dx: usize,
  out: usize,
  best: usize,
  place: usize,
  image: i32,
  d0: i32,
  h0: i32,
  w0: i32,
  c: i32,
  share: f32,
): i32 {
  let count = 0;
  for (let i = 0; i < windowSize(g, 0); i++) {
    const d = d0 + i * dilationOf(g, 0);
    if (d < 0 || d >= inputSize(g, 0)) continue;
    for (let j = 0; j < windowSize(g, 1); j++) {
      const h = h0 + j * dilationOf(g, 1);
      if (h < 0 || h >= inputSize(g, 1)) continue;
      for (let k = 0; k < windowSize(g, 2); k++) {
        const w = w0 + k * dilationOf(g, 2);
        if (w < 0 || w >= inputSize(g, 2)) continue;
        const from = (image + (d * inputSize(g, 1) + h) * inputSize(g, 2) + w) * c;
        if (task == MAX) takeLargest(out, at(x, from), c, count == 0);
        else if (task == AVERAGE) {
          if (count == 0) memory.fill(out, 0, (<usize>c) << 2);
          addRun(out, at(x, from), c);
        } else if (task == 2) rememberLargest(best, place, at(x, from), from, c, count == 0);
        else addScaled(at(dx, from), out, c, share);
        count++;
      }
    }
  }
  return count;
}

function takeLargest(to: usize, x: usize, c: i32, first: bool): void {
  let i = 0;
  for (; i + 4 <= c; i += 4) {
    const v = v128.load(at(x, i));
    v128.store(at(to, i), first ? v : f32x4.max(v128.load(at(to, i)), v));
  }
  for (; i < c; i++) {
    const v = load<f32>(at(x, i));
    store<f32>(at(to, i), first ? v : max<f32>(load<f32>(at(to, i)), v));
  }
}

function rememberLargest(best: usize, place: usize, x: usize, from: i32, c: i32, first: bool): void {
  for (let i = 0; i < c; i++) {
    const v = load<f32>(at(x, i));
    if (first || v > load<f32>(at(best, i))) {
      store<f32>(at(best, i), v);
      store<i32>(at(place, i), from + i);
    }
  }
}

function addScaled(to: usize, x: usize, c: i32, factor: f32): void {
  for (let i = 0; i < c; i++) store<f32>(at(to, i), load<f32>(at(to, i)) + factor * load<f32>(at(x, i)));
}

function scale(x: usize, c: i32, factor: f32): void {
  for (let i = 0; i < c; i++) store<f32>(at(x, i), load<f32>(at(x, i)) * factor);
}
