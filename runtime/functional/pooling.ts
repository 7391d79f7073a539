import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { mistake, shapeText } from './mistake.js';

/** Options of the pooling functions. */
export interface PoolOptions extends Options<{
  /** Default 1 per axis. */
  strides: readonly number[] | null;
  /** Default 'VALID'. */
  padding: 'SAME' | 'VALID' | readonly (readonly [low: number, high: number])[];
}> {}

/** Window average: [batch, ...space, c] → [batch, ...space', c]. Flax `avg_pool`. */
export function avgPool(
  x: tf.Tensor,
  windowShape: readonly number[],
  options: PoolOptions &
    Options<{ /** Divide by the full window at borders. Default true. */ countIncludePad: boolean }> = {},
): tf.Tensor {
  const sums = pool(x, 0, tf.add, windowShape, options);
  if (options.countIncludePad ?? true)
    return tf.div(
      sums,
      windowShape.reduce((a, b) => a * b, 1),
    );
  return tf.div(sums, pool(tf.onesLike(x), 0, tf.add, windowShape, options));
}

/** Window maximum: [batch, ...space, c] → [batch, ...space', c]. Flax `max_pool`. */
export function maxPool(x: tf.Tensor, windowShape: readonly number[], options: PoolOptions = {}): tf.Tensor {
  return pool(x, -Infinity, firstThat(tf.greaterEqual), windowShape, options);
}

/** Window minimum: [batch, ...space, c] → [batch, ...space', c]. Flax `min_pool`. */
export function minPool(x: tf.Tensor, windowShape: readonly number[], options: PoolOptions = {}): tf.Tensor {
  return pool(x, Infinity, firstThat(tf.lessEqual), windowShape, options);
}

/**
 * Window reduction from `init` with `reduceFn`: [batch, ...space, c] → [batch, ...space', c]. One slice of the padded
 * input for each place in the window, reduced in row-major order. Flax `pool`.
 */
export function pool(
  x: tf.Tensor,
  init: number,
  reduceFn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  windowShape: readonly number[],
  options: PoolOptions = {},
): tf.Tensor {
  const rank = windowShape.length;
  const strides = options.strides ?? windowShape.map(() => 1);
  if (x.rank !== rank + 2 && x.rank !== rank + 1) {
    throw mistake(
      'pool',
      `expected [batch, ...space, c] with ${rank} axes of space, got ${shapeText(x.shape)}.`,
      'Reshape it.',
    );
  }
  if (x.rank === rank + 1) return tf.squeeze(pool(tf.expandDims(x, 0), init, reduceFn, windowShape, options), [0]);
  const amounts = windowShape.map((size, i) =>
    amountsOf(options.padding ?? 'VALID', i, [x.shape[i + 1]!, size, strides[i]!]),
  );
  const padded = amounts.every(([low, high]) => low + high === 0) ? x : tf.pad(x, [[0, 0], ...amounts, [0, 0]], init);
  const counts = windowShape.map((size, i) => Math.floor((padded.shape[i + 1]! - size) / strides[i]!) + 1);
  const slices = places(windowShape).map((place) => window(padded, place, { counts, strides }));
  return slices.reduce((reduced, slice) => reduceFn(reduced, slice));
}

/** The first of equals, so that it alone has the gradient, as in JAX's windows; NaN stays. */
function firstThat(holds: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): (a: tf.Tensor, b: tf.Tensor) => tf.Tensor {
  return (a, b) => tf.where(tf.logicalOr(holds(a, b), tf.isNaN(a)), a, b);
}

function amountsOf(
  padding: NonNullable<PoolOptions['padding']>,
  axis: number,
  [input, size, stride]: readonly [number, number, number],
): [low: number, high: number] {
  if (padding === 'VALID') return [0, 0];
  if (padding !== 'SAME') return [...padding[axis]!];
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + size - input, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** All positions within a window, row-major. */
function places(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, size) => found.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  );
}

/** The elements that stand at one place of all windows. */
function window(
  x: tf.Tensor,
  place: readonly number[],
  { counts, strides }: { counts: readonly number[]; strides: readonly number[] },
): tf.Tensor {
  const begin = [0, ...place, 0];
  const end = [x.shape[0]!, ...place.map((at, i) => at + (counts[i]! - 1) * strides[i]! + 1), x.shape.at(-1)!];
  return tf.stridedSlice(x, begin, end, [1, ...strides, 1]);
}
