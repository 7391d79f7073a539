import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { cond, foriLoop, map, scan, switchBranch, whileLoop } from '../../runtime/core/flow.js';
import { type Key, key, keyWords, split } from '../../runtime/core/key.js';
import { normal } from '../../runtime/random/distributions.js';
import { finiteDifferences, relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

installWasmKernels();
const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const running = (xs: tf.Tensor, reverse = false): [tf.Tensor, tf.Tensor] =>
  scan((sum: tf.Tensor, x: tf.Tensor) => [tf.add(sum, x), tf.add(sum, x)], tf.scalar(0), xs, { reverse });

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  expectNoLeaks();

  test('scan folds, stacks, and goes backwards', () => {
    const xs = tf.tensor1d([1, 2, 3, 4]);
    const [sum, sums] = running(xs);
    expect([numbers(sum), numbers(sums)]).toEqual([[10], [1, 3, 6, 10]]);
    expect(numbers(running(xs, true)[1])).toEqual([10, 9, 7, 4]);
  });

  test('scan over trees, numbers in the carry, a length without xs, null results', () => {
    const [carry, ys] = scan(
      (c, x: { a: tf.Tensor; b: tf.Tensor }) => [{ n: tf.add(c.n, tf.sum(x.a)) }, [x.b, null] as const],
      { n: 1 },
      { a: tf.ones([3, 2]), b: tf.range(0, 3) },
    );
    expect([numbers(carry.n), numbers(ys[0]), ys[1]]).toEqual([[7], [0, 1, 2], null]);
    const [power] = scan((c) => [tf.mul(c, 2), null], 1, null, { length: 5 });
    expect(numbers(power)).toEqual([32]);
  });

  test('scan over keys gives each step its own, and stacks keys', () => {
    const keys = split(key(3), 4);
    const [, [draws, halves]] = scan(
      (c: null, each: Key) => [c, [normal(each, [2]), split(each)[0]] as const],
      null,
      keys as Key,
    );
    expect(numbers(draws)).toEqual([...keys].flatMap((each) => numbers(normal(each, [2]))));
    expect(Array.from(keyWords(halves))).toEqual([...keys].flatMap((each) => Array.from(keyWords(split(each)[0]))));
  });

  test('gradients through a recurrent scan agree with finite differences', () => {
    const xs = normal(key(1), [6, 3]);
    const loss = (w: tf.Tensor): tf.Tensor => {
      const cell = (h: tf.Tensor, x: tf.Tensor) => {
        const next = tf.tanh(tf.add(tf.reshape(tf.matMul(tf.reshape(h, [1, 3]), w), [3]), x));
        return [next, next] as const;
      };
      const [last, all] = scan(cell, tf.zeros([3]), xs);
      return tf.add(tf.sum(tf.square(all)), tf.sum(last));
    };
    const w = normal(key(2), [3, 3]);
    expect(relativeError(grad(loss)(w).dataSync(), finiteDifferences(loss, w))).toBeLessThan(2e-3);
    const ofXs = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(running(x, true)[1]));
    const x = tf.tensor1d([1, -2, 3]);
    expect(relativeError(grad(ofXs)(x).dataSync(), finiteDifferences(ofXs, x))).toBeLessThan(2e-3);
  });

  test('cond and switch run one branch', () => {
    const x = tf.scalar(3);
    const never = (): tf.Tensor => {
      throw new Error('ran');
    };
    expect(numbers(cond(true, (v: tf.Tensor) => tf.neg(v), never, x))).toEqual([-3]);
    expect(numbers(cond(tf.less(x, 0), never, (v: tf.Tensor) => tf.square(v), x))).toEqual([9]);
    const branches = [(v: tf.Tensor) => tf.neg(v), (v: tf.Tensor) => tf.square(v)];
    expect([-4, 0, 1, 9].map((i) => numbers(switchBranch(i, branches, x))[0])).toEqual([-3, -3, 9, 9]);
    expect(numbers(grad((v: tf.Tensor) => cond(tf.greater(v, 0), tf.square, tf.neg, v))(x))).toEqual([6]);
  });

  test('loops: values, gradients, and constant memory', () => {
    const body = (v: { i: tf.Tensor; x: tf.Tensor }) => ({ i: tf.add(v.i, 1), x: tf.mul(v.x, 2) });
    const end = whileLoop((v) => tf.less(v.i, 10), body, { i: 0, x: 1 });
    expect([numbers(end.i), numbers(end.x)]).toEqual([[10], [1024]]);
    expect(numbers(foriLoop(2, tf.scalar(5, 'int32'), (i, s) => tf.add(s, tf.cast(i, 'float32')), 0))).toEqual([9]);
    const cube = (x: tf.Tensor): tf.Tensor => foriLoop(0, 3, (_i, v: tf.Tensor) => tf.mul(v, x), tf.scalar(1));
    expect(numbers(grad(cube)(tf.scalar(2)))).toEqual([12]);
    const live: number[] = [];
    foriLoop(0, 40, (_i, v: tf.Tensor) => (live.push(tf.memory().numTensors), tf.add(tf.mul(v, 2), 1)), tf.scalar(0));
    expect(live.at(-1)).toBe(live[2]);
  });

  test('map stacks the results', () => {
    expect(
      numbers(
        map(
          (x: tf.Tensor) => tf.sum(x),
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([3, 7]);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'lengths',
      () => scan((c: null, _x) => [c, null], null, { a: tf.ones([3]), b: tf.ones([2]) }),
      /xs\.b.*3 .*got 2/s,
    ],
    ['a scalar x', () => scan((c: null, _x) => [c, null], null, [tf.scalar(1)]), /xs\[0\]/],
    ['no length', () => scan((c) => [c, null], 0, null), /expected a length/],
    ['no step', () => running(tf.zeros([0])), /at least one step/],
    [
      'a growing carry',
      () => scan((c) => [{ h: tf.ones([3]) }, c.h], { h: tf.ones([2]) as tf.Tensor }, tf.ones([2])),
      /carry\.h.*float32\[2\].*float32\[3\]/s,
    ],
    ['a carry of another dtype', () => foriLoop(0, 2, (i) => i, 0), /carry.*float32\[\].*int32\[\]/s],
    ['no pair', () => scan((() => tf.scalar(1)) as never, 0, tf.ones([2])), /\[carry, y\]/],
    ['a promise', () => scan((async () => 1) as never, 0, tf.ones([2])), /promise/],
    [
      'a condition of many',
      () =>
        whileLoop(
          (x) => tf.less(x, 3),
          (x) => x,
          tf.ones([2]),
        ),
      /scalar.*\[2\]/s,
    ],
  ])('%s is an error, and the engine stays usable', (_name, run, message) => {
    expect(run).toThrow(message);
    expect(numbers(running(tf.ones([2]))[0])).toEqual([2]);
  });
});
