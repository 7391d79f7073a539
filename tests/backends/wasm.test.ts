import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

// The order matters: first the stock backend, then the same with the training pack.
await tf.setBackend('wasm');

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const table = (): tf.Tensor2D => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
const embeddingGradient = (): number[] =>
  numbers(tf.tidy(() => tf.grad((x) => tf.sum(tf.square(tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')))))(table())));

const ramp = (shape: number[]): tf.Tensor => {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => ((i * 7) % 11) - 5),
    shape,
  );
};

/** Of a million numbers evenly over [0, 1]: 1/3. */
function meanOfSquares(): number {
  const values = Float32Array.from({ length: 1e6 }, (_, i) => ((i * 7919) % 1e6) / 1e6);
  return tf.tidy(() => tf.mean(tf.square(tf.tensor1d(values))).dataSync()[0]!);
}

function relativeErrors(): number[] {
  const x = 1.2e-7;
  const rounded = Math.fround(x);
  return tf.tidy(() => [
    Math.abs(tf.log1p(x).dataSync()[0]! / Math.log1p(rounded) - 1),
    Math.abs(tf.expm1(x).dataSync()[0]! / Math.expm1(rounded) - 1),
  ]);
}

function oneHotFloats(): number[] {
  return tf.tidy(() => numbers(tf.oneHot(tf.tensor1d([1, 0, -1], 'int32'), 3, 2, -1, 'float32')));
}

function dilation(): number[] {
  return tf.tidy(() =>
    numbers(tf.dilation2d(tf.tensor4d([-1, -2, -3, -4], [1, 2, 2, 1]), tf.tensor3d([0], [1, 1, 1]), 1, 'same')),
  );
}

function maxPoolGradient(): number[] {
  const f = (x: tf.Tensor): tf.Tensor => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 1, 'valid'));
  return tf.tidy(() => numbers(tf.grad(f)(tf.tensor4d([-3, -1, -2, -4], [1, 2, 2, 1]))));
}

/** ⟨conv3d(x), dy⟩ − ⟨x, gradient(dy)⟩ on small integers: zero by the definition of a gradient of a linear function. */
function volumeGradientError(): number {
  return tf.tidy(() => {
    const [x, kernel] = [ramp([2, 4, 4, 3, 2]), ramp([2, 3, 2, 2, 3]) as tf.Tensor5D];
    const f = (each: tf.Tensor): tf.Tensor => tf.conv3d(each as tf.Tensor5D, kernel, 1, 'same');
    const dy = ramp([2, 4, 4, 3, 3]);
    const pulled = tf.grad((each) => tf.sum(tf.mul(f(each), dy)))(x);
    const product = (a: tf.Tensor, b: tf.Tensor): number => numbers(tf.mul(a, b)).reduce((sum, each) => sum + each);
    return product(f(x), dy) - product(x, pulled);
  });
}

/** Products by their definition, for batch axes that broadcast. */
function matMulOf(a: tf.Tensor, b: tf.Tensor): number[] {
  return tf.tidy(() => {
    const [x, y] = [tf.expandDims(a, -1), tf.expandDims(b, -3)];
    return numbers(tf.sum(tf.mul(x, y), -2));
  });
}

function outcome(run: () => number[]): number[] | string {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

describe('stock TensorFlow.js on wasm', () => {
  test('does not train embeddings', () => {
    expect(embeddingGradient).toThrow("Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'");
  });

  test('has no einsum', () => {
    expect(() => tf.einsum('ij,jk->ik', table(), tf.ones([2, 2]))).toThrow("Kernel 'Einsum' not registered");
  });

  test('trains no convolutions', () => {
    const x = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
    const gradient = (f: (kernel: tf.Tensor) => tf.Tensor): (() => number[]) => {
      return () => numbers(tf.grad((kernel) => tf.sum(f(kernel)))(tf.ones([2, 2, 1, 1])));
    };
    expect(gradient((kernel) => tf.conv2d(x, kernel as tf.Tensor4D, 1, 'valid'))).toThrow("'Conv2DBackpropFilter'");
    expect(gradient((kernel) => tf.depthwiseConv2d(x, kernel as tf.Tensor4D, 1, 'valid'))).toThrow(
      /'DepthwiseConv2dNativeBackprop(Filter|Input)'/,
    );
  });

  test('has the gradient of conv3d with respect to its input wrong', () => {
    expect(volumeGradientError()).not.toBe(0);
  });

  test('adds in one running sum', () => {
    expect(Math.abs(meanOfSquares() - 1 / 3)).toBeGreaterThan(1e-4);
  });

  test('loses the gradient of the largest where that is negative', () => {
    expect(maxPoolGradient()).not.toEqual([0, 1, 0, 0]);
  });

  test('loses log1p and expm1 near 0', () => {
    expect(Math.max(...relativeErrors())).toBeGreaterThan(1e-3);
  });

  test('casts to bool by the low byte, and slices integers to floats', () => {
    expect(numbers(tf.cast(tf.tensor1d([2, 0, 0.5]), 'bool'))).toEqual([2, 0, 0]);
    expect(tf.stridedSlice(tf.tensor1d([1, 2, 3], 'int32'), [0], [3], [2]).dtype).toBe('float32');
  });

  test('has one-hot floats and dilations of negative numbers wrong', () => {
    expect(oneHotFloats()).not.toEqual([-1, 2, -1, 2, -1, -1, -1, -1, -1]);
    expect(dilation()).not.toEqual([-1, -2, -3, -4]);
  });

  test('multiplies no integers', () => {
    expect(() => tf.matMul(tf.ones([1, 1], 'int32'), tf.ones([1, 1], 'int32'))).toThrow('non-float32');
  });

  test('multiplies wrongly when batch axes of both operands are broadcast', () => {
    const [a, b] = [ramp([2, 1, 3, 4]), ramp([1, 3, 4, 2])];
    const product = (): number[] => numbers(tf.matMul(a, b));
    expect(outcome(product)).not.toEqual(outcome(() => matMulOf(a, b)));
  });
});

describe('with the training pack', () => {
  test('wasm is the backend after an import', async () => {
    const { ready, useBackend } = await import('../../runtime/backends/select.js');
    await ready();
    expect(tf.getBackend()).toBe('wasm');
    await expect(useBackend('abacus')).rejects.toThrow("got 'abacus'.\nChoose one of 'cpu', 'wasm'");
  });

  test('embeddings train', () => {
    expect(embeddingGradient()).toEqual([2, 4, 0, 0, 20, 24]);
  });

  test('segments out of range are dropped, rows may be scalars', () => {
    tf.tidy(() => {
      const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4, 8]), tf.tensor1d([1, -1, 5, 1], 'int32'), 3);
      expect(numbers(sums)).toEqual([0, 9, 0]);
    });
  });

  test('log1p and expm1 are accurate near 0', () => {
    expect(Math.max(...relativeErrors())).toBeLessThan(2e-7);
  });

  test('casts to bool by what is not 0, and slices integers to integers', () => {
    expect(numbers(tf.cast(tf.tensor1d([2, 0, 0.5]), 'bool'))).toEqual([1, 0, 1]);
    const slices = tf.stridedSlice(tf.tensor1d([1, 2, 3], 'int32'), [0], [3], [2]);
    expect([slices.dtype, ...numbers(slices)]).toEqual(['int32', 1, 3]);
  });

  test('one-hot floats, dilations of negative numbers', () => {
    expect(oneHotFloats()).toEqual([-1, 2, -1, 2, -1, -1, -1, -1, -1]);
    expect(dilation()).toEqual([-1, -2, -3, -4]);
  });

  test('sums are accurate', () => {
    expect(Math.abs(meanOfSquares() - 1 / 3)).toBeLessThan(1e-6);
  });

  test('the gradient of the largest is there where that is negative', () => {
    expect(maxPoolGradient()).toEqual([0, 1, 0, 0]);
  });

  test('conv3d trains', () => {
    expect(volumeGradientError()).toBe(0);
  });

  test('einsum', () => {
    tf.tidy(() => expect(numbers(tf.einsum('ij,jk->k', table(), tf.tensor2d([1, 2, 3, 4], [2, 2])))).toEqual([45, 66]));
  });

  test.each([
    [
      [2, 1, 3, 4],
      [1, 3, 4, 2],
    ],
    [
      [2, 3, 3, 4],
      [3, 4, 2],
    ],
    [
      [2, 3, 3, 4],
      [2, 1, 4, 2],
    ],
    [
      [4, 2],
      [3, 2, 5],
    ],
    [
      [1, 3, 4],
      [4, 2],
    ],
  ])('matMul of %j and %j', (left, right) => {
    tf.tidy(() => {
      const [a, b] = [ramp(left), ramp(right)];
      const swap = (x: tf.Tensor): tf.Tensor =>
        tf.transpose(x, [...x.shape.keys()].slice(0, -2).concat(x.rank - 1, x.rank - 2));
      const expected = matMulOf(a, b);
      expect(numbers(tf.matMul(a, b))).toEqual(expected);
      expect(numbers(tf.matMul(swap(a), b, true))).toEqual(expected);
      expect(numbers(tf.matMul(a, swap(b), false, true))).toEqual(expected);
      expect(numbers(tf.matMul(swap(a), swap(b), true, true))).toEqual(expected);
    });
  });

  test.each([
    [1, 1, 1],
    [3, 5, 7],
    [2, 16, 16],
    [5, 300, 33],
    [259, 2, 17],
    [261, 270, 20],
  ])('matMul of %i, %i, %i: edges of tiles and panels', (m, k, n) => {
    tf.tidy(() => {
      const [a, b] = [ramp([m, k]) as tf.Tensor2D, ramp([k, n]) as tf.Tensor2D];
      const [x, y] = [a.dataSync(), b.dataSync()];
      const expected = Array.from({ length: m * n }, (_, at) => {
        const [row, column] = [Math.floor(at / n), at % n];
        return Array.from({ length: k }, (_, q) => x[row * k + q]! * y[q * n + column]!).reduce((sum, p) => sum + p);
      });
      const [ta, tb] = [tf.transpose(a), tf.transpose(b)];
      // Small integers: every order of summation gives the same number.
      expect(numbers(tf.matMul(a, b))).toEqual(expected);
      expect(numbers(tf.matMul(ta, b, true))).toEqual(expected);
      expect(numbers(tf.matMul(a, tb, false, true))).toEqual(expected);
      expect(numbers(tf.matMul(ta, tb, true, true))).toEqual(expected);
    });
  });

  test('matMul of int32 wraps, of no inner size gives zeros, of unequal ones throws', () => {
    tf.tidy(() => {
      const a = tf.tensor2d([65537, 65537, 1, 2], [2, 2], 'int32');
      const product = tf.matMul(a, a, false, true);
      expect([product.dtype, ...numbers(product)]).toEqual(['int32', 262146, 196611, 196611, 5]);
      expect(numbers(tf.matMul(tf.ones([2, 0]), tf.ones([0, 1])))).toEqual([0, 0]);
      expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow('Transpose or reshape an operand.');
    });
  });

  test('no memory is lost', () => {
    const backend = tf.backend();
    const [tensors, buffers] = [tf.memory().numTensors, backend.numDataIds()];
    tf.tidy(() => {
      tf.matMul(ramp([4, 3]) as tf.Tensor2D, ramp([4, 2]) as tf.Tensor2D, true);
      tf.matMul(ramp([2, 1, 3, 4]), ramp([1, 3, 4, 2]));
      tf.einsum('abc,cd->dba', ramp([2, 3, 2]), ramp([2, 4]));
      embeddingGradient();
    });
    expect([tf.memory().numTensors, backend.numDataIds()]).toEqual([tensors, buffers]);
  });
});
