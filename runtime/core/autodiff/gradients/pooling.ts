import * as tf from '@tensorflow/tfjs';

/** Gradients of pooling and of its gradients. */
export const pooling: readonly tf.GradConfig[] = [
  ...average('AvgPool', 'AvgPoolGrad'),
  ...average('AvgPool3D', 'AvgPool3DGrad'),
  maximumOfMaximum('MaxPoolGrad'),
  maximumOfMaximum('MaxPool3DGrad'),
];

interface PoolAttributes {
  readonly filterSize: number | readonly number[];
  readonly strides: number | readonly number[];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The kernel of the gradient divides by the whole window, that of the average by what lies within the input: at borders
 * TensorFlow.js's own gradient is wrong.
 */
function average(forward: string, backward: string): tf.GradConfig[] {
  const run = (kernelName: string, inputs: Record<string, tf.Tensor>, attrs: unknown) =>
    tf.engine().runKernel(kernelName, inputs, attrs as never) as tf.Tensor;
  return [
    {
      kernelName: forward,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attrs) => ({
        x: () => run(backward, { dy: overShare(dy as tf.Tensor, x!.shape, attrs), input: x! }, attrs),
      }),
    },
    {
      kernelName: backward,
      inputsToSave: ['input'],
      gradFunc: (given, [input], attrs) => ({
        dy: () => timesShare(run(forward, { x: given as tf.Tensor }, attrs), input!.shape, attrs),
      }),
    },
  ];
}

/** Linear in dy: the elements of the cotangent that stand where the maxima were. */
function maximumOfMaximum(kernelName: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['input', 'output'],
    gradFunc: (given, [input, output], attrs) => ({
      dy: () => {
        const windows = windowsOf(input!.shape, attrs);
        const [values, candidates] = [padded(input!, windows, -Infinity), padded(given as tf.Tensor, windows, 0)];
        let free: tf.Tensor = tf.onesLike(output!);
        let result: tf.Tensor = tf.zerosLike(output!);
        for (const place of places(windows)) {
          const found = tf.cast(tf.equal(at(values, place, windows), output!), 'float32');
          const taken = tf.mul(found, free);
          free = tf.sub(free, taken);
          result = tf.add(result, tf.mul(taken, at(candidates, place, windows)));
        }
        return result;
      },
    }),
  };
}

/** One axis of space: how windows lie on it. */
interface Axis {
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly before: number;
  readonly count: number;
}

function windowsOf(shape: readonly number[], given: unknown): Axis[] {
  const { filterSize, strides, pad, dimRoundingMode } = given as PoolAttributes;
  const space = shape.length - 2;
  const each = (value: number | readonly number[], i: number) => (typeof value === 'number' ? value : value[i]!);
  const info =
    space === 2
      ? tf.backend_util.computePool2DInfo(
          shape as never,
          filterSize as never,
          strides as never,
          1,
          pad,
          dimRoundingMode,
        )
      : tf.backend_util.computePool3DInfo(
          shape as never,
          filterSize as never,
          strides as never,
          1,
          pad as never,
          dimRoundingMode,
        );
  const { padInfo, outShape } = info;
  const before =
    space === 2 ? [padInfo.top, padInfo.left] : [(padInfo as { front: number }).front, padInfo.top, padInfo.left];
  return shape.slice(1, -1).map((size, i) => ({
    size,
    filter: each(filterSize, i),
    stride: each(strides, i),
    before: before[i]!,
    count: outShape[i + 1]!,
  }));
}

/** The part of each window that lies within the input: [1, ...windows, 1], or null where all of it does. */
function shareOf(shape: readonly number[], attrs: unknown): tf.Tensor | null {
  const axes = windowsOf(shape, attrs).map(({ size, filter, stride, before, count }) =>
    Array.from({ length: count }, (_, i) => {
      const start = i * stride - before;
      return (Math.min(start + filter, size) - Math.max(start, 0)) / filter;
    }),
  );
  if (axes.every((axis) => axis.every((share) => share === 1))) return null;
  const shares = axes.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  return tf.tensor(shares, [1, ...axes.map((axis) => axis.length), 1]);
}

function overShare(dy: tf.Tensor, shape: readonly number[], attrs: unknown): tf.Tensor {
  const share = shareOf(shape, attrs);
  return share === null ? dy : tf.div(dy, share);
}

function timesShare(y: tf.Tensor, shape: readonly number[], attrs: unknown): tf.Tensor {
  const share = shareOf(shape, attrs);
  return share === null ? y : tf.mul(y, share);
}

function padded(x: tf.Tensor, windows: readonly Axis[], value: number): tf.Tensor {
  const amounts = windows.map(({ size, filter, stride, before, count }): [number, number] => [
    before,
    Math.max((count - 1) * stride + filter - before - size, 0),
  ]);
  return tf.pad(x, [[0, 0], ...amounts, [0, 0]], value);
}

/** All places within a window, row by row. */
function places(windows: readonly Axis[]): number[][] {
  return windows.reduce<number[][]>(
    (found, { filter }) => found.flatMap((place) => Array.from({ length: filter }, (_, i) => [...place, i])),
    [[]],
  );
}

/** What stands at one place of all windows. */
function at(x: tf.Tensor, place: readonly number[], windows: readonly Axis[]): tf.Tensor {
  const ends = place.map((start, i) => start + (windows[i]!.count - 1) * windows[i]!.stride + 1);
  const strides = windows.map(({ stride }) => stride);
  return tf.stridedSlice(x, [0, ...place, 0], [x.shape[0]!, ...ends, x.shape.at(-1)!], [1, ...strides, 1]);
}
