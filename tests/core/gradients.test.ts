import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { einsumOf } from '../../runtime/core/einsum.js';
import { key } from '../../runtime/core/key.js';
import { normal } from '../../runtime/random/distributions.js';
import { finiteDifferences, relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

expectNoLeaks();

type Unary = (x: tf.Tensor) => tf.Tensor;
const random = (seed: number, shape: number[]): tf.Tensor => normal(key(seed), shape);
const ints = (values: number[], shape: number[]): tf.Tensor => tf.tensor(values, shape, 'int32');

/** [what, shape of x, function]; every function that TensorFlow.js has no gradient for, or a wrong one. */
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
  ['gatherND', [3, 4], (x) => tf.gatherND(x, ints([0, 1, 2, 2, 0, 1], [3, 2]))],
  ['scatterND', [3, 2], (x) => tf.scatterND(ints([0, 2, 0], [3, 1]), x, [4, 2] as never)],
  ['topk', [3, 5], (x) => tf.topk(x, 2).values],
  ['stridedSlice', [5, 6], (x) => tf.stridedSlice(x, [4, 0], [0, 6], [-2, 3])],
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

function check(f: Unary, x: tf.Tensor): void {
  const weights = tf.tidy(() => random(9, f(x).shape));
  const loss = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.sin(f(y)), weights));
  expect(relativeError(grad(loss)(x).dataSync(), finiteDifferences(loss, x))).toBeLessThan(2e-3);
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
