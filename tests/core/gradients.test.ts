import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { einsumOf } from '../../runtime/core/einsum.js';
import { key } from '../../runtime/core/key.js';
import { relu6 } from '../../runtime/functional/activations.js';
import { maxPool } from '../../runtime/functional/pooling.js';
import { clamp } from '../../runtime/jax/lax.js';
import { normal } from '../../runtime/random/distributions.js';
import { finiteDifferences, relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

expectNoLeaks();

type Unary = (x: tf.Tensor) => tf.Tensor;
const random = (seed: number, shape: number[]): tf.Tensor => normal(key(seed), shape);
const kernel = <R extends tf.Rank>(shape: number[]): tf.Tensor<R> => random(1, shape) as tf.Tensor<R>;
const ints = (values: number[], shape: number[]): tf.Tensor => tf.tensor(values, shape, 'int32');

const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.square(x), 0.5);
/** Takes an image [batch, height, width, channels] through a kernel of TensorFlow.js. */
const image = (f: (x: tf.Tensor4D) => tf.Tensor): Unary => f as Unary;

/** [what, shape of x, function]; every function that TensorFlow.js has no gradient of first or second order for, or a wrong one. */
const cases: readonly [name: string, shape: number[], f: Unary][] = [
  ['matMul, batch axis of b broadcast', [2, 3, 4], (x) => tf.matMul(x, random(1, [1, 4, 2]))],
  ['matMul, batch axis of a broadcast', [1, 3, 4], (x) => tf.matMul(x, random(1, [2, 4, 2]))],
  ['matMul, second operand broadcast', [4, 2], (x) => tf.matMul(random(1, [2, 3, 4]), x as tf.Tensor2D)],
  ['matMul, a transposed', [4, 3], (x) => tf.matMul(x, random(1, [4, 2]), true)],
  ['matMul, b transposed', [2, 4], (x) => tf.matMul(random(1, [3, 4]), x, false, true)],
  ['matMul, both transposed', [4, 3], (x) => tf.matMul(x, random(1, [2, 4]), true, true)],
  ['matMul, both transposed, in b', [2, 4], (x) => tf.matMul(random(1, [4, 3]), x, true, true)],
  ['gather rows', [4, 3], (x) => tf.gather(x, ints([3, 0, 3], [3]) as tf.Tensor1D)],
  ['gather columns by a matrix', [2, 4, 3], (x) => tf.gather(x, ints([3, 0, 3, 1], [2, 2]) as tf.Tensor1D, 1)],
  ['gather, one batch axis', [2, 4, 3], (x) => tf.gather(x, ints([3, 0, 3, 1], [2, 2]) as tf.Tensor1D, 1, 1)],
  ['gather, batch and axis apart', [2, 3, 4], (x) => tf.gather(x, ints([3, 0, 3, 1], [2, 2]) as tf.Tensor1D, 2, 1)],
  [
    'gather, two batch axes',
    [2, 2, 3],
    (x) => tf.gather(x, ints([2, 0, 2, 1, 0, 0, 1, 1], [2, 2, 2]) as tf.Tensor1D, 2, 2),
  ],
  ['gatherND', [3, 4], (x) => tf.gatherND(x, ints([0, 1, 2, 2, 0, 1], [3, 2]))],
  ['scatterND', [3, 2], (x) => tf.scatterND(ints([0, 2, 0], [3, 1]), x, [4, 2] as never)],
  ['tensorScatterUpdate', [4, 2], (x) => tf.tensorScatterUpdate(x, ints([0, 2], [2, 1]), random(1, [2, 2]))],
  [
    'tensorScatterUpdate, in updates',
    [2, 2],
    (x) => tf.tensorScatterUpdate(random(1, [4, 2]), ints([0, 2], [2, 1]), x),
  ],
  ['unsortedSegmentSum', [4, 2], (x) => tf.unsortedSegmentSum(x, ints([1, 0, 1, 2], [4]) as tf.Tensor1D, 3)],
  ['topk', [3, 5], (x) => tf.topk(x, 2).values],
  ['stridedSlice', [5, 6], (x) => tf.stridedSlice(x, [4, 0], [0, 6], [-2, 3])],
  ['where with broadcasting', [2, 3], (x) => tf.where(tf.greater(random(1, [3]), 0), x, tf.square(x))],
  ['maximum, broadcast', [3], (x) => tf.maximum(x, random(1, [2, 3]))],
  ['minimum, broadcast', [2, 1], (x) => tf.minimum(random(1, [2, 3]), x)],
  ['squaredDifference, broadcast', [3], (x) => tf.squaredDifference(random(1, [2, 3]), x)],
  ['pow in both', [2, 3], (x) => tf.pow(positive(x), tf.mul(x, 0.3))],
  ['pow, broadcast', [3], (x) => tf.pow(positive(random(1, [2, 3])), x)],
  ['atan2', [2, 3], (x) => tf.atan2(x, tf.add(random(1, [3]), x))],
  ['mod', [2, 3], (x) => tf.mod(tf.add(tf.mul(x, 0.1), 5), 2)],
  ['prelu, in alpha', [3], (x) => tf.prelu(random(1, [2, 3]), x)],
  ['norm', [2, 3], (x) => tf.norm(x, 2, 1)],
  ['logSumExp', [2, 3], (x) => tf.logSumExp(x, 1)],
  ['logSoftmax', [2, 3], (x) => tf.logSoftmax(x)],
  ['max', [2, 3], (x) => tf.max(x, 0)],
  ['min', [2, 3], (x) => tf.min(x, [-1], true)],
  ['prod, all', [2, 2], (x) => tf.prod(x)],
  ['prod, the first axis', [3, 2, 2], (x) => tf.prod(x, [0])],
  ['prod, a negative axis', [2, 3, 2], (x) => tf.prod(x, -2)],
  ['cumsum, the first axis', [3, 2], (x) => tf.cumsum(x, 0)],
  ['cumsum, exclusive and reverse', [2, 3, 2], (x) => tf.cumsum(x, 1, true, true)],
  ['cumprod', [2, 5], (x) => tf.cumprod(x, 1)],
  ['cumprod, exclusive and reverse', [4, 2], (x) => tf.cumprod(x, 0, true, true)],
  ['tile of rank 5', [1, 2, 1, 2, 1], (x) => tf.tile(x, [2, 2, 1, 1, 3])],
  [
    'mirrorPad, reflect',
    [3, 2],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 1],
          [0, 1],
        ],
        'reflect',
      ),
  ],
  [
    'mirrorPad, symmetric',
    [3, 2],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 3],
          [2, 0],
        ],
        'symmetric',
      ),
  ],
  ['depthToSpace', [1, 2, 3, 4], image((x) => tf.depthToSpace(x, 2))],
  ['reverse', [2, 3], (x) => tf.reverse(x, 1)],
  [
    'batchNorm',
    [2, 2, 2, 2],
    image((x) => tf.batchNorm(x, tf.tensor1d([0.1, 0.2]), tf.tensor1d([0.5, 1]), kernel([2]), kernel([2]))),
  ],
  ['conv2d', [1, 4, 4, 1], image((x) => tf.conv2d(x, kernel([2, 2, 1, 2]), 2, 'same'))],
  ['conv2d, dilated', [1, 5, 5, 1], image((x) => tf.conv2d(x, kernel([2, 2, 1, 2]), 1, 'same', 'NHWC', 2))],
  ['conv2d, in the kernel', [2, 2, 2, 1], (x) => tf.conv2d(kernel<tf.Rank.R4>([1, 4, 4, 2]), x as tf.Tensor4D, 1, 1)],
  [
    'conv2d, in the dilated kernel',
    [2, 2, 1, 2],
    (x) => tf.conv2d(kernel<tf.Rank.R4>([1, 5, 5, 1]), x as tf.Tensor4D, 1, 'valid', 'NHWC', [2, 3]),
  ],
  ['conv2dTranspose', [1, 2, 2, 2], image((x) => tf.conv2dTranspose(x, kernel([3, 3, 1, 2]), [1, 4, 4, 1], 2, 'same'))],
  ['depthwiseConv2d', [1, 4, 4, 2], image((x) => tf.depthwiseConv2d(x, kernel([2, 2, 2, 2]), 1, 'same'))],
  [
    'depthwiseConv2d, in the dilated kernel',
    [2, 2, 2, 1],
    (x) => tf.depthwiseConv2d(kernel<tf.Rank.R4>([1, 5, 5, 2]), x as tf.Tensor4D, 1, 'valid', 'NHWC', [2, 2]),
  ],
  ['conv3d', [1, 2, 3, 2, 1], (x) => tf.conv3d(x as tf.Tensor5D, kernel([2, 2, 2, 1, 1]), 1, 'same')],
  [
    'conv3d, in the kernel',
    [2, 2, 1, 1, 2],
    (x) => tf.conv3d(kernel<tf.Rank.R5>([1, 3, 3, 2, 1]), x as tf.Tensor5D, 1, 'valid'),
  ],
  ['maxPool', [1, 4, 4, 1], image((x) => tf.maxPool(x, 2, 1, 'same'))],
  ['maxPool with steps', [1, 5, 4, 1], image((x) => tf.maxPool(x, [3, 2], 2, 1))],
  ['avgPool', [1, 3, 3, 1], image((x) => tf.avgPool(x, 2, 1, 'same'))],
  ['avgPool with steps', [1, 5, 4, 1], image((x) => tf.avgPool(x, [3, 2], 2, 'valid'))],
  ['avgPool3d', [1, 2, 3, 3, 1], (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 1, 'same')],
  ['maxPool3d', [1, 2, 3, 3, 1], (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 1, 'same')],
  ['resizeBilinear', [1, 3, 2, 2], image((x) => tf.image.resizeBilinear(x, [4, 5]))],
  ['resizeBilinear, corners', [1, 3, 2, 2], image((x) => tf.image.resizeBilinear(x, [2, 5], true))],
  ['resizeBilinear, half pixels', [1, 3, 2, 2], image((x) => tf.image.resizeBilinear(x, [5, 3], false, true))],
  ['resizeNearestNeighbor', [1, 3, 2, 2], image((x) => tf.image.resizeNearestNeighbor(x, [4, 5]))],
  [
    'resizeNearestNeighbor, half pixels',
    [1, 3, 2, 2],
    image((x) => tf.image.resizeNearestNeighbor(x, [2, 5], false, true)),
  ],
];

