import { exp, expm1, log, log1p, sigmoid, tanh } from './exponential';
import { at } from './simd';
import { copyRun } from './window';

/**
 * One function of `count` numbers: 0 e^x, 1 e^x − 1, 2 logarithm, 3 log(1 + x), 4 tanh, 5 sigmoid. The last numbers, fewer
 * than 4, go by way of `corner`.
 */
export function unary(operation: i32, x: usize, count: i32, y: usize, corner: usize): void {
  run(operation, x, count & ~3, y);
  const rest = count & 3;
  if (rest == 0) return;
  v128.store(corner, f32x4.splat(0));
  copyRun(corner, at(x, count - rest), rest);
  run(operation, corner, 4, corner);
  copyRun(at(y, count - rest), corner, rest);
}

function run(operation: i32, x: usize, count: i32, y: usize): void {
  const end = at(x, count);
  const step = y - x;
  if (operation == 0) for (; x < end; x += 16) v128.store(x + step, exp(v128.load(x)));
  else if (operation == 1) for (; x < end; x += 16) v128.store(x + step, expm1(v128.load(x)));
  else if (operation == 2) for (; x < end; x += 16) v128.store(x + step, log(v128.load(x)));
  else if (operation == 3) for (; x < end; x += 16) v128.store(x + step, log1p(v128.load(x)));
  else if (operation == 4) for (; x < end; x += 16) v128.store(x + step, tanh(v128.load(x)));
  else for (; x < end; x += 16) v128.store(x + step, sigmoid(v128.load(x)));
}
