import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { ready } from '../../runtime/backends/select.js';
import '../../runtime/core/autodiff/gradients/register.js';
import { expectNoLeaks } from '../core/leaks.js';
import { noise } from './agreement.js';

await ready();
expectNoLeaks();

/** Shapes of parameters, and the loss of a batch. */
interface Net {
  readonly shapes: readonly (readonly number[])[];
  readonly loss: (parameters: readonly tf.Tensor[]) => tf.Tensor;
}

function crossEntropy(logits: tf.Tensor, labels: readonly number[]): tf.Tensor {
  const wanted = tf.oneHot(tf.tensor1d([...labels], 'int32'), logits.shape.at(-1)!);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), wanted), -1)));
}

function normalized(x: tf.Tensor, axes: number[]): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
}

/** Convolution, batch norm, pools, a separable convolution, a dense layer. */
const cnn: Net = {
  shapes: [[3, 3, 1, 6], [6], [3, 3, 6, 1], [1, 1, 6, 8], [2 * 2 * 8, 3], [3]],
  loss: ([kernel, scale, depthwise, pointwise, weights, bias]) => {
    const x = noise([4, 9, 8, 1]) as tf.Tensor4D;
    const y = normalized(tf.conv2d(x, kernel as tf.Tensor4D, 1, 'same'), [0, 1, 2]);
    const pooled = tf.maxPool(tf.mul(y, scale!) as tf.Tensor4D, 2, 2, 'same');
    const z = tf.depthwiseConv2d(pooled, depthwise as tf.Tensor4D, 1, 'same');
    const mixed = tf.relu(tf.conv2d(z, pointwise as tf.Tensor4D, 1, 'valid'));
    const flat = tf.reshape(tf.avgPool(mixed, 3, 3, 'same'), [4, -1]);
    return crossEntropy(tf.add(tf.matMul(flat as tf.Tensor2D, weights as tf.Tensor2D), bias!), [0, 1, 2, 1]);
  },
};

/** Embeddings, attention of two heads, layer norm, a gelu, tied logits. */
const transformer: Net = {
  shapes: [
    [11, 8],
    [8, 24],
    [8, 8],
    [8, 16],
    [16, 8],
  ],
  loss: ([table, qkv, out, up, down]) => {
    const tokens = tf.tensor2d([1, 4, 4, 10, 2, 7, 0, 1, 3, 3], [2, 5], 'int32');
    const x = tf.gather(table!, tokens);
    const parts = tf.split(tf.reshape(product(normalized(x, [-1]), qkv!), [2, 5, 3, 2, 4]), 3, 2);
    const [q, k, v] = parts.map((part) => tf.transpose(tf.squeeze(part, [2]), [0, 2, 1, 3]));
    const scores = tf.div(tf.matMul(q!, k!, false, true), 2);
    const causal = tf.linalg.bandPart(tf.ones([5, 5]), -1, 0);
    const weights = tf.softmax(tf.where(tf.cast(causal, 'bool'), scores, tf.fill(scores.shape, -1e9)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v!), [0, 2, 1, 3]), [2, 5, 8]);
    const y = tf.add(x, product(mixed, out!));
    const hidden = product(normalized(y, [-1]), up!);
    const gelu = tf.mul(tf.mul(hidden, 0.5), tf.add(1, tf.erf(tf.div(hidden, Math.SQRT2))));
    const z = tf.reshape(tf.add(y, product(gelu, down!)), [10, 8]) as tf.Tensor2D;
    return crossEntropy(tf.matMul(z, table as tf.Tensor2D, false, true), [4, 4, 10, 2, 5, 0, 1, 3, 3, 9]);
  },
};

/** A gated recurrent cell over 6 steps. */
const recurrent: Net = {
  shapes: [[3, 15], [5, 15], [15], [5, 2]],
  loss: ([input, state, bias, out]) => {
    const x = tf.unstack(noise([6, 4, 3]));
    const h = x.reduce<tf.Tensor>(
      (h, each) => {
        const [r, z, n] = tf.split(tf.add(product(each, input!), bias!), 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const [hr, hz, hn] = tf.split(product(h, state!), 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const update = tf.sigmoid(tf.add(z, hz));
        const candidate = tf.tanh(tf.add(n, tf.mul(tf.sigmoid(tf.add(r, hr)), hn)));
        return tf.add(tf.mul(update, h), tf.mul(tf.sub(1, update), candidate));
      },
      tf.zeros([4, 5]),
    );
    return crossEntropy(product(h, out!), [0, 1, 1, 0]);
  },
};

/** Over the last axis of x. */
function product(x: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as tf.Tensor2D;
  return tf.reshape(tf.matMul(rows, weights as tf.Tensor2D), [...x.shape.slice(0, -1), weights.shape[1]!]);
}

/** Losses of some steps of gradient descent, then all parameters. */
function trained({ shapes, loss }: Net, backend: string): { losses: number[]; parameters: number[] } {
  void tf.setBackend(backend);
  return tf.tidy(() => {
    let parameters = shapes.map((shape, i) => tf.mul(noise(shape, i + 1), 0.5) as tf.Tensor);
    const losses: number[] = [];
    for (let step = 0; step < 6; step++) {
      const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) => loss(given) as tf.Scalar)(parameters);
      losses.push(value.dataSync()[0]!);
      parameters = parameters.map((each, i) => tf.sub(each, tf.mul(grads[i]!, 0.3)));
    }
    return { losses, parameters: parameters.flatMap((each) => Array.from(each.dataSync())) };
  });
}

test.each([
  ['a convolutional net', cnn],
  ['a transformer', transformer],
  ['a recurrent net', recurrent],
])('%s trains on wasm as on cpu', (_name, net) => {
  const cpu = trained(net, 'cpu');
  const wasm = trained(net, 'wasm');
  expect(wasm.losses.at(-1)).toBeLessThan(wasm.losses[0]! - 0.02);
  wasm.losses.forEach((each, i) => expect(Math.abs(each - cpu.losses[i]!)).toBeLessThan(1e-5));
  wasm.parameters.forEach((each, i) => expect(Math.abs(each - cpu.parameters[i]!)).toBeLessThan(1e-4));
});