const einsums: readonly [equation: string, shape: number[], other: number[] | null][] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['bhqd,bhkd->bhqk', [2, 2, 3, 2], [2, 2, 4, 2]],
  ['ij,jk->k', [2, 3], [3, 4]],
  ['ij->j', [2, 3], null],
  ['i,j->ij', [3], [4]],
  ['abc,cd->dba', [2, 3, 2], [2, 4]],
  ['ij,ij->', [2, 3], [2, 3]],
];

/** Equations whose value TensorFlow.js cannot compute on cpu. */
const stockFails = ['ij,jk->k'];

/** First order in every element; second order along one direction. */
function check(f: Unary, x: tf.Tensor): void {
  const weights = tf.tidy(() => random(9, f(x).shape));
  const loss = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.sin(f(y)), weights));
  expect(relativeError(grad(loss)(x).dataSync(), finiteDifferences(loss, x))).toBeLessThan(2e-3);
  const [mix, direction] = [random(7, x.shape), random(8, x.shape)];
  const mixed = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(grad(loss)(y), mix));
  const along = (t: tf.Tensor): tf.Tensor => mixed(tf.add(x, tf.mul(t, direction)));
  const slope = tf.sum(tf.mul(grad(mixed)(x), direction));
  expect(relativeError(slope.dataSync(), finiteDifferences(along, tf.scalar(0)))).toBeLessThan(4e-3);
}

