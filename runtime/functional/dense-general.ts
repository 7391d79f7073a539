import * as tf from '@tensorflow/tfjs';
import type { Initializer } from '../random/initializers.js';
import type { DimensionNumbers, DotGeneral } from './dense.js';
import { mistake } from './mistake.js';

/** What `denseGeneral` computes with. */
export interface DenseGeneralOptions {
  /** [...batch, ...in, ...features]. */
  readonly kernel: tf.Tensor;
  /** [...batch, ...features], or null for none. */
  readonly bias: tf.Tensor | null;
  /** Contracted axes of the input, from 0, ascending. */
  readonly axes: readonly number[];
  /** Leading axes with weights of their own, from 0. */
  readonly batchAxes: readonly number[];
  /** Takes the place of the built-in product. */
  readonly dotGeneral?: DotGeneral | null | undefined;
}

/** Linear map over several axes: [...batch, ...rest, in] → [...batch, ...rest, ...features]. Flax `DenseGeneral`. */
export function denseGeneral(x: tf.Tensor, options: DenseGeneralOptions): tf.Tensor {
  const { kernel, bias, axes, batchAxes } = options;
  const batchOf = batchAxes.map((_, i) => i);
  const contracted = axes.map((_, i) => batchAxes.length + i);
  const numbers: DimensionNumbers = [
    [axes, contracted],
    [batchAxes, batchOf],
  ];
  const y = (options.dotGeneral ?? dotGeneral)(x, kernel, numbers);
  if (bias === null) return y;
  const kept = x.shape.flatMap((size, axis) => (axes.includes(axis) ? [] : [batchAxes.includes(axis) ? size : 1]));
  return tf.add(y, tf.reshape(bias, [...kept, ...bias.shape.slice(batchAxes.length)]));
}

/** Product over contracted axes: batch axes, then what is left of `lhs`, then of `rhs`. Mirrors `lax.dot_general`. */
export function dotGeneral(lhs: tf.Tensor, rhs: tf.Tensor, numbers: DimensionNumbers): tf.Tensor {
  const [[lhsContracted, rhsContracted], [lhsBatch, rhsBatch]] = numbers;
  checkSizes(lhs, rhs, numbers);
  const free = (x: tf.Tensor, used: readonly number[]) => [...x.shape.keys()].filter((axis) => !used.includes(axis));
  const lhsFree = free(lhs, [...lhsContracted, ...lhsBatch]);
  const rhsFree = free(rhs, [...rhsContracted, ...rhsBatch]);
  const sizes = (x: tf.Tensor, axes: readonly number[]) => axes.map((axis) => x.shape[axis]!);
  const left = matrices(lhs, [lhsBatch, lhsFree, lhsContracted]);
  const right = matrices(rhs, [rhsBatch, rhsContracted, rhsFree]);
  const shape = [...sizes(lhs, lhsBatch), ...sizes(lhs, lhsFree), ...sizes(rhs, rhsFree)];
  return tf.reshape(tf.matMul(left, right), shape);
}

/**
 * An initializer that sees a kernel [...batch, ...in, ...features] as the matrix [batch · in, features], and a bias
 * as a vector: so the fan of several axes is their product. As Flax's `kernel_init_wrap`.
 */
export function flattenedInit(init: Initializer, { features }: { readonly features: number | null }): Initializer {
  return (key, shape, dtype) =>
    tf.tidy(() => {
      const total = product(shape);
      const flat = features === null ? [total] : [total / features, features];
      return tf.reshape(init(key, flat, dtype), [...shape]);
    });
}

/** Product of sizes; 1 for none. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Throws unless the batch axes are 0, 1, … in any order. */
export function checkBatchAxes(who: string, option: string, axes: readonly number[]): void {
  if (axes.every((_, i) => axes.includes(i))) return;
  throw mistake(
    who,
    `expected ${option} to be leading axes counted from 0, got ${axes.join(', ')}.`,
    'Transpose the input so that these axes come first.',
  );
}

/** One axis for each group of axes; an empty batch is left out. */
function matrices(x: tf.Tensor, groups: readonly (readonly number[])[]): tf.Tensor {
  const order = groups.flat();
  const moved = order.every((axis, i) => axis === i) ? x : tf.transpose(x, order);
  const shape = groups.map((axes) => product(axes.map((axis) => x.shape[axis]!)));
  return tf.reshape(moved, groups[0]!.length === 0 ? shape.slice(1) : shape);
}

function checkSizes(lhs: tf.Tensor, rhs: tf.Tensor, numbers: DimensionNumbers): void {
  for (const [left, right] of numbers) {
    const odd = left.findIndex((axis, i) => lhs.shape[axis] !== rhs.shape[right[i]!]);
    if (odd < 0 && left.length === right.length) continue;
    throw mistake(
      'dotGeneral',
      `expected equal sizes on axes ${left.join(', ')} of [${lhs.shape.join(', ')}] and ${right.join(', ')} of [${rhs.shape.join(', ')}].`,
      'Correct the axes, or reshape the input to the sizes of the kernel.',
    );
  }
}
