import * as tf from '@tensorflow/tfjs';
import { type KernelRecord, type Spec, kernels } from './record.js';

interface Window {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly filterSize: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat: 'NHWC' | 'NCHW';
}

/** Products of matrices, convolutions and pools. */
export const products: readonly KernelRecord[] = [
  ...kernels<{ a: Spec; b: Spec }, Transposes>('BatchMatMul', multiplied),
  ...kernels<{ x: Spec; filter: Spec }, Window>('Conv2D', ({ x, filter }, attrs) => convolved(x, filter, attrs, false)),
  ...kernels<{ x: Spec; filter: Spec }, Window>('DepthwiseConv2dNative', ({ x, filter }, attrs) =>
    convolved(x, filter, { ...attrs, dataFormat: 'NHWC' }, true),
  ),
  ...kernels<{ dy: Spec }, { inputShape: number[] }>('Conv2DBackpropInput', ({ dy }, attrs) => ({
    shape: attrs.inputShape,
    dtype: dy.dtype,
  })),
  ...kernels<{ dy: Spec }, { filterShape: number[] }>('Conv2DBackpropFilter', ({ dy }, attrs) => ({
    shape: attrs.filterShape,
    dtype: dy.dtype,
  })),
  ...kernels<{ x: Spec }, Window>('AvgPool MaxPool', ({ x }, { filterSize, strides, pad, dimRoundingMode }) => ({
    shape: tf.backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode).outShape,
    dtype: x.dtype,
  })),
  ...kernels<{ input: Spec }>('AvgPoolGrad MaxPoolGrad', ({ input }) => input),
  ...kernels<{ x: Spec }>('FusedBatchNorm', ({ x }) => x),
];

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function multiplied({ a, b }: { a: Spec; b: Spec }, { transposeA, transposeB }: Transposes): Spec {
  const [inner, other] = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  if (inner !== other) {
    throw new Error(
      `tf.matMul: expected inner sizes that agree, got ${inner} and ${other} (shapes [${a.shape.join(', ')}] and ` +
        `[${b.shape.join(', ')}]).\nTranspose one of them, or correct the sizes.`,
    );
  }
  const lead = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
  return { shape: [...lead, rows, columns], dtype: a.dtype };
}

type Shape4 = [number, number, number, number];

function convolved(x: Spec, filter: Spec, window: Window, depthwise: boolean): Spec {
  const { outShape } = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filter.shape as Shape4,
    window.strides,
    window.dilations ?? 1,
    window.pad,
    window.dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(window.dataFormat),
  );
  return { shape: outShape, dtype: x.dtype };
}
