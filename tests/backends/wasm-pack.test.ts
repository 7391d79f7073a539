import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { ready } from '../../runtime/backends/select.js';
import '../../runtime/core/autodiff/gradients/register.js';
import { expectNoLeaks } from '../core/leaks.js';
import { type Run, expectAgreement, noise, withGradients } from './agreement.js';

await ready();
expectNoLeaks();

describe('convolutions and their gradients agree with cpu', () => {
  test.each([
    { x: [2, 5, 6, 3], kernel: [3, 3, 3, 4], strides: 1, pad: 'same' },
    { x: [2, 7, 6, 1], kernel: [3, 2, 1, 5], strides: 2, pad: 'same' },
    { x: [3, 11, 12, 1], kernel: [3, 3, 1, 6], strides: 1, pad: 'same' },
    { x: [2, 18, 17, 1], kernel: [5, 4, 1, 3], strides: [1, 2], pad: 'valid' },
    { x: [1, 3, 2, 1], kernel: [5, 7, 1, 2], strides: 1, pad: 'same' },
    { x: [1, 8, 8, 4], kernel: [2, 3, 4, 8], strides: [2, 1], pad: 'valid' },
    { x: [2, 4, 4, 5], kernel: [1, 1, 5, 3], strides: 1, pad: 'valid' },
    { x: [2, 5, 5, 2], kernel: [1, 1, 2, 3], strides: 2, pad: 'same' },
    { x: [1, 5, 5, 2], kernel: [3, 3, 2, 2], strides: 1, pad: 2 },
    { x: [2, 13, 12, 6], kernel: [3, 3, 6, 17], strides: 1, pad: 'same' },
  ] as const)('conv2d $x with $kernel, strides $strides, $pad', ({ x, kernel, strides, pad }) => {
    const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides as [number, number], pad);
    expectAgreement(withGradients(convolve, [x, kernel]));
  });

  test('with dilation, forward', () => {
    const at =
      (dilation: number): Run =>
      () =>
        tf.conv2d(noise([2, 9, 8, 3]) as tf.Tensor4D, noise([3, 3, 3, 4]) as tf.Tensor4D, 1, 'same', 'NHWC', dilation);
    [2, 3].forEach((dilation) => expectAgreement(at(dilation)));
    expectAgreement(() =>
      tf.conv2d(noise([2, 9, 8, 1]) as tf.Tensor4D, noise([3, 3, 1, 4]) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
    );
    expectAgreement(() =>
      tf.depthwiseConv2d(noise([1, 9, 9, 5]) as tf.Tensor4D, noise([3, 3, 5, 1]) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
    );
  });

  test('conv2dTranspose', () => {
    const transposed = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [2, 8, 8, 3], 2, 'same');
    expectAgreement(
      withGradients(transposed, [
        [2, 4, 4, 5],
        [3, 3, 3, 5],
      ]),
    );
  });

  test.each([
    { x: [2, 4, 5, 4, 3], kernel: [2, 3, 2, 3, 4], strides: 1, pad: 'same' },
    { x: [2, 4, 5, 4, 1], kernel: [2, 3, 2, 1, 4], strides: 2, pad: 'same' },
    { x: [1, 5, 6, 5, 2], kernel: [3, 3, 3, 2, 3], strides: 2, pad: 'valid' },
  ] as const)('conv3d $x with $kernel, strides $strides, $pad', ({ x, kernel, strides, pad }) => {
    const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.conv3d(a as tf.Tensor5D, b as tf.Tensor5D, strides, pad);
    expectAgreement(withGradients(convolve, [x, kernel]));
  });

  test.each([
    { x: [2, 6, 5, 8], kernel: [3, 3, 8, 1], strides: 1, pad: 'same' },
    { x: [2, 7, 7, 3], kernel: [3, 2, 3, 2], strides: 2, pad: 'valid' },
  ] as const)('depthwiseConv2d $x with $kernel', ({ x, kernel, strides, pad }) => {
    const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
    expectAgreement(withGradients(convolve, [x, kernel]));
  });
});

