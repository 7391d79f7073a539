import * as tf from '@tensorflow/tfjs';
import { mistake, shapeText } from './mistake.js';

/** 'SAME', 'VALID', 'CIRCULAR', 'REFLECT', 'CAUSAL' (1-D), one amount, or an amount or [low, high] per axis. */
export type Padding =
  | 'SAME'
  | 'VALID'
  | 'CIRCULAR'
  | 'REFLECT'
  | 'CAUSAL'
  | number
  | readonly (number | readonly [low: number, high: number])[];

/** How a kernel moves over its input; one number stands for all axes. */
export interface ConvolutionOptions {
  /** Default 1. */
  readonly strides?: number | readonly number[] | null | undefined;
  /** Default 'SAME'. */
  readonly padding?: Padding | undefined;
  /** Zeros put between input elements, minus 1. Default 1. */
  readonly inputDilation?: number | readonly number[] | null | undefined;
  /** Zeros put between kernel elements, minus 1. Default 1. */
  readonly kernelDilation?: number | readonly number[] | null | undefined;
  /** Default 1. */
  readonly featureGroupCount?: number | undefined;
}

/**
 * Cross-correlation over the axes between batch and channels: [...batch, ...space, in] with kernel
 * [...size, in / groups, out] → [...batch, ...space', out]. Leading axes are flattened and restored. Flax `Conv`.
 */
export function convolution(x: tf.Tensor, kernel: tf.Tensor, options: ConvolutionOptions = {}): tf.Tensor {
  const rank = kernel.rank - 2;
  checkInput(x, kernel, options.featureGroupCount ?? 1);
  const { strides, dilations } = windowReach(options, rank);
  const { input, batch } = spreadAndPad(x, options, kernel.shape.slice(0, rank));
  const y = grouped(input, dilate(kernel, dilations, 0), { groups: options.featureGroupCount ?? 1, strides });
  return tf.reshape(y, [...batch, ...y.shape.slice(1)]);
}

/** Strides and kernel dilation, one for each axis. */
export function windowReach(
  options: ConvolutionOptions,
  rank: number,
): { readonly strides: readonly number[]; readonly dilations: readonly number[] } {
  return { strides: perAxis(options.strides, rank), dilations: perAxis(options.kernelDilation, rank) };
}

/** One number for each axis. */
export function perAxis(value: number | readonly number[] | null | undefined, rank: number): readonly number[] {
  return typeof value === 'object' && value !== null ? value : Array.from({ length: rank }, () => value ?? 1);
}

/** The input with one batch axis, dilated and padded for windows of this size; and the batch axes it came with. */
export function spreadAndPad(
  x: tf.Tensor,
  options: ConvolutionOptions,
  size: readonly number[],
): { readonly input: tf.Tensor; readonly batch: readonly number[] } {
  const batch = x.shape.slice(0, x.rank - size.length - 1);
  const flat = tf.reshape(x, [batch.reduce((a, b) => a * b, 1), ...x.shape.slice(batch.length)]);
  const { strides, dilations } = windowReach(options, size.length);
  const reach = size.map((each, i) => (each - 1) * dilations[i]! + 1);
  const padding = options.padding ?? 'SAME';
  const gaps = perAxis(options.inputDilation, size.length);
  // Flax wraps, mirrors and delays the input itself, and spreads it afterwards; other paddings go around the spread one.
  const copies = padding === 'CIRCULAR' || padding === 'REFLECT' || padding === 'CAUSAL';
  if (copies) return { input: dilate(pad(flat, padding, { size: reach, strides }), gaps, 1), batch };
  return { input: pad(dilate(flat, gaps, 1), padding, { size: reach, strides }), batch };
}

interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

/** [batch, ...space, c] with zeros, wrapped or mirrored values around the space. */
function pad(x: tf.Tensor, padding: Padding, window: Window): tf.Tensor {
  if (padding === 'CIRCULAR' || padding === 'REFLECT') {
    return window.size.reduce((padded, size, i) => padByCopy(padded, i + 1, { size, padding }), x);
  }
  const amounts = window.size.map((size, i) => amountsOf(padding, { size, i, x, window }));
  if (amounts.every(([low, high]) => low === 0 && high === 0)) return x;
  return tf.pad(x, [[0, 0], ...amounts, [0, 0]]);
}

