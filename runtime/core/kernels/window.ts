import * as tf from '@tensorflow/tfjs';

/** Attributes of convolutions in two and three dimensions. */
export interface Window {
  readonly strides: number | readonly number[];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | readonly number[];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: string;
}

/** Where a window goes, axis by axis of the image. */
export interface WindowInfo {
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  /** Places of the window. */
  readonly out: readonly number[];
  readonly outShape: number[];
}

/** What a convolution of `x` [batch, image…, in] by a filter [taps…, in, out] does, as TensorFlow.js has it. */
export function windowOf(
  x: readonly number[],
  filter: readonly number[],
  window: Window,
  depthwise = false,
): WindowInfo {
  return x.length === 5 ? volume(x, filter, window) : image(x, filter, window, depthwise);
}

function image(x: readonly number[], filter: readonly number[], window: Window, depthwise: boolean): WindowInfo {
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    window.strides as number,
    (window.dilations ?? 1) as number,
    window.pad,
    window.dimRoundingMode,
    depthwise,
    window.dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    filter: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    padding: [
      [top, bottom],
      [left, right],
    ],
    out: [info.outHeight, info.outWidth],
    outShape: info.outShape,
  };
}

function volume(x: readonly number[], filter: readonly number[], window: Window): WindowInfo {
  const info = tf.backend_util.computeConv3DInfo(
    x as [number, number, number, number, number],
    filter as [number, number, number, number, number],
    window.strides as number,
    (window.dilations ?? 1) as number,
    window.pad as 'valid' | 'same' | number,
    false,
    window.dataFormat === 'NCDHW' ? 'channelsFirst' : 'channelsLast',
    window.dimRoundingMode,
  );
  const { front, back, top, bottom, left, right } = info.padInfo;
  return {
    filter: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    padding: [
      [front, back],
      [top, bottom],
      [left, right],
    ],
    out: [info.outDepth, info.outHeight, info.outWidth],
    outShape: info.outShape,
  };
}