describe('reductions agree with cpu', () => {
  const shapes: readonly (readonly [shape: number[], axis: number[]])[] = [
    [[7], [0]],
    [[5, 9], [0]],
    [[5, 9], [1]],
    [[3, 4, 5], [1]],
    [
      [3, 4, 6],
      [0, 2],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 2],
    ],
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [
      [2, 1, 4, 1],
      [1, 2],
    ],
    [[2, 3], []],
    [[600, 3], [0]],
  ];

  test.each(shapes)('%j over %j', (shape, axis) => {
    for (const keepDims of [false, true]) {
      expectAgreement(() => {
        const x = noise(shape);
        const each = [tf.sum, tf.mean, tf.max, tf.min, tf.prod].map((reduce) => reduce(x, axis, keepDims));
        return [...each, tf.sum(tf.cast(tf.mul(x, 9), 'int32'), axis, keepDims)];
      });
    }
  });

  test('NaN and infinities', () => {
    const x = tf.tensor2d([NaN, 1, 2, 3, 4, -Infinity, 1, 2, 3, 4, Infinity, 1, 2, 3, 4], [3, 5]);
    const [largest, least] = [tf.max(x, 1), tf.min(x, 1)].map((each) => Array.from(each.dataSync()));
    expect(largest).toEqual([NaN, 4, Infinity]);
    expect(least).toEqual([NaN, -Infinity, 1]);
    expect(Array.from(tf.sum(x, 1).dataSync())).toEqual([NaN, -Infinity, Infinity]);
  });

  test('of nothing', () => {
    expect(Array.from(tf.sum(tf.zeros([0, 2]), 0).dataSync())).toEqual([0, 0]);
    expect(Array.from(tf.prod(tf.zeros([2, 0]), 1).dataSync())).toEqual([1, 1]);
  });

  test('softmax', () => {
    expectAgreement(() => [
      tf.softmax(tf.mul(noise([4, 9]), 30)),
      tf.softmax(noise([3])),
      tf.softmax(noise([2, 3, 100])),
    ]);
    expect(Array.from(tf.softmax(tf.tensor1d([-Infinity, 0, 200, -1e30])).dataSync())).toEqual([0, 0, 1, 0]);
  });
});

test.each([
  [
    [3, 5],
    [1, 0],
  ],
  [
    [33, 18],
    [1, 0],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 1, 3],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 3, 1],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 2, 0],
  ],
  [
    [2, 3, 4, 5],
    [3, 2, 1, 0],
  ],
  [
    [2, 1, 4, 5],
    [1, 3, 0, 2],
  ],
  [
    [2, 3, 4, 2, 3],
    [1, 4, 0, 3, 2],
  ],
  [
    [6, 7, 20],
    [0, 2, 1],
  ],
  [
    [4, 1, 3],
    [1, 0, 2],
  ],
  [
    [0, 3],
    [1, 0],
  ],
])('transpose of %j by %j', (shape, perm) => {
  expectAgreement(() => {
    const x = noise(shape);
    const whole = tf.cast(tf.mul(x, 1000), 'int32');
    return [tf.transpose(x, perm), tf.transpose(whole, perm), tf.transpose(tf.greater(x, 0), perm)];
  }, 0);
});

test.each([
  { x: [5, 3], indices: [4], axis: 0, batchDims: 0 },
  { x: [2, 5, 7], indices: [2, 3], axis: 1, batchDims: 0 },
  { x: [2, 3, 5, 4], indices: [2, 6], axis: 2, batchDims: 1 },
  { x: [2, 3, 5], indices: [2, 3, 2], axis: 2, batchDims: 2 },
])('gather $x by $indices along $axis, $batchDims batch axes', ({ x, indices, axis, batchDims }) => {
  expectAgreement(() => {
    const places = tf.cast(tf.floor(tf.mul(tf.abs(noise(indices)), 5)), 'int32');
    return [noise(x), tf.cast(tf.mul(noise(x), 100), 'int32')].map((each) => tf.gather(each, places, axis, batchDims));
  }, 0);
});

