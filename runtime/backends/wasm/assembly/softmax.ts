import { expOfNegative } from './exponential';
import { fold, sumOf } from './reductions';
import { at } from './simd';
import { copyRun } from './window';

/** Rows of `count` numbers: e^(x − largest), over their sum. `corner`: room for 4 numbers. */
export function softmax(x: usize, rows: i32, count: i32, y: usize, corner: usize): void {
  for (let row = 0; row < rows; row++) {
    const from = at(x, row * count);
    const to = at(y, row * count);
    const largest = f32x4.splat(fold(1, from, count));
    for (let i = 0; i < count; i += 4) {
      const whole = i + 4 <= count;
      if (!whole) copyRun(corner, at(from, i), count - i);
      const e = expOfNegative(f32x4.sub(v128.load(whole ? at(from, i) : corner), largest));
      v128.store(whole ? at(to, i) : corner, e);
      if (!whole) copyRun(at(to, i), corner, count - i);
    }
    const factor = f32x4.splat(<f32>(1 / sumOf(to, count)));
    let i = 0;
    for (; i + 4 <= count; i += 4) v128.store(at(to, i), f32x4.mul(v128.load(at(to, i)), factor));
    for (; i < count; i++) store<f32>(at(to, i), load<f32>(at(to, i)) * f32x4.extract_lane(factor, 0));
  }
}
