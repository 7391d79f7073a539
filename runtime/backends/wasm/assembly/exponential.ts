// Functions of 4 numbers, from the exponential and the logarithm: polynomials of the Cephes library, and 1 to 3 ulp.
import { madd } from './simd';

/** e^x − 1 for |x| ≤ ln 2 / 2. */
function small(r: v128): v128 {
  let p = madd(f32x4.splat(1.98756915e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  return madd(p, f32x4.mul(r, r), r);
}

/** x − n · ln 2, ln 2 in two parts: n times the first is exact. */
function remainder(x: v128, n: v128): v128 {
  const r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
}

function nearestPower(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x not above 0; 0 below the normal range of float32. */
export function expOfNegative(x: v128): v128 {
  // Adding 1.5 · 2^23 rounds to a whole number, in the low bits.
  const magic = f32x4.splat(12582912);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.4426950408889634)), magic);
  const n = f32x4.sub(shifted, magic);
  const p = f32x4.add(small(remainder(x, n)), f32x4.splat(1));
  return v128.andnot(f32x4.mul(p, powerOfTwo(shifted)), f32x4.lt(x, f32x4.splat(-87.3)));
}

/** e^x. */
export function exp(given: v128): v128 {
  const x = f32x4.min(f32x4.max(given, f32x4.splat(-105)), f32x4.splat(89.5));
  const n = nearestPower(x);
  const p = f32x4.add(small(remainder(x, n)), f32x4.splat(1));
  // 2^n in two factors, so that results below the normal range are rounded and not lost.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x − 1, without loss near 0. */
export function expm1(given: v128): v128 {
  const x = f32x4.min(f32x4.max(given, f32x4.splat(-20)), f32x4.splat(89.5));
  const n = nearestPower(x);
  const p = small(remainder(x, n));
  // 2^n (p + 1) − 1 = 2 (2^(n−1) p + (2^(n−1) − 1/2)): 2^128 itself has no float32.
  const power = powerOfTwo(i32x4.sub(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(1)));
  const half = madd(power, p, f32x4.sub(power, f32x4.splat(0.5)));
  // For n = 0 the polynomial is the result, whole.
  return v128.bitselect(p, f32x4.add(half, half), f32x4.eq(n, f32x4.splat(0)));
}

/** (e^2x − 1) / (e^2x + 1), by way of −2 |x|. */
export function tanh(x: v128): v128 {
  const t = expm1(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const y = f32x4.div(f32x4.neg(t), f32x4.add(t, f32x4.splat(2)));
  const sign = f32x4.splat(-0.0);
  return v128.or(v128.andnot(y, sign), v128.and(x, sign));
}

/** 1 / (1 + e^−x), by way of −|x|. */
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const one = f32x4.splat(1);
  const numerator = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(numerator, f32x4.add(e, one));
}

/** The natural logarithm. */
export function log(given: v128): v128 {
  // Below the normal range: times 2^23.
  const tiny = f32x4.lt(given, f32x4.splat(1.17549435e-38));
  const x = v128.bitselect(f32x4.mul(given, f32x4.splat(8388608)), given, tiny);
  // x = 2^n · m, m from √½ to √2.
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const n = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)), v128.and(tiny, f32x4.splat(23)));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const r = f32x4.sub(m, f32x4.splat(1));
  const square = f32x4.mul(r, r);
  let p = madd(f32x4.splat(7.0376836292e-2), r, f32x4.splat(-1.151461031e-1));
  p = madd(p, r, f32x4.splat(1.167699874e-1));
  p = madd(p, r, f32x4.splat(-1.2420140846e-1));
  p = madd(p, r, f32x4.splat(1.4249322787e-1));
  p = madd(p, r, f32x4.splat(-1.6668057665e-1));
  p = madd(p, r, f32x4.splat(2.0000714765e-1));
  p = madd(p, r, f32x4.splat(-2.4999993993e-1));
  p = madd(p, r, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, r), square);
  y = f32x4.add(y, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  y = f32x4.add(f32x4.add(r, y), f32x4.mul(n, f32x4.splat(0.693359375)));
  return special(given, y);
}

/** What the logarithm of 0, Infinity, NaN and negative numbers is. */
function special(x: v128, y: v128): v128 {
  const infinity = f32x4.splat(Infinity);
  y = v128.bitselect(infinity, y, f32x4.eq(x, infinity));
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(y, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}

/** log(1 + x), without loss near 0. */
export function log1p(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(x, one);
  // What the sum lost, x − (u − 1), shifts the logarithm by that over u.
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, one)), u);
  const usual = v128.and(f32x4.gt(u, f32x4.splat(0)), f32x4.lt(u, f32x4.splat(Infinity)));
  const y = f32x4.add(log(u), v128.and(lost, usual));
  // Where nothing is left of x, log(1 + x) is x, its sign of zero included.
  return v128.bitselect(x, y, f32x4.eq(u, one));
}
