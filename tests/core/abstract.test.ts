import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { evalShape } from '../../runtime/core/abstract.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { key } from '../../runtime/core/key.js';
import { ShapeDtypeStruct } from '../../runtime/core/tree-typing.js';
import { tensorsOf, treeLeaves } from '../../runtime/core/tree.js';
import { normal } from '../../runtime/random/distributions.js';
import { expectNoLeaks } from './leaks.js';

installWasmKernels();
await tf.setBackend('cpu');
expectNoLeaks();

type T4 = tf.Tensor4D;
const image = (): T4 => normal(key(5), [2, 6, 6, 3]) as T4;
const filter = (): T4 => normal(key(6), [3, 3, 3, 4]) as T4;
const ids = (): tf.Tensor1D => tf.tensor1d([2, 0], 'int32');

/** Operations and gradients of several kernels; each kernel alone is in `kernels.test.ts`. x is float32 [3, 4]. */
const cases: readonly [name: string, f: (x: tf.Tensor) => unknown][] = [
  ['elu, second order', (x) => grad((y: tf.Tensor) => tf.sum(tf.elu(y)))(x)],
  ['join', (x) => [tf.concat([x, x], -1), tf.stack([x, x], -1), tf.unstack(x, 1), tf.split(x, [1, 3], 1)]],
  [
    'gather',
    (x) => [tf.gather(x, ids()), tf.gather(x, ids(), 1), grad((y: tf.Tensor) => tf.sum(tf.gather(y, ids())))(x)],
  ],
  [
    'make',
    () => [tf.oneHot(ids(), 3), tf.fill([2, 2], 1, 'int32'), tf.zeros([2]), tf.range(5, 0, -2), normal(key(0), [3])],
  ],
  [
    'conv gradients',
    () => grad((a: T4, b: T4) => tf.sum(tf.conv2d(a, b, 1, 'same')), { argnums: [0, 1] })(image(), filter()),
  ],
  ['max pool gradient', () => grad((a: T4) => tf.sum(tf.maxPool(a, 2, 2, 'valid')))(image())],
  ['batchNorm', () => tf.batchNorm(image(), tf.zeros([3]), tf.ones([3]))],
];

const textOf = (leaf: unknown): string => {
  const { dtype, shape } = leaf as ShapeDtypeStruct;
  return `${dtype}[${shape.join(', ')}]`;
};

describe('evalShape', () => {
  describe.each(['cpu', 'wasm'])('%s', (backend) => {
    beforeAll(async () => void (await tf.setBackend(backend)));
    afterAll(async () => void (await tf.setBackend('cpu')));

    test.each(cases)('%s: as the real run', (_name, f) => {
      const x = normal(key(1), [3, 4]);
      let real: unknown;
      tf.tidy(() => tensorsOf((real = f(x))));
      const shapes = evalShape(f as (x: tf.Tensor) => tf.Tensor, new ShapeDtypeStruct([3, 4]) as never);
      expect(treeLeaves(shapes).map(textOf)).toEqual(tensorsOf(real).map(textOf));
    });
  });

  test('no memory for what would not fit, closed-over tensors, valueAndGrad over trees', () => {
    const huge = evalShape((a: tf.Tensor) => tf.matMul(a, a), new ShapeDtypeStruct([100_000, 100_000]) as never);
    expect(textOf(huge)).toBe('float32[100000, 100000]');
    const x = tf.ones([5, 3]);
    const step = valueAndGrad((p: { w: tf.Tensor }) => tf.mean(tf.square(tf.tanh(tf.matMul(x, p.w)))));
    const shapes = evalShape(step as never, { w: new ShapeDtypeStruct([3, 2]) } as never);
    expect(treeLeaves(shapes).map(textOf)).toEqual(['float32[]', 'float32[3, 2]']);
  });

  test.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ['a read', (x) => x.dataSync(), /reads the value/],
    [
      'a read in a tidy in a gradient',
      (x) => grad((y: tf.Tensor) => tf.tidy(() => tf.scalar(y.dataSync()[0]!)))(x),
      /reads/,
    ],
    ['a promise', async () => 1, /promise/],
    ['a kernel without rule', (x) => tf.unique(tf.reshape(x, [-1])).values, /Unique.*depends on values/],
    ['shapes that do not fit', (x) => tf.matMul(x, x), /matMul|inner/i],
  ])('%s is an error, and the engine stays usable', (_name, f, message) => {
    expect(() => evalShape(f as never, tf.ones([3, 4]))).toThrow(message);
    expect(Array.from(grad((y: tf.Tensor) => tf.sum(tf.square(y)))(tf.tensor1d([1, 2])).dataSync())).toEqual([2, 4]);
  });

  test('a tensor that escapes is dead', () => {
    let escaped!: tf.Tensor;
    evalShape((x: tf.Tensor) => (escaped = tf.neg(x)), tf.ones([2]));
    expect(() => escaped.dataSync()).toThrow(/disposed/);
  });
});
