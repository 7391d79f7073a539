import { exp } from './exponential';
import { fold, sumOf } from './reductions';
import { at } from './simd';

/** Rows of `count` numbers: e^(x − largest), over their sum. */
export function softmax(x: usize, rows: i32, count: i32, y: usize): void {
  for (let row = 0; row < rows; row++) {
    const from = at(x, row * count);
    const to = at(y, row * count);
    const largest = f32x4.splat(fold(1, from, count));
    let i = 0;
    for (; i + 4 <= count; i += 4) v128.store(at(to, i), exp(f32x4.sub(v128.load(at(from, i)), largest)));
    for (; i < count; i++) {
      store<f32>(at(to, i), f32x4.extract_lane(exp(f32x4.sub(v128.load32_splat(at(from, i)), largest)), 0));
    }
    const factor = f32x4.splat(<f32>(1 / sumOf(to, count)));
    for (i = 0; i + 4 <= count; i += 4) v128.store(at(to, i), f32x4.mul(v128.load(at(to, i)), factor));
    for (; i < count; i++) store<f32>(at(to, i), load<f32>(at(to, i)) * f32x4.extract_lane(factor, 0));
  }
}
