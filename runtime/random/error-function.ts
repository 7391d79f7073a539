/** erf in double precision: the Taylor series near 0, the continued fraction of erfc beyond. */
export function erf(x: number): number {
  if (Math.abs(x) > 3) return Math.sign(x) * (1 - erfcTail(Math.abs(x)));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** The inverse of erf in float32 steps, product and sum rounded once as XLA does (Giles 2012, the polynomials of XLA's `ErfInv`). ±1 gives ±∞. */
export function erfInv(x: number): number {
  if (Math.abs(x) === 1) return x * Infinity;
  const w = fround(-fround(Math.log1p(fround(-x * x))));
  return w < 5
    ? fround(polynomial(central, fround(w - 2.5)) * x)
    : fround(polynomial(tail, fround(fround(Math.sqrt(w)) - 3)) * x);
}

const fround = Math.fround;

const central = Float32Array.of(
  2.81022636e-8,
  3.43273939e-7,
  -3.5233877e-6,
  -4.39150654e-6,
  2.1858087e-4,
  -1.25372503e-3,
  -4.17768164e-3,
  0.246640727,
  1.50140941,
);

const tail = Float32Array.of(
  -2.00214257e-4,
  1.00950558e-4,
  1.34934322e-3,
  -3.67342844e-3,
  5.73950773e-3,
  -7.6224613e-3,
  9.43887047e-3,
  1.00167406,
  2.83297682,
);

function polynomial(coefficients: Float32Array, w: number): number {
  let p = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) p = fround(coefficients[i]! + p * w);
  return p;
}

/** erfc for x > 3 (Abramowitz and Stegun 7.1.14). */
function erfcTail(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}
