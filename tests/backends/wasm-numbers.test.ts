import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { ready } from '../../runtime/backends/select.js';
import { expectNoLeaks } from '../core/leaks.js';
import { expectAgreement } from './agreement.js';

await ready();
expectNoLeaks();

describe('functions of one number, within units in the last place of float32', () => {
  const unit = (y: number): number =>
    Math.abs(y) < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(Math.abs(y))) - 23);

  const functions: readonly (readonly [
    name: string,
    run: (x: tf.Tensor) => tf.Tensor,
    exact: (x: number) => number,
    ranges: readonly (readonly [low: number, high: number])[],
  ])[] = [
    [
      'exp',
      tf.exp,
      Math.exp,
      [
        [-104, 88.7],
        [-1, 1],
      ],
    ],
    [
      'expm1',
      tf.expm1,
      Math.expm1,
      [
        [-30, 88.7],
        [-1, 1],
        [-1e-6, 1e-6],
      ],
    ],
    [
      'log',
      tf.log,
      Math.log,
      [
        [0, 3e38],
        [0.5, 2],
        [0, 1e-38],
      ],
    ],
    [
      'log1p',
      tf.log1p,
      Math.log1p,
      [
        [-1, 3],
        [-1e-3, 1e-3],
        [0, 1e30],
      ],
    ],
    [
      'tanh',
      tf.tanh,
      Math.tanh,
      [
        [-10, 10],
        [-0.5, 0.5],
        [-1e-4, 1e-4],
      ],
    ],
    [
      'sigmoid',
      tf.sigmoid,
      (x) => 1 / (1 + Math.exp(-x)),
      [
        [-90, 90],
        [-3, 3],
      ],
    ],
  ];

  test.each(functions)('%s', (_name, run, exact, ranges) => {
    for (const [low, high] of ranges) {
      const x = Float32Array.from({ length: 4001 }, (_, i) => low + ((high - low) * (i + 0.5)) / 4001);
      const y = run(tf.tensor1d(x)).dataSync();
      const errors = Array.from(x, (each, i) => Math.abs(y[i]! - exact(each)) / unit(exact(each)));
      expect(Math.max(...errors)).toBeLessThan(3);
    }
    const special = [NaN, Infinity, -Infinity, 0, 1e-45, -200, 200, -3.4e38, 3.4e38].map(Math.fround);
    const rounded = (value: number): number => Number(Math.fround(value).toPrecision(6));
    expect(Array.from(run(tf.tensor1d(special)).dataSync(), rounded)).toEqual(special.map((x) => rounded(exact(x))));
  });
});

describe('integers and truth values agree with cpu', () => {
  const ofOne =
    'abs acos acosh asin asinh atan atanh expm1 isFinite isInf isNaN leakyRelu log1p neg reciprocal relu relu6 round selu sign sinh softplus square step';
  const ofTwo = 'mul div floorDiv mod maximum minimum squaredDifference equal less greaterEqual prelu';
  const reducing = 'sum mean max min prod argMax cumsum cumprod';
  const operations = tf as unknown as { readonly [name: string]: (...args: unknown[]) => tf.Tensor };

  test.each(['int32', 'bool'] as const)('%s', (dtype) => {
    const given = dtype === 'bool' ? [1, 0, 1, 1, 0, 0] : [1, -2, 0, 3, 5, 2];
    const x = (): tf.Tensor => tf.tensor(given, [2, 3], dtype);
    const y = (): tf.Tensor => tf.tensor([...given].reverse(), [2, 3], dtype);
    ofOne.split(' ').forEach((name) => expectAgreement(() => operations[name]!(x())));
    ofTwo.split(' ').forEach((name) => expectAgreement(() => operations[name]!(x(), y())));
    reducing.split(' ').forEach((name) => expectAgreement(() => operations[name]!(x(), 1)));
    expectAgreement(() => [
      tf.where(tf.tensor([1, 0, 1, 1, 0, 0], [2, 3], 'bool'), x(), y()),
      ...[tf.cast(x(), 'float32'), tf.cast(x(), 'bool'), tf.clipByValue(x(), 0, 2), tf.reverse(x(), 1)],
      ...[tf.stridedSlice(x(), [0, 0], [2, 3], [1, 2]), tf.topk(x(), 2).values],
    ]);
  });
});

test('every kernel of cpu is there, but those of complex numbers', () => {
  const names = (backend: string): string[] => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
  const known = names('wasm');
  const missing = names('cpu').filter((name) => !known.includes(name));
  expect(missing.filter((name) => name !== 'Draw').sort()).toEqual([
    'Complex',
    'ComplexAbs',
    'FFT',
    'IFFT',
    'Imag',
    'Real',
  ]);
  const [values] = tf.tidy(() => {
    const replaced = tf.engine().runKernel(
      'StaticRegexReplace',
      { x: tf.tensor1d(['cab', 'b']) },
      {
        pattern: 'b',
        rewrite: 'd',
        replaceGlobal: true,
      },
    ) as tf.Tensor;
    return [replaced.dataSync() as unknown as string[]];
  });
  expect(Array.from(values!)).toEqual(['cad', 'd']);
});
