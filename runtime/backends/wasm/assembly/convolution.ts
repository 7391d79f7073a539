/* eslint max-params: off */
// Convolutions as matrix products of patches, a few hundred output places at a time: x [batch, ...space, c], kernel
// [window · c, o], y [batch, ...space', o]; `places` counts those of y over the batch. Depthwise ones as plain loops.
import { gemm } from './gemm';
import { planes } from './planes';
import { at, madd } from './simd';
import { addPatches, addRun, dilationOf, inputSize, outputSize, padOf, patches, strideOf, windowSize } from './window';

const ROWS: i32 = 256;

/** Numbers of scratch for patches of `depth` numbers. */
export function patchRows(places: i32, depth: i32): i32 {
  return min(places, max(16, min(ROWS, 131072 / max(1, depth))));
}

export function convolve(
  g: usize,
  x: usize,
  kernel: usize,
  y: usize,
  places: i32,
  c: i32,
  o: i32,
  rows: usize,
  scratch: usize,
): void {
  const depth = windowSize(g, 0) * windowSize(g, 1) * windowSize(g, 2) * c;
  const step = patchRows(places, depth);
  for (let p = 0; p < places; p += step) {
    const count = min(step, places - p);
    if (c == 1) planes(g, x, p, count, rows);
    else patches(g, x, c, p, count, rows);
    gemm(rows, c == 1 ? count : depth, c == 1, kernel, o, false, at(y, p * o), o, count, o, depth, false, scratch);
  }
}

/** The kernel's cotangent. */
export function convolveKernel(
  g: usize,
  x: usize,
  dy: usize,
  kernel: usize,
  places: i32,
  c: i32,
  o: i32,
  rows: usize,
  scratch: usize,
): void {
  const depth = windowSize(g, 0) * windowSize(g, 1) * windowSize(g, 2) * c;
  const step = patchRows(places, depth);
  memory.fill(kernel, 0, (<usize>(depth * o)) << 2);
  for (let p = 0; p < places; p += step) {
    const count = min(step, places - p);
    if (c == 1) planes(g, x, p, count, rows);
    else patches(g, x, c, p, count, rows);
    gemm(rows, c == 1 ? count : depth, c != 1, at(dy, p * o), o, false, kernel, o, depth, o, count, true, scratch);
  }
}

/** The input's cotangent, into `dx`, which holds zeros. */
export function convolveInput(
  g: usize,
  dy: usize,
  kernel: usize,
  dx: usize,
  places: i32,
  c: i32,
  o: i32,
  rows: usize,
  scratch: usize,
): void {
  const depth = windowSize(g, 0) * windowSize(g, 1) * windowSize(g, 2) * c;
  const step = patchRows(places, depth);
  for (let p = 0; p < places; p += step) {
    const count = min(step, places - p);
    gemm(at(dy, p * o), o, false, kernel, o, true, rows, depth, count, depth, o, false, scratch);
    addPatches(g, dx, c, p, count, rows);
  }
}

const FORWARD: i32 = 0;
const KERNEL: i32 = 1;

/**
 * Depthwise: y[…, c · times + q] = Σ x[…, c] · kernel[…, c, q]. `task` 0 adds to y, 1 to the kernel (by way of `partial`,
 * the sum of one image, which keeps long sums accurate), 2 to x.
 */
export function depthwise(
  task: i32,
  g: usize,
  x: usize,
  kernel: usize,
  y: usize,
  batch: i32,
  c: i32,
  times: i32,
  partial: usize,
): void {
  const size = windowSize(g, 1) * windowSize(g, 2) * c * times;
  const inputs = inputSize(g, 1) * inputSize(g, 2) * c;
  const outputs = outputSize(g, 1) * outputSize(g, 2) * c * times;
  for (let b = 0; b < batch; b++) {
    if (task != KERNEL) depthwiseImage(task, g, at(x, b * inputs), kernel, at(y, b * outputs), c, times);
    else {
      memory.fill(partial, 0, (<usize>size) << 2);
      depthwiseImage(task, g, at(x, b * inputs), partial, at(y, b * outputs), c, times);
      addRun(kernel, partial, size);
    }
  }
}

function depthwiseImage(task: i32, g: usize, x: usize, kernel: usize, y: usize, c: i32, times: i32): void {
  for (let h = 0; h < outputSize(g, 1); h++) {
    for (let w = 0; w < outputSize(g, 2); w++) {
      const to = at(y, (h * outputSize(g, 2) + w) * c * times);
      for (let i = 0; i < windowSize(g, 1); i++) {
        const inH = h * strideOf(g, 1) - padOf(g, 1) + i * dilationOf(g, 1);
        if (inH < 0 || inH >= inputSize(g, 1)) continue;
        for (let j = 0; j < windowSize(g, 2); j++) {
          const inW = w * strideOf(g, 2) - padOf(g, 2) + j * dilationOf(g, 2);
          if (inW < 0 || inW >= inputSize(g, 2)) continue;
          const from = at(x, (inH * inputSize(g, 2) + inW) * c);
          const weights = at(kernel, (i * windowSize(g, 2) + j) * c * times);
          if (task == FORWARD) channelProducts(to, from, weights, c, times);
          else if (task == KERNEL) channelProducts(weights, from, to, c, times);
          else channelSums(from, weights, to, c, times);
        }
      }
    }
  }
}

/** to[c · times + q] += x[c] · v[c · times + q]. */
function channelProducts(to: usize, x: usize, v: usize, c: i32, times: i32): void {
  let i = 0;
  if (times == 1) {
    for (; i + 4 <= c; i += 4) {
      v128.store(at(to, i), madd(v128.load(at(x, i)), v128.load(at(v, i)), v128.load(at(to, i))));
    }
  }
  for (; i < c; i++) {
    const value = load<f32>(at(x, i));
    for (let q = i * times; q < (i + 1) * times; q++) {
      store<f32>(at(to, q), load<f32>(at(to, q)) + value * load<f32>(at(v, q)));
    }
  }
}

/** x[c] += Σ u[c · times + q] · v[c · times + q]. */
function channelSums(x: usize, u: usize, v: usize, c: i32, times: i32): void {
  if (times == 1) {
    channelProducts(x, u, v, c, 1);
    return;
  }
  for (let i = 0; i < c; i++) {
    let sum: f32 = 0;
    for (let q = i * times; q < (i + 1) * times; q++) sum += load<f32>(at(u, q)) * load<f32>(at(v, q));
    store<f32>(at(x, i), load<f32>(at(x, i)) + sum);
  }
}
