import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import { tensorSafe } from './tensor-safe.js';

test('masks: pairs, causal, combined', () => {
  tensorSafe(() => {
    const tokens = tf.tensor2d([
      [1, 1, 0],
      [1, 0, 0],
    ]);
    const pairs = nn.makeAttentionMask(tokens, tokens);
    expect(pairs.shape).toEqual([2, 1, 3, 3]);
    expect(tf.slice(pairs, [0, 0, 0, 0], [1, 1, 3, 3]).flatten().arraySync()).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0]);
    const causal = nn.makeCausalMask(tokens, { extraBatchDims: 1 });
    expect(causal.shape).toEqual([1, 2, 1, 3, 3]);
    expect(tf.slice(causal, [0, 1, 0, 0, 0], [1, 1, 1, 3, 3]).flatten().arraySync()).toEqual([
      1, 0, 0, 1, 1, 0, 1, 1, 1,
    ]);
    const both = nn.combineMasks(pairs, null, nn.makeCausalMask(tokens));
    expect(both.dtype).toBe('float32');
    expect(tf.slice(both, [0, 0, 0, 0], [1, 1, 3, 3]).flatten().arraySync()).toEqual([1, 0, 0, 1, 1, 0, 0, 0, 0]);
    expect(nn.combineMasks(null, undefined)).toBeNull();
    const unlike = nn.makeAttentionMask(tf.tensor1d([1, 2]), tf.tensor1d([2, 1, 2]), {
      pairwiseFn: tf.equal,
      dtype: 'bool',
    });
    expect([unlike.dtype, unlike.flatten().arraySync()]).toEqual(['bool', [0, 1, 0, 1, 0, 1]]);
  });
});
