import * as tf from '@tensorflow/tfjs';

/**
 * Gradients of resized images, [batch, height, width, channels]: a product with one matrix for each axis, so that every
 * option and every order is right (the kernels of TensorFlow.js ignore `halfPixelCenters`).
 */
export const resizing: readonly tf.GradConfig[] = [
  resized('ResizeBilinear', (position, size) => {
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(size - 1, Math.ceil(position));
    return [
      [low, 1 - (position - low)],
      [high, position - low],
    ];
  }),
  resized('ResizeNearestNeighbor', (position, size, { alignCorners, halfPixelCenters }) => {
    const shifted = halfPixelCenters ? position + 0.5 : position;
    const nearest = alignCorners ? Math.round(shifted) : Math.floor(shifted);
    return [[Math.max(0, Math.min(size - 1, nearest)), 1]];
  }),
];

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [height: number, width: number];
}

type Weights = readonly (readonly [index: number, weight: number])[];

function resized(
  kernelName: string,
  weightsAt: (position: number, size: number, attrs: ResizeAttributes) => Weights,
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['images'],
    gradFunc: (dy, [images], given) => ({
      images: () => {
        const attrs = given as unknown as ResizeAttributes;
        const [batch, height, width, channels] = images!.shape as [number, number, number, number];
        const [rows, columns] = attrs.size;
        const matrix = (size: number, resizedTo: number) =>
          interpolation(size, resizedTo, attrs, (position) => weightsAt(position, size, attrs));
        const wide = tf.reshape(dy as tf.Tensor, [batch, rows, columns * channels]);
        const tall = tf.matMul(matrix(height, rows), wide, true);
        const columnsFirst = tf.reshape(tall, [batch * height, columns, channels]);
        return tf.reshape(tf.matMul(matrix(width, columns), columnsFirst, true), [batch, height, width, channels]);
      },
    }),
  };
}

/** The share of each old position in each new one: [1, new, old]. */
function interpolation(
  size: number,
  resizedTo: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
  weightsOf: (position: number) => Weights,
): tf.Tensor3D {
  const corners = alignCorners && resizedTo > 1 ? 1 : 0;
  const ratio = (size - corners) / (resizedTo - corners);
  const shares = new Float32Array(resizedTo * size);
  for (let i = 0; i < resizedTo; i++) {
    const position = halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    for (const [index, weight] of weightsOf(position)) shares[i * size + index]! += weight;
  }
  return tf.tensor3d(shares, [1, resizedTo, size]);
}
