import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import type { Cases } from './case.js';

/** As `structure` in fixtures/flax/record-layers.py. */
export const structureCases: Cases = {
  Dropout: {
    default: {
      linen: () => new nn.Dropout(0.5, { deterministic: false }),
      nnx: (rngs) => new nnx.Dropout(0.5, { rngs }),
      dropout: 3,
    },
    broadcast: {
      linen: () => new nn.Dropout(0.25, { broadcastDims: [-1, 0], deterministic: false }),
      nnx: (rngs) => new nnx.Dropout(0.25, { broadcastDims: [-1, 0], rngs }),
      dropout: 3,
    },
  },
  Sequential: {
    'layers and functions': {
      linen: () =>
        new nn.Sequential([
          new nn.Dense(4),
          (x: tf.Tensor) => tf.tanh(x),
          new nn.Dropout(0.5, { deterministic: false }),
          new nn.Dense(2),
        ]),
      nnx: (rngs) =>
        new nnx.Sequential(
          new nnx.Linear(6, 4, { rngs }),
          (x: tf.Tensor) => tf.tanh(x),
          new nnx.Dropout(0.5, { rngs }),
          new nnx.Linear(4, 2, { rngs }),
        ),
      dropout: 4,
    },
  },
};
