import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import type { Case, Cases } from './case.js';

const keyMask = () => ({
  mask: tf.less(tf.reshape(tf.range(0, 5), [1, 1, 1, 5]), tf.reshape(tf.tensor1d([5, 2]), [2, 1, 1, 1])),
});
const causalMask = () => ({ mask: nn.makeCausalMask(tf.ones([2, 3])) });

/** As `attention` in fixtures/flax/record-sequences.py. */
export const attentionCases: Cases = {
  MultiHeadAttention: {
    self: attention(2),
    'keys and values, mask': attention(4, {}, { options: keyMask }),
    'widths, no bias': attention(2, { qkvFeatures: 6, outFeatures: 5, useBias: false }),
    normalised: attention(2, { normalizeQk: true }, { options: causalMask }),
    dropout: attention(2, { dropoutRate: 0.5, deterministic: false }, { dropout: 4 }),
    'dropout of each head': attention(
      2,
      { dropoutRate: 0.3, broadcastDropout: false, deterministic: false },
      { dropout: 5 },
    ),
    'sown weights': {
      linen: () => new nn.MultiHeadAttention(2),
      options: () => ({ sowWeights: true }),
      mutable: ['intermediates'],
    },
    'fewer key heads': { nnx: (rngs) => new nnx.MultiHeadAttention(4, 8, { decode: false, numKvHeads: 2, rngs }) },
    causal: {
      nnx: (rngs) => new nnx.MultiHeadAttention(2, 8, { decode: false, rngs }),
      options: () => ({ isCausal: true }),
    },
    'widths of keys': { nnx: (rngs) => new nnx.MultiHeadAttention(2, 8, { decode: false, inKvFeatures: 4, rngs }) },
  },
  MultiHeadDotProductAttention: {
    self: { linen: () => new nn.MultiHeadDotProductAttention(2, { qkvFeatures: 4 }) },
  },
  SelfAttention: { mask: { linen: () => new nn.SelfAttention(2), options: causalMask } },
};

function attention(heads: number, options: object = {}, call: Case = {}): Case {
  return {
    ...call,
    linen: () => new nn.MultiHeadAttention(heads, options),
    nnx: (rngs) => new nnx.MultiHeadAttention(heads, 8, { decode: false, ...options, rngs }),
  };
}
