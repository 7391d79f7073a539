import * as tf from '@tensorflow/tfjs';

/** How a window moves over its input, for two and three axes of space alike. */
export interface Geometry {
  readonly inShape: number[];
  readonly outShape: number[];
  readonly filterShape: number[];
  /** Places of the output, over the batch. */
  readonly places: number;
  readonly channels: number;
  readonly outputs: number;
  /** Every place of the output sees just its own place of the input. */
  readonly pointwise: boolean;
  /** What `assembly/window.ts` reads: input, output and window sizes, strides, dilations, padding. */
  readonly numbers: readonly number[];
}

/** Of [batch, h, w, c]. */
export function geometry2D(info: tf.backend_util.Conv2DInfo): Geometry {
  return geometry(info, [
    ...[1, info.inHeight, info.inWidth],
    ...[1, info.outHeight, info.outWidth],
    ...[1, info.filterHeight, info.filterWidth],
    ...[1, info.strideHeight, info.strideWidth],
    ...[1, info.dilationHeight, info.dilationWidth],
    ...[0, info.padInfo.top, info.padInfo.left],
  ]);
}

/** Of [batch, d, h, w, c]. */
export function geometry3D(info: tf.backend_util.Conv3DInfo): Geometry {
  return geometry(info, [
    ...[info.inDepth, info.inHeight, info.inWidth],
    ...[info.outDepth, info.outHeight, info.outWidth],
    ...[info.filterDepth, info.filterHeight, info.filterWidth],
    ...[info.strideDepth, info.strideHeight, info.strideWidth],
    ...[info.dilationDepth, info.dilationHeight, info.dilationWidth],
    ...[info.padInfo.front, info.padInfo.top, info.padInfo.left],
  ]);
}

function geometry(info: tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo, numbers: readonly number[]): Geometry {
  const windows = numbers.slice(6, 9);
  const strides = numbers.slice(9, 12);
  return {
    inShape: info.inShape,
    outShape: info.outShape,
    filterShape: info.filterShape,
    places: tf.util.sizeFromShape(info.outShape.slice(0, -1)),
    channels: info.inChannels,
    outputs: info.outChannels,
    pointwise:
      [...windows, ...strides].every((size) => size === 1) && numbers.slice(0, 3).join() === numbers.slice(3, 6).join(),
    numbers,
  };
}
