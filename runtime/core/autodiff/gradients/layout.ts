import * as tf from '@tensorflow/tfjs';
import { through } from './through.js';

/** Gradients of kernels that move elements. */
export const layout: readonly tf.GradConfig[] = [
  {
    kernelName: 'Diag',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({
      x: () => {
        const square = tf.reshape(dy as tf.Tensor, [x!.size, x!.size]);
        return tf.reshape(tf.sum(tf.mul(square, tf.eye(x!.size)), 1), x!.shape);
      },
    }),
  },
  {
    kernelName: 'FlipLeftRight',
    gradFunc: (dy) => ({ image: () => tf.image.flipLeftRight(dy as tf.Tensor4D) }),
  },
  {
    // TensorFlow.js's own slices once for each copy, and stops at rank 4.
    kernelName: 'Tile',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { reps } = attrs as unknown as { readonly reps: readonly number[] };
        return reps.reduce((sum, count, axis) => sumCopies(sum, axis, [count, x!.shape[axis]!]), dy as tf.Tensor);
      },
    }),
  },
  {
    // TensorFlow.js's own drops what the mirrored copies contribute.
    kernelName: 'MirrorPad',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { paddings, mode } = attrs as unknown as MirrorAttributes;
        const pad = (y: tf.Tensor) =>
          paddings.reduce((padded, amounts, axis) => mirror(padded, axis, amounts, mode), y);
        return through(pad, x!, dy as tf.Tensor);
      },
    }),
  },
  {
    kernelName: 'DepthToSpace',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { blockSize, dataFormat } = attrs as unknown as {
          readonly blockSize: number;
          readonly dataFormat: string;
        };
        const last = dataFormat === 'NHWC';
        const [batch, ...rest] = x!.shape as [number, number, number, number];
        const [height, width, depth] = last ? rest : [rest[1]!, rest[2]!, rest[0]!];
        const channels = depth / blockSize ** 2;
        const image = last ? (dy as tf.Tensor) : tf.transpose(dy as tf.Tensor, [0, 2, 3, 1]);
        const blocks = tf.reshape(image, [batch * height, blockSize, width, blockSize * channels]);
        const gathered = tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), [batch, height, width, depth]);
        return last ? gathered : tf.transpose(gathered, [0, 3, 1, 2]);
      },
    }),
  },
];

interface MirrorAttributes {
  readonly paddings: readonly (readonly [before: number, after: number])[];
  readonly mode: 'reflect' | 'symmetric';
}

function sumCopies(x: tf.Tensor, axis: number, [count, size]: readonly [count: number, size: number]): tf.Tensor {
  if (count === 1) return x;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const rest = after.reduce((product, each) => product * each, size);
  return tf.reshape(tf.sum(tf.reshape(x, [-1, count, rest]), 1), [...before, size, ...after]);
}

function mirror(
  x: tf.Tensor,
  axis: number,
  [before, after]: readonly [before: number, after: number],
  mode: MirrorAttributes['mode'],
): tf.Tensor {
  if (before + after === 0) return x;
  const size = x.shape[axis]!;
  const edge = mode === 'reflect' ? 1 : 0;
  const places = Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - 1 + edge;
    return at < size ? at : 2 * size - at - 1 - edge;
  });
  return tf.gather(x, tf.tensor1d(places, 'int32'), axis);
}
