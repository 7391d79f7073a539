import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { evalShape } from '../../runtime/core/abstract.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { stopGradient } from '../../runtime/core/autodiff/stop-gradient.js';
import { key } from '../../runtime/core/key.js';
import { ShapeDtypeStruct } from '../../runtime/core/tree-typing.js';
import { tensorsOf, treeLeaves } from '../../runtime/core/tree.js';
import { normal } from '../../runtime/random/distributions.js';
import { expectNoLeaks } from './leaks.js';

installWasmKernels();
await tf.setBackend('cpu');
expectNoLeaks();

type T4 = tf.Tensor4D;
const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor;
const unary = (
  'abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor leakyRelu log log1p neg onesLike ' +
  'reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan tanh zerosLike ' +
  'isFinite isInf isNaN logSoftmax softmax clone'
).split(' ');
const binary =
  'add atan2 floorDiv maximum minimum mod mul pow div squaredDifference sub equal greater greaterEqual less lessEqual notEqual'.split(
    ' ',
  );
const reduce = 'max mean min prod sum'.split(' ');
const library = tf as unknown as Record<string, (...args: unknown[]) => unknown>;
const image = (): T4 => normal(key(5), [2, 6, 6, 3]) as T4;
const filter = (): T4 => normal(key(6), [3, 3, 3, 4]) as T4;
const flags = (x: tf.Tensor): tf.Tensor => tf.greater(x, 0);
const ids = (): tf.Tensor1D => tf.tensor1d([2, 0], 'int32');

/** Together these run every record of the table. x is float32 [3, 4]. */
const cases: readonly [name: string, f: (x: tf.Tensor) => unknown][] = [
  ...unary.map((name): [string, (x: tf.Tensor) => unknown] => [name, (x) => library[name]!(x)]),
  ...binary.map((name): [string, (x: tf.Tensor) => unknown] => [
    name,
    (x) => [library[name]!(x, tf.ones([4])), library[name]!(tf.cast(x, 'int32'), tf.ones([2, 1, 4], 'int32'))],
  ]),
  ...reduce.map((name): [string, (x: tf.Tensor) => unknown] => [
    name,
    (x) => [library[name]!(x), library[name]!(x, -1, true), library[name]!(tf.cast(x, 'int32'), 0)],
  ]),
  ['clip', (x) => tf.clipByValue(x, 0, 1)],
  ['cast', (x) => [tf.cast(x, 'int32'), tf.cast(x, 'bool')]],
  ['logic', (x) => [tf.logicalNot(flags(x)), tf.logicalAnd(flags(x), flags(x)), tf.logicalOr(flags(x), flags(x))]],
  ['all, any', (x) => [tf.all(flags(x), 0), tf.any(flags(x), 1, true)]],
  ['elu, second order', (x) => grad((y: tf.Tensor) => tf.sum(tf.elu(y)))(x)],
  ['prelu, addN', (x) => [tf.prelu(x, tf.ones([4])), tf.addN([x, x])]],
  ['where', (x) => tf.where(flags(x), x, tf.zeros([4]))],
  ['stopGradient', (x) => stopGradient(x)],
  ['arg', (x) => [tf.argMax(x, -1), tf.argMin(x)]],
  ['running', (x) => [tf.cumsum(x, 1), tf.cumprod(x, 0), tf.topk(x, 2)]],
  ['reshape', (x) => [tf.reshape(x, [2, -1]), tf.expandDims(x, -1), tf.transpose(x), tf.reverse(x, 0)]],
  [
    'tile, pad',
    (x) => [
      tf.tile(x, [2, 3]),
      tf.pad(x, [
        [1, 2],
        [0, 3],
      ]),
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [0, 2],
        ],
        'reflect',
      ),
    ],
  ],
  ['slice', (x) => tf.slice(x, [1, 0], [-1, 2])],
  ['join', (x) => [tf.concat([x, x], -1), tf.stack([x, x], -1), tf.unstack(x, 1), tf.split(x, [1, 3], 1)]],
  [
    'gather',
    (x) => [tf.gather(x, ids()), tf.gather(x, ids(), 1), grad((y: tf.Tensor) => tf.sum(tf.gather(y, ids())))(x)],
  ],
  [
    'make',
    () => [tf.oneHot(ids(), 3), tf.fill([2, 2], 1, 'int32'), tf.zeros([2]), tf.range(5, 0, -2), normal(key(0), [3])],
  ],
  ['matMul', (x) => [tf.matMul(x, x, false, true), tf.matMul(x, tf.ones([5, 3, 2]), true)]],
  [
    'conv',
    () => [tf.conv2d(image(), filter(), 2, 'same'), tf.depthwiseConv2d(image(), tf.ones([3, 3, 3, 2]), 1, 'valid')],
  ],
  [
    'conv gradients',
    () => grad((a: T4, b: T4) => tf.sum(tf.conv2d(a, b, 1, 'same')), { argnums: [0, 1] })(image(), filter()),
  ],
  ['pools', () => [tf.maxPool(image(), 3, 2, 'same'), tf.avgPool(image(), 2, 2, 'valid')]],
  ['max pool gradient', () => grad((a: T4) => tf.sum(tf.maxPool(a, 2, 2, 'valid')))(image())],
  ['batchNorm', () => tf.batchNorm(image(), tf.zeros([3]), tf.ones([3]))],
  [
    'average pool gradient',
    () =>
      kernel('AvgPoolGrad', { dy: tf.ones([2, 3, 3, 3]), input: image() }, { filterSize: 2, strides: 2, pad: 'valid' }),
  ],
  ['eluGrad', (x) => kernel('EluGrad', { dy: x, y: x })],
];

const textOf = (leaf: unknown): string => {
  const { dtype, shape } = leaf as ShapeDtypeStruct;
  return `${dtype}[${shape.join(', ')}]`;
};

describe('evalShape', () => {
  test.each(cases)('%s: as the real run', (_name, f) => {
    const x = normal(key(1), [3, 4]);
    let real: unknown;
    tf.tidy(() => tensorsOf((real = f(x))));
    const shapes = evalShape(f as (x: tf.Tensor) => tf.Tensor, new ShapeDtypeStruct([3, 4]) as never);
    expect(treeLeaves(shapes).map(textOf)).toEqual(tensorsOf(real).map(textOf));
  });

  test('the shapes hold on wasm too, for the kernels it has', async () => {
    await tf.setBackend('wasm');
    const wrong: string[] = [];
    const absent: string[] = [];
    for (const [name, f] of cases) {
      tf.tidy(() => {
        try {
          const real = tensorsOf(f(normal(key(1), [3, 4]))).map(textOf);
          const shapes = evalShape(f as (x: tf.Tensor) => tf.Tensor, new ShapeDtypeStruct([3, 4]) as never);
          if (String(treeLeaves(shapes).map(textOf)) !== String(real)) wrong.push(name);
        } catch (error) {
          if (!/not registered for backend 'wasm'/.test(String(error))) throw error;
          absent.push(name);
        }
      });
    }
    await tf.setBackend('cpu');
    // Stock wasm gives floorDiv of floats as float32, cpu as int32.
    expect(wrong).toEqual(['floorDiv']);
    expect(['conv gradients']).toEqual(expect.arrayContaining(absent));
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
    ['a kernel without rule', (x) => tf.unique(tf.reshape(x, [-1])).values, /Unique/],
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
