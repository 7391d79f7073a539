import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { ready } from '../../runtime/backends/select.js';
import { expectNoLeaks } from '../core/leaks.js';

await ready();
expectNoLeaks();

/** Numbers without pattern, both signs. */
function noise(shape: readonly number[], seed = 1): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => {
    const at = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return 2 * (at - Math.floor(at)) - 1;
  });
  return tf.tensor(values, [...shape]);
}

type Run = () => tf.Tensor | readonly tf.Tensor[];

function valuesOn(backend: string, run: Run): { shape: number[]; dtype: string; values: number[] }[] {
  void tf.setBackend(backend);
  return tf.tidy(() =>
    [run()].flat().map((each) => ({ shape: each.shape, dtype: each.dtype, values: Array.from(each.dataSync()) })),
  );
}

/** Both backends give the same shapes, dtypes and numbers, within `tolerance` of the largest. */
function expectAgreement(run: Run, tolerance = 2e-6): void {
  const wasm = valuesOn('wasm', run);
  const cpu = valuesOn('cpu', run);
  void tf.setBackend('wasm');
  expect(wasm.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(cpu.map(({ shape, dtype }) => ({ shape, dtype })));
  wasm.forEach(({ values }, i) => {
    const expected = cpu[i]!.values;
    const scale = Math.max(1e-3, ...expected.map(Math.abs).filter(Number.isFinite));
    const worst = values.findIndex(
      (value, j) => !(Object.is(value, expected[j]) || Math.abs(value - expected[j]!) <= tolerance * scale),
    );
    expect(worst < 0 ? 'equal' : `${i}, ${worst}: ${values[worst]}, cpu ${expected[worst]}`).toBe('equal');
  });
}

/** A function and its gradients with respect to all of `inputs`, with a cotangent without pattern. */
function withGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, inputs: readonly (readonly number[])[]): Run {
  return () => {
    const xs = inputs.map((shape, i) => noise(shape, i + 1));
    const { grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
      tf.sum(tf.mul(f(...given), noise(f(...xs).shape, 9))),
    )(xs);
    return [f(...xs), ...grads];
  };
}

describe('convolutions and their gradients agree with cpu', () => {
  test.each([
    { x: [2, 5, 6, 3], kernel: [3, 3, 3, 4], strides: 1, pad: 'same' },
    { x: [2, 7, 6, 1], kernel: [3, 2, 1, 5], strides: 2, pad: 'same' },
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
