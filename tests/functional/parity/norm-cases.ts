import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import type { Cases } from './case.js';

/** A stack with parameters below it, for the wrappers. */
class Stack extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(3).call(tf.relu(new nn.Dense(5).call(x)));
  }
}

const mutable = ['batch_stats'];
const imageMask = () => ({
  mask: tf.less(tf.reshape(tf.range(0, 6), [1, 1, 6, 1]), tf.reshape(tf.tensor1d([5, 3]), [2, 1, 1, 1])),
});
const rowMask = () => ({ mask: tf.less(tf.reshape(tf.range(0, 6), [1, 6]), tf.tensor2d([[6], [4], [1]])) });

/** As `norms` in fixtures/flax/record-layers.py. */
export const normCases: Cases = {
  BatchNorm: {
    training: {
      linen: () => new nn.BatchNorm({ useRunningAverage: false, momentum: 0.9 }),
      nnx: (rngs) => new nnx.BatchNorm(4, { momentum: 0.9, rngs }),
      mutable,
    },
    'evaluation, no bias': {
      linen: () => new nn.BatchNorm({ useRunningAverage: true, useBias: false }),
      nnx: (rngs) => new nnx.BatchNorm(4, { useRunningAverage: true, useBias: false, rngs }),
    },
    mask: {
      linen: () => new nn.BatchNorm({ useRunningAverage: false }),
      nnx: (rngs) => new nnx.BatchNorm(4, { rngs }),
      options: imageMask,
      mutable,
    },
    'another axis': {
      linen: () => new nn.BatchNorm({ useRunningAverage: false, axis: 1, useFastVariance: false }),
      nnx: (rngs) => new nnx.BatchNorm(5, { axis: 1, useFastVariance: false, rngs }),
      mutable,
    },
  },
  LayerNorm: {
    default: { linen: () => new nn.LayerNorm(), nnx: (rngs) => new nnx.LayerNorm(6, { rngs }) },
    mask: { linen: () => new nn.LayerNorm(), nnx: (rngs) => new nnx.LayerNorm(6, { rngs }), options: rowMask },
    'several axes': {
      linen: () => new nn.LayerNorm({ reductionAxes: [1, 2, 3], featureAxes: -1 }),
      nnx: (rngs) => new nnx.LayerNorm(4, { reductionAxes: [1, 2, 3], rngs }),
    },
    'feature axes': { linen: () => new nn.LayerNorm({ reductionAxes: [-2, -1], featureAxes: [-2, -1] }) },
  },
  RMSNorm: {
    default: { linen: () => new nn.RMSNorm(), nnx: (rngs) => new nnx.RMSNorm(6, { rngs }) },
    'no scale': {
      linen: () => new nn.RMSNorm({ useScale: false, epsilon: 1e-3 }),
      nnx: (rngs) => new nnx.RMSNorm(6, { useScale: false, epsilon: 1e-3, rngs }),
    },
  },
  GroupNorm: {
    groups: {
      linen: () => new nn.GroupNorm({ numGroups: 2 }),
      nnx: (rngs) => new nnx.GroupNorm(4, { numGroups: 2, rngs }),
    },
    size: {
      linen: () => new nn.GroupNorm({ numGroups: null, groupSize: 1, useScale: false }),
      nnx: (rngs) => new nnx.GroupNorm(4, { numGroups: null, groupSize: 1, useScale: false, rngs }),
    },
    'reduction axes': { linen: () => new nn.GroupNorm({ numGroups: 2, reductionAxes: [2, 3] }) },
  },
  InstanceNorm: {
    default: { linen: () => new nn.InstanceNorm(), nnx: (rngs) => new nnx.InstanceNorm(4, { rngs }) },
    'no scale, no bias': {
      linen: () => new nn.InstanceNorm({ useScale: false, useBias: false }),
      nnx: (rngs) => new nnx.InstanceNorm(4, { useScale: false, useBias: false, rngs }),
    },
    'feature axes': { linen: () => new nn.InstanceNorm({ featureAxes: [1, 3] }) },
  },
  WeightNorm: {
    default: {
      linen: () => new nn.WeightNorm(new nn.Dense(4)),
      nnx: (rngs) => new nnx.WeightNorm(new nnx.Linear(6, 4, { rngs }), { rngs }),
      extension: 'scales',
    },
    'every variable, one norm': {
      linen: () => new nn.WeightNorm(new Stack(), { variableFilter: null, featureAxes: null, useScale: false }),
    },
    stack: { linen: () => new nn.WeightNorm(new Stack(), { scaleInit: nn.initializers.constant(0.5) }) },
  },
  SpectralNorm: {
    update: {
      linen: () => new nn.SpectralNorm(new nn.Dense(4)),
      nnx: (rngs) => new nnx.SpectralNorm(new nnx.Linear(6, 4, { rngs }), { rngs }),
      options: () => ({ updateStats: true }),
      mutable,
    },
    'no update, 3 steps': {
      linen: () => new nn.SpectralNorm(new nn.Dense(4), { nSteps: 3 }),
      nnx: (rngs) => new nnx.SpectralNorm(new nnx.Linear(6, 4, { rngs }), { nSteps: 3, rngs }),
      options: () => ({ updateStats: false }),
      mutable,
    },
    'kernel of four axes': {
      linen: () => new nn.SpectralNorm(new nn.Conv(3, [2, 2])),
      options: () => ({ updateStats: true }),
      mutable,
    },
  },
};