describe('gradients against finite differences', () => {
  test.each(cases)('%s', (_name, shape, f) => check(f, random(0, shape)));

  test.each(einsums)('einsum %s', (equation, shape, other) => {
    const second = other && random(1, other);
    check((x) => einsumOf(equation, second ? [x, second] : [x]), random(0, shape));
    if (!stockFails.includes(equation))
      check((x) => tf.einsum(equation, ...(second ? [x, second] : [x])), random(0, shape));
    if (second) check((y) => einsumOf(equation, [random(0, shape), y]), second);
  });

  test('second order through gather and matMul', () => {
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.tanh(tf.matMul(tf.gather(x, ints([1, 1, 0], [3]) as tf.Tensor1D), x, false, true)));
    const norm = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(grad(f)(x)));
    const x = random(0, [2, 3]);
    expect(relativeError(grad(norm)(x).dataSync(), finiteDifferences(norm, x))).toBeLessThan(2e-3);
  });
});

interface Recorded {
  readonly inputs: readonly tf.TensorLike[];
  readonly gradients: readonly unknown[];
}

/** Recorded from real JAX by fixtures/flax/record-autodiff.py. */
const recorded = (
  JSON.parse(readFileSync(new URL('../../fixtures/flax/autodiff.json', import.meta.url), 'utf8')) as {
    readonly cases: { readonly [name: string]: Recorded };
  }
).cases;

