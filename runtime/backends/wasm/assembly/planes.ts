/* eslint max-params: off */
// Windows on an input of one channel, the other way round: for each place of the window the numbers of many outputs, which
// lie together in the input. A patch of 9 numbers costs more to gather than to multiply.
import { at } from './simd';
import { copyRun, dilationOf, inputSize, outputSize, padOf, strideOf, windowSize } from './window';

/** [window, count] for the `count` outputs from `first` on. */
export function planes(g: usize, x: usize, first: i32, count: i32, to: usize): void {
  for (let i = 0; i < windowSize(g, 0); i++) {
    for (let j = 0; j < windowSize(g, 1); j++) {
      for (let k = 0; k < windowSize(g, 2); k++) {
        plane(g, x, first, count, to, i * dilationOf(g, 0), j * dilationOf(g, 1), k * dilationOf(g, 2));
        to = at(to, count);
      }
    }
  }
}

function plane(g: usize, x: usize, first: i32, count: i32, to: usize, offD: i32, offH: i32, offW: i32): void {
  const outW = outputSize(g, 2);
  const outH = outputSize(g, 1);
  const outD = outputSize(g, 0);
  const inD = inputSize(g, 0);
  const inH = inputSize(g, 1);
  const inW = inputSize(g, 2);
  const end = first + count;
  let p = first;
  while (p < end) {
    const line = p / outW;
    const w = p % outW;
    const length = min(outW - w, end - p);
    const h = (line % outH) * strideOf(g, 1) - padOf(g, 1) + offH;
    const rest = line / outH;
    const d = (rest % outD) * strideOf(g, 0) - padOf(g, 0) + offD;
    if (d < 0 || d >= inD || h < 0 || h >= inH) for (let q = 0; q < length; q++) store<f32>(at(to, q), 0);
    else {
      const from = at(x, (((rest / outD) * inD + d) * inH + h) * inW);
      segment(from, inW, w * strideOf(g, 2) - padOf(g, 2) + offW, strideOf(g, 2), length, to);
    }
    to = at(to, length);
    p += length;
  }
}

/** Every `stride`-th number of a line from `start` on, zeros outside it. */
function segment(line: usize, size: i32, start: i32, stride: i32, length: i32, to: usize): void {
  let q = 0;
  for (; q < length && start + q * stride < 0; q++) store<f32>(at(to, q), 0);
  const inside = start >= size ? 0 : (size - 1 - start) / stride + 1;
  const high = max(q, min(length, inside));
  if (stride == 1) copyRun(at(to, q), at(line, start + q), high - q);
  else for (let i = q; i < high; i++) store<f32>(at(to, i), load<f32>(at(line, start + i * stride)));
  for (q = high; q < length; q++) store<f32>(at(to, q), 0);
}
