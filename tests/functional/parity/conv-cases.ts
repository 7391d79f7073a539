import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import type { Case, Cases } from './case.js';

type Size = number | readonly number[];

/** As `conv` in fixtures/flax/record-layers.py: series, images and volumes have 4, 4 and 2 channels. */
export const convCases: Cases = {
  Conv: {
    '1-D': conv(4, 3, 3),
    '3-D strided': conv(2, 3, [2, 3, 2], { strides: [2, 1, 2] }),
    mask: masked(),
    'dilated input': conv(4, 3, [3, 2], { padding: [[2, 0], [1, 1]], inputDilation: [2, 1] }), // prettier-ignore
    'causal, strided': conv(4, 3, 3, { padding: 'CAUSAL', strides: 2 }),
    'wider than the input': conv(4, 2, 9, { padding: 'CIRCULAR' }),
    'mirrored more than once': conv(4, 2, 15, { padding: 'REFLECT' }),
    'amounts by axis': conv(4, 3, [3, 3], { padding: [2, 1], useBias: false }),
    'groups of 2, dilated': conv(4, 4, [2, 2], { featureGroupCount: 2, kernelDilation: 2 }),
  },
  ConvTranspose: {
    default: transposed(3, [3, 3]),
    strided: transposed(3, [3, 3], { strides: [2, 2] }),
    valid: transposed(3, [2, 3], { strides: [2, 1], padding: 'VALID' }),
    'stride above the kernel': transposed(3, [2, 2], { strides: [3, 3] }),
    explicit: transposed(3, [3, 3], { strides: [2, 2], padding: [[1, 2], [0, 1]] }), // prettier-ignore
    circular: transposed(3, [3, 4], { strides: [2, 1], padding: 'CIRCULAR' }),
    'circular, transposed': transposed(3, [4, 3], { strides: [1, 2], padding: 'CIRCULAR', transposeKernel: true }),
    'transposed kernel': transposed(3, [3, 2], { strides: [2, 2], transposeKernel: true }),
    'dilated, 1-D': transposed(3, [3], { strides: [2], kernelDilation: [2], useBias: false }),
  },
  ConvLocal: {
    '1-D': { linen: () => new nn.ConvLocal(3, 3) },
    '2-D strided': {
      linen: () => new nn.ConvLocal(2, [3, 2], { strides: [2, 1], padding: 'VALID', useBias: false }),
    },
    dilated: { linen: () => new nn.ConvLocal(2, [2, 2], { kernelDilation: [1, 2], padding: 'SAME' }) },
  },
};

function conv(channels: number, features: number, size: Size, options: nn.ConvOptions = {}): Case {
  return {
    linen: () => new nn.Conv(features, size, options),
    nnx: (rngs) => new nnx.Conv(channels, features, size, { ...(options as object), rngs }),
  };
}

function masked(): Case {
  const mask = () => tf.cast(tf.reshape(tf.mod(tf.range(0, 9 * 4 * 3), 2), [3, 3, 4, 3]), 'float32');
  return {
    linen: () => new nn.Conv(3, [3, 3], { mask: mask() }),
    nnx: (rngs) => new nnx.Conv(4, 3, [3, 3], { mask: mask(), rngs }),
  };
}

function transposed(features: number, size: Size, options: nn.ConvTransposeOptions = {}): Case {
  return {
    linen: () => new nn.ConvTranspose(features, size, options),
    nnx: (rngs) => new nnx.ConvTranspose(4, features, size, { ...(options as object), rngs }),
  };
}
