import * as tf from '@tensorflow/tfjs';
import { through } from './through.js';

/** Gradients of reductions and running combinations. */
export const reductions: readonly tf.GradConfig[] = [
  extremum('Max', 'reductionIndices'),
  extremum('Min', 'axis'),
  {
    // By running products from both ends, so that zeros are right; negative axes too.
    kernelName: 'Prod',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({ x: () => prodGradient(dy as tf.Tensor, x!, axesOf(attrs, 'axis', x!)) }),
  },
  {
    // TensorFlow.js's own transposes the result where the axis is not the last.
    kernelName: 'Cumsum',
    gradFunc: (dy, _saved, attrs) => ({
      x: () => {
        const { axis, exclusive, reverse } = attrs as unknown as RunningAttributes;
        return tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse);
      },
    }),
  },
  {
    kernelName: 'Cumprod',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => through((y) => cumprodByDoubling(y, attrs as unknown as RunningAttributes), x!, dy as tf.Tensor),
    }),
  },
];

interface RunningAttributes {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** Equal shares to all elements that attain the extremum; TensorFlow.js gives each of them all. */
function extremum(kernelName: string, attribute: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attrs) => ({
      x: () => {
        const axes = axesOf(attrs, attribute, x!);
        const kept = x!.shape.map((size, i) => (axes.includes(i) ? 1 : size));
        const attained = tf.cast(tf.equal(x!, tf.reshape(y!, kept)), 'float32');
        const share = tf.div(tf.reshape(dy as tf.Tensor, kept), tf.sum(attained, axes, true));
        return tf.mul(attained, share);
      },
    }),
  };
}

function axesOf(attrs: unknown, attribute: string, x: tf.Tensor): number[] {
  const given = (attrs as { readonly [name: string]: number | number[] | null | undefined })[attribute];
  return tf.util.parseAxisParam(given ?? [...x.shape.keys()], x.shape);
}

function prodGradient(dy: tf.Tensor, x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const free = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const order = [...free, ...axes];
  const moved = tf.transpose(x, order);
  const rows = tf.reshape(moved, [...free.map((axis) => x.shape[axis]!), -1]);
  const last = rows.rank - 1;
  const others = tf.mul(tf.cumprod(rows, last, true), tf.cumprod(rows, last, true, true));
  const slopes = tf.mul(tf.reshape(dy, [...rows.shape.slice(0, -1), 1]), others);
  return tf.transpose(
    tf.reshape(slopes, moved.shape),
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** Running products by multiplying with neighbours at distance 1, 2, 4 …: exact derivatives where elements are 0. */
function cumprodByDoubling(x: tf.Tensor, { axis: given, exclusive, reverse }: RunningAttributes): tf.Tensor {
  const axis = tf.util.parseAxisParam(given, x.shape)[0]!;
  const length = x.shape[axis]!;
  const shifted = (y: tf.Tensor, by: number): tf.Tensor => {
    const sizes = (size: number) => y.shape.map((all, i) => (i === axis ? size : all));
    const begin = y.shape.map(() => 0);
    return tf.concat([tf.ones(sizes(by)), tf.slice(y, begin, sizes(length - by))], axis);
  };
  let product = reverse ? tf.reverse(x, axis) : x;
  if (exclusive) product = shifted(product, 1);
  for (let by = 1; by < length; by *= 2) product = tf.mul(product, shifted(product, by));
  return reverse ? tf.reverse(product, axis) : tf.clone(product);
}