test('gather refuses an index out of range, and leaks nothing', () => {
  const buffers = tf.backend().numDataIds();
  const [table, places] = [tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')];
  expect(() => tf.gather(table, places)).toThrow('expected indices from 0 to 2, got 3 at place 1.\nAxis 0 of [3, 2]');
  tf.dispose([table, places]);
  expect(tf.backend().numDataIds()).toBe(buffers);
});

describe('pools and their gradients agree with cpu', () => {
  const options: readonly (readonly [size: number, strides: number, pad: 'same' | 'valid' | number])[] = [
    [2, 2, 'valid'],
    [3, 2, 'same'],
    [3, 1, 'same'],
    [2, 1, 1],
  ];

  test.each(options)('of size %i, strides %i, %s', (size, strides, pad) => {
    // All negative: the largest of a window is negative, too.
    const max = (x: tf.Tensor): tf.Tensor => tf.maxPool(tf.sub(x, 5) as tf.Tensor4D, size, strides, pad);
    const average = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, size, strides, pad);
    expectAgreement(withGradients(max, [[2, 7, 6, 5]]));
    expectAgreement(withGradients(average, [[2, 7, 6, 5]]));
  });

  test.each(options.slice(0, 3))('in three dimensions of size %i, strides %i, %s', (size, strides, pad) => {
    const max = (x: tf.Tensor): tf.Tensor => tf.maxPool3d(tf.sub(x, 5) as tf.Tensor5D, size, strides, pad);
    const average = (x: tf.Tensor): tf.Tensor => tf.avgPool3d(x as tf.Tensor5D, size, strides, pad);
    expectAgreement(withGradients(max, [[2, 4, 5, 4, 3]]));
    expectAgreement(withGradients(average, [[2, 4, 5, 4, 3]]));
  });

  test.each(['cpu', 'wasm'])('averages count places inside, in the gradients of any order too: %s', async (backend) => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      // Windows of 2 at stride 1 over 3 places, padded behind: means of (a, b), (b, c), (c).
      const f = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, [1, 2], 1, 'same');
      const [x, weights] = [tf.tensor4d([1, 2, 3], [1, 1, 3, 1]), tf.tensor4d([1, 10, 100], [1, 1, 3, 1])];
      const gradient = tf.grad((each) => tf.sum(tf.mul(weights, f(each))));
      expect(Array.from(gradient(x).dataSync())).toEqual([0.5, 5.5, 105]);
      const pulledBack = tf.grad((dy: tf.Tensor) => tf.sum(tf.mul(weights, tf.grads((each) => f(each))([x], dy)[0]!)));
      expect(Array.from(pulledBack(tf.onesLike(x)).dataSync())).toEqual([5.5, 55, 100]);
    });
    await tf.setBackend('wasm');
  });
});

describe('fused kernels agree with cpu', () => {
  test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)('%s', (activation) => {
    expectAgreement(() => {
      const rest = { activation, leakyreluAlpha: 0.3, preluActivationWeights: noise([5]) };
      const [a, b, bias] = [noise([3, 4]), noise([4, 5]), noise([5])] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      return [
        tf.fused.matMul({ a, b, bias, ...rest }),
        tf.fused.matMul({ a, b, ...rest }),
        tf.fused.conv2d({
          x: noise([2, 4, 4, 3]) as tf.Tensor4D,
          filter: noise([2, 2, 3, 5]) as tf.Tensor4D,
          ...{ strides: 1, pad: 'same', bias, ...rest },
        }),
        tf.fused.depthwiseConv2d({
          x: noise([2, 4, 4, 5]) as tf.Tensor4D,
          filter: noise([2, 2, 5, 1]) as tf.Tensor4D,
          ...{ strides: 1, pad: 'valid', bias, ...rest },
        }),
      ];
    });
  });

  test('a product of matrices of rank 2, called as compiled functions call it', () => {
    const [a, b, bias] = [noise([2, 3]), noise([3, 4]), noise([4])];
    const attrs = { transposeA: false, transposeB: false, activation: 'relu' };
    const fused = tf.engine().runKernel('_FusedMatMul', { a, b, bias }, attrs) as tf.Tensor;
    const expected = tf.relu(tf.add(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), bias));
    expect(Array.from(fused.dataSync())).toEqual(Array.from(expected.dataSync()));
  });
});
