import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';

const query = jax.random.normal(jax.random.key(0), [2, 3, 2, 4]);
const key = jax.random.normal(jax.random.key(1), [2, 5, 2, 4]);

test.each([
  [{ deterministic: true }],
  [{ deterministic: true, bias: tf.ones([2, 2, 3, 5]) }],
  [{ dropoutRng: jax.random.key(2), dropoutRate: 0.5, broadcastDropout: false }],
])('both styles give the same weights', (options) => {
  const linen = nn.dotProductAttentionWeights(query, key, options);
  const ours = nnx.dotProductAttentionWeights(query, key, options);
  expect(ours.shape).toEqual([2, 2, 3, 5]);
  expect(ours.dataSync()).toEqual(linen.dataSync());
});

test('without dropout they sum to one', () => {
  const sums = tf.sum(nnx.dotProductAttentionWeights(query, key, { deterministic: true }), -1).dataSync();
  for (const each of sums) expect(each).toBeCloseTo(1, 5);
});
