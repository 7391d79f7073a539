import * as tf from '@tensorflow/tfjs';
import { convolution, explicitAmounts, type Padding, perAxis } from './convolution.js';
import { mistake } from './mistake.js';

/** How a transposed convolution spreads its input; one number stands for all axes. */
export interface TransposedConvolutionOptions {
  /** Default 1. */
  readonly strides?: number | readonly number[] | null | undefined;
  /** Default 'SAME'. 'REFLECT' and 'CAUSAL' are not defined here. */
  readonly padding?: Padding | undefined;
  /** Default 1. */
  readonly kernelDilation?: number | readonly number[] | null | undefined;
  /** The kernel is [...size, out, in] and is flipped. Default false. */
  readonly transposeKernel?: boolean | undefined;
}

/**
 * Convolution over an input spread by its strides: [...batch, ...space, in] with kernel [...size, in, out] →
 * [...batch, ...space · strides, out]. The kernel is not flipped unless transposed. Flax `ConvTranspose`.
 */
export function transposedConvolution(
  x: tf.Tensor,
  kernel: tf.Tensor,
  options: TransposedConvolutionOptions = {},
): tf.Tensor {
  const rank = kernel.rank - 2;
  const { padding = 'SAME', transposeKernel = false } = options;
  const [strides, dilations] = [perAxis(options.strides, rank), perAxis(options.kernelDilation, rank)];
  const reach = dilations.map((dilation, i) => (kernel.shape[i]! - 1) * dilation + 1);
  const y = convolution(x, transposeKernel ? flipped(kernel) : kernel, {
    padding: amountsOf(padding, reach, strides),
    inputDilation: strides,
    kernelDilation: dilations,
  });
  if (padding !== 'CIRCULAR') return y;
  const first = x.rank - rank - 1;
  const periods = strides.map((stride, i) => x.shape[first + i]! * stride);
  return periods.reduce((folded, period, i) => foldAxis(folded, first + i, { period, transposeKernel }), y);
}

/** Space mirrored, channels swapped. */
function flipped(kernel: tf.Tensor): tf.Tensor {
  const space = [...kernel.shape.keys()].slice(0, -2);
  return tf.transpose(tf.reverse(kernel, space), [...space, kernel.rank - 1, kernel.rank - 2]);
}

/** Zeros around the spread input, as `jax.lax.conv_transpose`. */
function amountsOf(
  padding: Padding,
  reach: readonly number[],
  strides: readonly number[],
): readonly (readonly [low: number, high: number])[] {
  if (padding === 'REFLECT' || padding === 'CAUSAL') {
    throw mistake(
      'ConvTranspose',
      `expected a padding it has, got '${padding}'.`,
      "Use 'SAME', 'VALID' or 'CIRCULAR'.",
    );
  }
  if (typeof padding !== 'string') return explicitAmounts(padding, reach.length);
  return reach.map((size, i) => {
    const stride = strides[i]!;
    if (padding !== 'SAME') return [size - 1, stride - 1 + Math.max(size - stride, 0)];
    const total = size + stride - 2;
    const low = stride > size - 1 ? size - 1 : Math.ceil(total / 2);
    return [low, total - low];
  });
}

/** Adds up what lies a period apart on one axis, so that the ends meet. */
function foldAxis(
  y: tf.Tensor,
  axis: number,
  { period, transposeKernel }: { readonly period: number; readonly transposeKernel: boolean },
): tf.Tensor {
  const missing = modulo(period - y.shape[axis]!, 2 * period);
  const [more, less] = [Math.ceil(missing / 2), Math.floor(missing / 2)];
  const pads = y.shape.map((_, i): [number, number] => {
    if (i !== axis) return [0, 0];
    return transposeKernel ? [less, more] : [more, less];
  });
  const whole = tf.pad(y, pads);
  const turns = whole.shape[axis]! / period;
  return tf.sum(tf.reshape(whole, [...y.shape.slice(0, axis), turns, period, ...y.shape.slice(axis + 1)]), axis);
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
