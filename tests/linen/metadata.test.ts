import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { tensorSafe } from '../functional/tensor-safe.js';

test('axis names are accepted and change nothing', () => {
  class Net extends nn.Module {
    constructor(readonly named: boolean) {
      super();
    }
    @nn.compact
    call(x: tf.Tensor): tf.Tensor {
      const { lecunNormal } = nn.initializers;
      const kernelInit = this.named ? nn.withLogicalPartitioning(lecunNormal(), ['embed', 'mlp']) : lecunNormal();
      return nn.withLogicalConstraint(new nn.Dense(2, { kernelInit }).call(x), ['batch', null]);
    }
  }
  tensorSafe(() => {
    const x = tf.ones([1, 3]);
    const [named] = new Net(true).initWithOutput(jax.random.key(0), [x]);
    const [plain] = new Net(false).initWithOutput(jax.random.key(0), [x]);
    expect(named.dataSync()).toEqual(plain.dataSync());
  });
});

test('unbox takes values out of their boxes, at any depth', () => {
  tensorSafe(() => {
    const value = tf.ones([2]);
    const tree = { a: new nn.Partitioned(value, ['x']), b: [value, { c: new nn.Partitioned(value, [null]) }] };
    expect(nn.unbox<object>(tree)).toEqual({ a: value, b: [value, { c: value }] });
  });
});
