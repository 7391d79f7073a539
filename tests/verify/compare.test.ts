import { describe, expect, test } from '@jest/globals';
import { compareTensors, weaker } from '../../src/verify/compare.js';
import type { TensorData } from '../../src/verify/tensor-data.js';

const floats = (values: readonly number[], shape = [values.length]): TensorData => ({
  shape,
  dtype: 'float32',
  values: Float32Array.from(values),
});
const verdict = (a: TensorData, b: TensorData, tolerance = 1e-5) => compareTensors('x', [a, b], tolerance).verdict;

describe('comparison of two tensors', () => {
  test('grades by bits, then relative to the largest reference value', () => {
    expect(verdict(floats([1, 2]), floats([1, 2]))).toBe('identical');
    expect(verdict(floats([1, 2]), floats([1, 2 + 5e-7]))).toBe('same-order');
    expect(verdict(floats([1, 2]), floats([1, 2 + 1e-5]))).toBe('close');
    expect(verdict(floats([1, 2]), floats([1, 2 + 1e-5]), 1e-6)).toBe('mismatch');
    expect(verdict(floats([1e-8, 1000]), floats([2e-8, 1000]))).toBe('same-order');
  });

  test('the worst place is named with both values', () => {
    const { worst } = compareTensors('kernel', [floats([1, 2, 3, 4], [2, 2]), floats([1, 2, 9, 4], [2, 2])], 0);
    expect(worst).toEqual({ path: 'kernel', index: [1, 0], linen: 3, nnx: 9, relative: 1.5 });
  });

  test('NaN and infinity must sit at the same places', () => {
    expect(verdict(floats([NaN, 1]), floats([NaN, 1]))).toBe('identical');
    expect(verdict(floats([NaN, 1]), floats([1, 1]))).toBe('mismatch');
    expect(verdict(floats([1, 1]), floats([Infinity, 1]))).toBe('mismatch');
    expect(verdict(floats([Infinity, 1]), floats([-Infinity, 1]))).toBe('mismatch');
  });

  test('integers are exact, shapes and dtypes too', () => {
    const ints = (values: number[]): TensorData => ({
      shape: [values.length],
      dtype: 'int32',
      values: Int32Array.from(values),
    });
    expect(verdict(ints([100000000]), ints([100000001]))).toBe('mismatch');
    expect(verdict(ints([1]), floats([1]))).toBe('mismatch');
    expect(verdict(floats([1, 2], [2]), floats([1, 2], [1, 2]))).toBe('mismatch');
  });

  test('a reference of zeros forgives nothing', () => {
    expect(verdict(floats([0, 0]), floats([0, 1e-12]))).toBe('mismatch');
  });

  test('a value that was not compared is weaker than any agreement', () => {
    expect(weaker('close', 'not-compared')).toBe('not-compared');
    expect(weaker('mismatch', 'not-compared')).toBe('mismatch');
  });
});
