import * as tf from '@tensorflow/tfjs';
import { type ConvolutionOptions, spreadAndPad, windowReach } from './convolution.js';
import { product } from './dense-general.js';

/** How `localConvolution` moves: a convolution's options and the size of its window. */
export interface LocalConvolutionOptions extends Omit<ConvolutionOptions, 'featureGroupCount'> {
  readonly kernelSize: readonly number[];
}

/**
 * Convolution with weights of its own at each position: [...batch, ...space, in] with kernel [...space', in · size, out]
 * (channels before window places) → [...batch, ...space', out]. Flax `ConvLocal`.
 */
export function localConvolution(x: tf.Tensor, kernel: tf.Tensor, options: LocalConvolutionOptions): tf.Tensor {
  const { input, batch, strides, places } = windowsOf(x, options);
  const space = kernel.shape.slice(0, -2);
  const [flat, channels, positions] = [product(batch), x.shape.at(-1)!, product(space)];
  const taken = places.map((place) => takeAt(input, place, { counts: space, strides }));
  const patches = tf.reshape(tf.stack(taken, -1), [flat, positions, channels * places.length]);
  const weights = tf.reshape(kernel, [positions, channels * places.length, kernel.shape.at(-1)!]);
  const y = tf.transpose(tf.matMul(tf.transpose(patches, [1, 0, 2]), weights), [1, 0, 2]);
  return tf.reshape(y, [...batch, ...space, kernel.shape.at(-1)!]);
}

/** Sizes of the output's space. */
export function localOutputSpace(shape: readonly number[], options: LocalConvolutionOptions): number[] {
  return tf.tidy(() => {
    const { input, strides, dilations } = windowsOf(tf.zeros([...shape]), options);
    return options.kernelSize.map((size, i) => {
      const reach = (size - 1) * dilations[i]! + 1;
      return Math.floor((input.shape[i + 1]! - reach) / strides[i]!) + 1;
    });
  });
}

function windowsOf(x: tf.Tensor, options: LocalConvolutionOptions) {
  const { kernelSize } = options;
  const { strides, dilations } = windowReach(options, kernelSize.length);
  const { input, batch } = spreadAndPad(x, options, kernelSize);
  const places = kernelSize.reduce<number[][]>(
    (found, size, i) => found.flatMap((at) => Array.from({ length: size }, (_, k) => [...at, k * dilations[i]!])),
    [[]],
  );
  return { input, batch, strides, dilations, places };
}

/** The elements that stand at one place of all windows. */
function takeAt(
  x: tf.Tensor,
  place: readonly number[],
  { counts, strides }: { readonly counts: readonly number[]; readonly strides: readonly number[] },
): tf.Tensor {
  const end = place.map((at, i) => at + (counts[i]! - 1) * strides[i]! + 1);
  const [first, last] = [x.shape[0]!, x.shape.at(-1)!];
  if (strides.every((stride) => stride === 1)) return tf.slice(x, [0, ...place, 0], [first, ...counts, last]);
  return tf.stridedSlice(x, [0, ...place, 0], [first, ...end, last], [1, ...strides, 1]);
}