function amountsOf(
  padding: Exclude<Padding, 'CIRCULAR' | 'REFLECT'>,
  { size, i, x, window }: { size: number; i: number; x: tf.Tensor; window: Window },
): [low: number, high: number] {
  if (padding === 'VALID') return [0, 0];
  if (padding === 'CAUSAL') {
    if (window.size.length === 1) return [size - 1, 0];
    throw mistake('Conv', `expected padding 'CAUSAL' on one axis, got ${window.size.length} axes.`, "Use 'SAME'.");
  }
  if (padding === 'SAME') {
    const input = x.shape[i + 1]!;
    const stride = window.strides[i]!;
    const total = Math.max((Math.ceil(input / stride) - 1) * stride + size - input, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  const [low, high] = explicitAmounts(padding, window.size.length)[i]!;
  return [low, high];
}

/** Amounts for each axis from a number, numbers or pairs; throws where there is not one for each axis. */
export function explicitAmounts(
  padding: Exclude<Padding, string>,
  rank: number,
): readonly (readonly [low: number, high: number])[] {
  const amounts = typeof padding === 'number' ? Array.from({ length: rank }, () => padding) : padding;
  if (amounts.length === rank) return amounts.map((each) => (typeof each === 'number' ? [each, each] : each));
  throw mistake(
    'Conv',
    `expected padding for ${rank} axes, got ${amounts.length}.`,
    'Pass one amount, or one amount or [low, high] for each axis of the kernel.',
  );
}

/** Half a kernel of the axis's other end (circular) or of its mirror image on each side. */
function padByCopy(x: tf.Tensor, axis: number, { size, padding }: { size: number; padding: 'CIRCULAR' | 'REFLECT' }) {
  const [low, high] = [Math.floor((size - 1) / 2), Math.floor(size / 2)];
  const length = x.shape[axis]!;
  const circular = padding === 'CIRCULAR';
  if (Math.max(low, high) > (circular ? length : length - 1)) return padByIndex(x, axis, { low, high, circular });
  const part = (from: number, count: number): tf.Tensor => {
    const begin = x.shape.map((_, i) => (i === axis ? from : 0));
    return tf.slice(
      x,
      begin,
      x.shape.map((all, i) => (i === axis ? count : all)),
    );
  };
  const before = circular ? part(length - low, low) : tf.reverse(part(1, low), axis);
  const after = circular ? part(0, high) : tf.reverse(part(length - 1 - high, high), axis);
  return tf.concat([...(low > 0 ? [before] : []), x, ...(high > 0 ? [after] : [])], axis);
}

/** The same where a side is longer than the axis, which is then passed several times. */
function padByIndex(
  x: tf.Tensor,
  axis: number,
  { low, high, circular }: { readonly low: number; readonly high: number; readonly circular: boolean },
): tf.Tensor {
  const length = x.shape[axis]!;
  const period = circular ? length : Math.max(2 * length - 2, 1);
  const indices = Array.from({ length: low + length + high }, (_, i) => {
    const at = (((i - low) % period) + period) % period;
    return at < length ? at : period - at;
  });
  return tf.gather(x, tf.tensor1d(indices, 'int32'), axis);
}

/** Zeros between the elements of the axes from `first` on. Done by hand: gradients of dilated kernels are missing in tfjs. */
function dilate(x: tf.Tensor, factors: readonly number[], first: number): tf.Tensor {
  return factors.reduce((spread, factor, i) => (factor === 1 ? spread : dilateAxis(spread, first + i, factor)), x);
}

function dilateAxis(x: tf.Tensor, axis: number, factor: number): tf.Tensor {
  const [before, length, after] = [x.shape.slice(0, axis), x.shape[axis]!, x.shape.slice(axis + 1)];
  const gaps = tf.zeros([...before, length, factor - 1, ...after]);
  const apart = tf.concat([tf.expandDims(x, axis + 1), gaps], axis + 1);
  const joined = tf.reshape(apart, [...before, length * factor, ...after]);
  return tf.slice(
    joined,
    joined.shape.map(() => 0),
    [...before, (length - 1) * factor + 1, ...after],
  );
}

interface Groups {
  readonly groups: number;
  readonly strides: readonly number[];
}

function grouped(x: tf.Tensor, kernel: tf.Tensor, { groups, strides }: Groups): tf.Tensor {
  if (groups === 1) return valid(x, kernel, strides);
  const inputs = tf.split(x, groups, x.rank - 1);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  return tf.concat(
    inputs.map((each, i) => valid(each, kernels[i]!, strides)),
    x.rank - 1,
  );
}

/** Without padding, over 1 to 3 axes. */
function valid(x: tf.Tensor, kernel: tf.Tensor, strides: readonly number[]): tf.Tensor {
  if (strides.length === 1) {
    const y = tf.conv2d(
      tf.expandDims(x, 1) as tf.Tensor4D,
      tf.expandDims(kernel, 0) as tf.Tensor4D,
      [1, strides[0]!],
      'valid',
    );
    return tf.squeeze(y, [1]);
  }
  if (strides.length === 2) {
    return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, [strides[0]!, strides[1]!], 'valid');
  }
  const [depth, height, width] = strides as [number, number, number];
  return tf.conv3d(x as tf.Tensor5D, kernel as tf.Tensor5D, [depth, height, width], 'valid');
}

/** Throws unless the input has the axes of a convolution and channels in equal groups. */
export function checkChannels(
  who: string,
  x: tf.Tensor,
  { size, groups }: { readonly size: readonly number[]; readonly groups: number },
): void {
  const rank = size.length;
  if (rank < 1 || rank > 3 || x.rank <= rank) {
    throw mistake(
      who,
      `expected [...batch, ...space, channels] with ${rank} axes of space (1 to 3), got shape ${shapeText(x.shape)}.`,
      'Reshape the input, or correct kernelSize.',
    );
  }
  if (x.shape.at(-1)! % groups === 0) return;
  throw mistake(
    who,
    `expected channels in ${groups} equal groups, got shape ${shapeText(x.shape)}.`,
    'Choose a featureGroupCount that divides the last axis.',
  );
}

/** Throws unless a mask has the kernel's shape. */
export function checkMask(who: string, mask: tf.Tensor | null, shape: readonly number[]): void {
  if (mask === null || (mask.rank === shape.length && mask.shape.every((size, i) => size === shape[i]))) return;
  throw mistake(
    who,
    `expected a mask of the kernel's shape ${shapeText(shape)}, got ${shapeText(mask.shape)}.`,
    'Give the mask one entry for each weight.',
  );
}

function checkInput(x: tf.Tensor, kernel: tf.Tensor, groups: number): void {
  const rank = kernel.rank - 2;
  const channels = kernel.shape[rank]! * groups;
  if (rank >= 1 && rank <= 3 && x.rank > rank && x.shape.at(-1) === channels) return;
  throw mistake(
    'Conv',
    `expected [...batch, ...space, ${channels}] with ${rank} axes of space (1 to 3), got shape ${shapeText(x.shape)}.`,
    `Its kernel has shape ${shapeText(kernel.shape)}. Reshape the input, or correct kernelSize.`,
  );
}
