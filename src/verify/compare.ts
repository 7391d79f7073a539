/** One pair of tensors: how far apart they are, and where it is worst. */
import type { TensorVerdict, WorstDifference } from '../ir/report.js';
import type { TensorData } from './tensor-data.js';

export interface Comparison {
  readonly verdict: TensorVerdict;
  readonly worst: WorstDifference | null;
  /** What differs besides values (shape, dtype, NaN positions); empty otherwise. */
  readonly reason: string;
}

/** Difference, relative to the largest reference value, up to which values are still the same sum in another order. */
export const sameOrderLimit = 1e-6;

/**
 * Compares bits first, then max |difference| ÷ max |reference| with `sameOrderLimit` and with `tolerance`. Integers and
 * booleans are exact; NaN and infinities must sit at the same places. A difference up to `floor`, which was measured on the
 * old version, is rounding.
 */
export function compareTensors(
  path: string,
  pair: readonly [TensorData, TensorData],
  tolerance: number,
  floor = 0,
): Comparison {
  const [reference, other] = pair;
  const shapes = [reference, other].map((each) => `${each.dtype}[${each.shape.join(', ')}]`);
  if (shapes[0] !== shapes[1]) return { verdict: 'mismatch', worst: null, reason: `${path}: ${shapes.join(' ≠ ')}` };
  const at = worstIndex(reference.values, other.values);
  if (at === null) return { verdict: 'identical', worst: null, reason: '' };
  const worst = describe(path, pair, at);
  const verdict = grade(reference.dtype, worst.relative, tolerance);
  const isRounding = reference.dtype === 'float32' && distance(worst.linen, worst.nnx) <= floor;
  if (!isRounding || verdict === 'same-order') return { verdict, worst, reason: differenceText(worst) };
  const reason = `${differenceText(worst)}, no more than rounding moves it (${floor.toExponential(1)})`;
  return { verdict: 'same-order', worst, reason };
}

const order: readonly TensorVerdict[] = ['identical', 'same-order', 'close', 'not-compared', 'mismatch'];

/** The weaker of two verdicts. */
export function weaker(a: TensorVerdict, b: TensorVerdict): TensorVerdict {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** `block.linear.kernel[2, 0]: 0.5 (Linen) ≠ 0.25 (NNX)`. */
export function differenceText({ path, index, linen, nnx, relative }: WorstDifference): string {
  return `${path}[${index.join(', ')}]: ${linen} (Linen) ≠ ${nnx} (NNX), relative ${relative.toExponential(1)}`;
}

function grade(dtype: string, relative: number, tolerance: number): TensorVerdict {
  if (dtype !== 'float32') return 'mismatch';
  if (relative <= sameOrderLimit) return 'same-order';
  return relative <= tolerance ? 'close' : 'mismatch';
}

/** Null when every value has the same bits. A place where only one is finite is the worst there can be. */
function worstIndex(reference: ArrayLike<number>, other: ArrayLike<number>): number | null {
  let worst: number | null = null;
  let largest = -1;
  for (let i = 0; i < reference.length; i++) {
    if (Object.is(reference[i], other[i])) continue;
    const difference = distance(reference[i]!, other[i]!);
    if (difference <= largest) continue;
    largest = difference;
    worst = i;
  }
  return worst;
}

function distance(a: number, b: number): number {
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Infinity;
}

function describe(path: string, [reference, other]: readonly [TensorData, TensorData], at: number): WorstDifference {
  const linen = reference.values[at]!;
  const nnx = other.values[at]!;
  let scale = 0;
  for (const value of reference.values) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  const difference = distance(linen, nnx);
  const relative = difference === 0 ? 0 : difference / scale;
  return { path, index: unravel(at, reference.shape), linen, nnx, relative };
}

function unravel(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(at % size);
    at = Math.floor(at / size);
  }
  return index;
}