const numbers = (x: unknown): number[] =>
  Array.isArray(x) ? x.flatMap(numbers) : [Number(x === 'inf' ? Infinity : x)];

/** The function of each recorded case, in plain tf.* or from our activations and pools. */
const atKinks: { readonly [name: string]: (...inputs: tf.Tensor[]) => tf.Tensor } = {
  max: (x) => tf.max(x!, 1),
  max_all: (x) => tf.max(x!),
  max_columns: (x) => tf.max(x!, 0, true),
  min: (x) => tf.min(x!, -1),
  maximum: tf.maximum as never,
  minimum: tf.minimum as never,
  maximum_scalar: tf.maximum as never,
  abs: tf.abs as never,
  sign: tf.sign as never,
  relu: tf.relu as never,
  relu6: relu6 as never,
  leaky_relu: (x) => tf.leakyRelu(x!, 0.2),
  elu: tf.elu as never,
  selu: tf.selu as never,
  clip: (x) => tf.clipByValue(x!, -1, 0.5),
  clamp: (x) => clamp(-1, x!, 0.5),
  square: (x) => tf.pow(x!, 2),
  power_zero: (x) => tf.pow(x!, 0),
  power_one: (x) => tf.pow(x!, 1),
  power_base: tf.pow as never,
  power_of_zero: tf.pow as never,
  power_of_negative: tf.pow as never,
  mod: tf.mod as never,
  floor_divide: (a, b) => tf.engine().runKernel('FloorDiv', { a: a!, b: b! }) as tf.Tensor,
  atan2: tf.atan2 as never,
  sqrt: tf.sqrt as never,
  norm: (x) => tf.norm(x!),
  norm_zero: (x) => tf.norm(x!),
  prod_zero: (x) => tf.prod(x!, 1),
  cumprod_zero: (x) => tf.cumprod(x!, 1),
  cumprod_reverse: (x) => tf.cumprod(x!, 1, false, true),
  where: (x) => {
    const safe = tf.where(tf.greater(x!, 0), x!, tf.onesLike(x!));
    return tf.where(tf.greater(x!, 0), tf.log(safe), tf.mul(x!, 2));
  },
  sort: (x) => tf.reverse(tf.topk(x!, 4).values),
  logsumexp: (x) => tf.logSumExp(x!, 1),
  round: tf.round as never,
  max_pool: (x) => tf.maxPool(x as tf.Tensor4D, 2, 1, 'same'),
  max_pool_of_ours: (x) => maxPool(x!, [2, 2], { padding: 'SAME' }),
  avg_pool_same: (x) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'same'),
  reflect_pad: (x) => tf.square(tf.mirrorPad(x!, [[2, 1]], 'reflect')),
  symmetric_pad: (x) => tf.square(tf.mirrorPad(x!, [[2, 3]], 'symmetric')),
  repeat: (x) => tf.square(tf.tile(x!, [3])),
};

describe('gradients at kinks, ties and zeros are those of JAX', () => {
  test.each(Object.keys(atKinks))('%s', (name) => {
    const { inputs, gradients } = recorded[name.replace('_of_ours', '')]!;
    const f = atKinks[name]!;
    const loss = (...args: tf.Tensor[]): tf.Tensor => {
      const y = f(...args);
      return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
    };
    const argnums = inputs.map((_, i) => i);
    const got = grad(loss, { argnums })(...inputs.map((x) => tf.tensor(x))) as tf.Tensor[];
    got.forEach((gradient, i) => {
      numbers(gradients[i]).forEach((expected, at) => {
        const value = gradient.dataSync()[at]!;
        if (Number.isFinite(expected)) expect(value).toBeCloseTo(expected, 5);
        else expect(value).toBe(expected);
      });
    });
  });
});
