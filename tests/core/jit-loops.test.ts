import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { cond, foriLoop, map, scan, switchBranch, whileLoop } from '../../runtime/core/flow.js';
import { TraceLevel } from '../../runtime/core/jit/trace.js';
import { type Key, foldIn, key, keyWords, split } from '../../runtime/core/key.js';
import { jit } from '../../runtime/jax/jit.js';
import { vmap } from '../../runtime/core/vmap/vmap.js';
import { normal } from '../../runtime/random/distributions.js';
import { finiteDifferences, relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

installWasmKernels();
const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
/** Kernels traced while `body` runs. */
function traced(body: () => unknown): number {
  const run = jest.spyOn(TraceLevel.prototype, 'run');
  body();
  const { length } = run.mock.calls;
  run.mockRestore();
  return length;
}

/** A recurrent net: `w` is closed over, `h` carried, `b` given step by step; unused and integer parts beside. */
function recurrent({ reverse = false, unroll = false } = {}) {
  return (w: tf.Tensor, h0: tf.Tensor, xs: tf.Tensor): tf.Tensor => {
    const scale = tf.mul(tf.mean(w), 0.5);
    const cell = (c: { h: tf.Tensor; n: tf.Tensor }, x: tf.Tensor) => {
      const input = tf.add(tf.matMul(tf.reshape(c.h, [1, 3]), w, false, true), tf.mul(tf.reshape(x, [1, 3]), scale));
      const h = tf.reshape(tf.tanh(input), [3]);
      const n = tf.add(c.n, tf.scalar(1, 'int32'));
      return [
        { h, n },
        { h, twice: tf.mul(h, tf.cast(n, 'float32')) },
      ] as const;
    };
    const init = { h: h0, n: tf.scalar(0, 'int32') };
    const [last, all] = scan(cell, init, xs, { reverse, unroll });
    const weights = tf.mul(tf.add(tf.range(0, xs.shape[0]!), 1), 0.1);
    return tf.add(tf.sum(tf.mul(tf.sum(tf.mul(all.twice, all.h), 1), weights)), tf.sum(last.h));
  };
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  expectNoLeaks();

  const [k1, k2, k3] = split(key(5), 3);
  const inputs = (length: number): [tf.Tensor, tf.Tensor, tf.Tensor] => [
    normal(k1!, [3, 3]),
    normal(k2!, [3]),
    normal(k3!, [length, 3]),
  ];

  test.each([false, true])('a scan and its gradient equal those step by step (reverse: %s)', (reverse) => {
    const args = inputs(6);
    const f = recurrent({ reverse });
    expect(numbers(jit(f)(...args))[0]).toBeCloseTo(numbers(f(...args))[0]!, 4);
    for (const argnum of [0, 1, 2]) {
      const expected = grad(f, { argnums: argnum })(...args) as tf.Tensor;
      const g = jit(grad(f, { argnums: argnum }) as typeof f);
      expect(relativeError(g(...args).dataSync(), expected.dataSync())).toBeLessThan(1e-5);
      const before = tf.memory().numTensors;
      expect(relativeError(g(...args).dataSync(), expected.dataSync())).toBeLessThan(1e-5);
      expect(tf.memory().numTensors).toBe(before + 1);
    }
    const ofW = (w: tf.Tensor): tf.Tensor => jit(f)(w, args[1], args[2]);
    expect(relativeError(jit(grad(ofW))(args[0]).dataSync(), finiteDifferences(ofW, args[0]))).toBeLessThan(3e-3);
  });

  test('what is traced does not grow with the length', () => {
    const counts = [4, 40].map((length) => traced(() => jit(grad(recurrent()))(...inputs(length))));
    expect(counts[1]).toBe(counts[0]);
    const unrolled = traced(() => jit(grad(recurrent({ unroll: true })))(...inputs(40)));
    expect(unrolled).toBeGreaterThan(5 * counts[1]!);
  });

  test('second derivatives, nested scans, and the same tensor closed over, carried and scanned', () => {
    const f = (x: tf.Tensor): tf.Tensor => {
      const [c, ys] = scan(
        (c: tf.Tensor, each: tf.Tensor) => {
          const [inner] = scan((d: tf.Tensor, e: tf.Tensor) => [tf.mul(d, tf.sin(e)), null], tf.add(c, each), x);
          return [tf.tanh(inner), tf.mul(c, each)] as const;
        },
        tf.sum(x),
        x,
      );
      return tf.add(c, tf.sum(ys));
    };
    const [first, second] = [grad(f), grad((x: tf.Tensor) => tf.sum(tf.square(grad(f)(x))))];
    const x = tf.tensor1d([0.4, -0.7, 1.1]);
    expect(relativeError(jit(first)(x).dataSync(), first(x).dataSync())).toBeLessThan(1e-5);
    expect(relativeError(jit(second)(x).dataSync(), second(x).dataSync())).toBeLessThan(1e-5);
    expect(relativeError(first(x).dataSync(), finiteDifferences(f, x))).toBeLessThan(3e-3);
  });

  test('keys: carried, scanned, closed over and stacked', () => {
    const f = (k: Key, keys: Key) => {
      const [next, [a, b, ks]] = scan(
        (c: Key, each: Key) => {
          const [one, two] = split(c);
          return [two!, [normal(each, [2]), tf.add(normal(one!, [2]), normal(foldIn(k, 3), [2])), one!]] as const;
        },
        k,
        keys,
      );
      return { next, a, b, ks };
    };
    const g = jit(f);
    for (const seed of [1, 2]) {
      const [found, expected] = [g, f].map((each) => each(key(seed), split(key(seed + 9), 4) as Key));
      expect([numbers(found!.a), numbers(found!.b)]).toEqual([numbers(expected!.a), numbers(expected!.b)]);
      expect([keyWords(found!.next), keyWords(found!.ks)]).toEqual([keyWords(expected!.next), keyWords(expected!.ks)]);
    }
  });

  test('map, counted loops and loops with conditions', () => {
    const f = (x: tf.Tensor, n: tf.Tensor) => ({
      squares: map((row: tf.Tensor) => tf.sum(tf.square(row)), x),
      power: foriLoop(0, 5, (i, v: tf.Tensor) => tf.add(tf.mul(v, 2), tf.cast(i, 'float32')), tf.max(x)),
      upTo: foriLoop(1, n, (_i, v: tf.Tensor) => tf.mul(v, tf.max(x)), tf.scalar(1)),
      halved: whileLoop(
        (v: { x: tf.Tensor; n: tf.Tensor }) => tf.greater(tf.max(v.x), 1),
        (v) => ({ x: tf.div(v.x, 2), n: tf.add(v.n, 1) }),
        { x, n: 0 },
      ),
      none: foriLoop(3, 3, (_i, v: tf.Tensor) => v, x),
    });
    const g = jit(f);
    for (const scale of [1, 3]) {
      const [x, n] = [
        tf.mul(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          scale,
        ),
        tf.scalar(4, 'int32'),
      ];
      const [found, expected] = [g(x, n), f(x, n)];
      for (const name of ['squares', 'power', 'upTo', 'none'] as const)
        expect(numbers(found[name])).toEqual(numbers(expected[name]));
      expect([numbers(found.halved.x), numbers(found.halved.n)]).toEqual([
        numbers(expected.halved.x),
        numbers(expected.halved.n),
      ]);
    }
    const cube = (x: tf.Tensor): tf.Tensor => foriLoop(0, 3, (_i, v: tf.Tensor) => tf.mul(v, x), tf.scalar(1));
    expect(numbers(jit(grad(cube))(tf.scalar(2)))).toEqual([12]);
    const open = (x: tf.Tensor): tf.Tensor =>
      whileLoop(
        (v: tf.Tensor) => tf.less(v, 9),
        (v) => tf.mul(v, x),
        x,
      );
    expect(numbers(jit(open)(tf.scalar(2)))).toEqual([16]);
    expect(() => jit(grad(open))(tf.scalar(2))).toThrow(/whileLoop: .*differentiated.*\n.*`jax\.lax\.scan`/);
  });

  test('branches are chosen at each call, with their gradients', () => {
    const w = tf.tensor1d([2, 3]);
    const f = (x: tf.Tensor): tf.Tensor => {
      const chosen = cond(
        tf.greater(tf.sum(x), 0),
        (v: tf.Tensor) => tf.sum(tf.mul(tf.square(v), w)),
        (v) => tf.sum(tf.mul(v, x)),
        x,
      );
      const places = [
        (v: tf.Tensor) => tf.sum(v),
        (v: tf.Tensor) => tf.sum(tf.sin(v)),
        (v: tf.Tensor) => tf.sum(tf.mul(w, v)),
      ];
      return tf.add(chosen, switchBranch(tf.cast(tf.floor(tf.max(x)), 'int32'), places, x));
    };
    const [value, gradient] = [jit(f), jit(grad(f))];
    for (const x of [
      [1, 0.5],
      [-1, -2.5],
      [1.5, 7],
      [0.2, 0.3],
    ].map((each) => tf.tensor1d(each))) {
      expect(numbers(value(x))[0]).toBeCloseTo(numbers(f(x))[0]!, 4);
      expect(relativeError(gradient(x).dataSync(), grad(f)(x).dataSync())).toBeLessThan(1e-5);
    }
    const uneven = jit((x: tf.Tensor) =>
      cond(
        tf.greater(x, 0),
        (v: tf.Tensor) => v,
        (v) => tf.reshape(v, [1]),
        x,
      ),
    );
    expect(() => uneven(tf.scalar(1))).toThrow(/jax\.lax\.cond: expected branches .* float32\[1\].*\nUnder `jit`/);
  });

  test('under vmap each example takes its own branch', () => {
    const x = tf.tensor1d([-2, 0.5, 3, 1.5]);
    const f = (v: tf.Tensor): tf.Tensor => {
      const half = cond(
        tf.greater(v, 0),
        (u: tf.Tensor) => tf.mul(u, u),
        (u) => tf.neg(u),
        v,
      );
      return switchBranch(
        tf.cast(v, 'int32'),
        [(u: tf.Tensor) => u, (u) => tf.mul(u, 10), (u) => tf.add(u, 100)],
        half,
      );
    };
    const expected = [2, 0.25, 109, 22.5];
    expect([numbers(vmap(f)(x)), numbers(jit(vmap(f))(x))]).toEqual([expected, expected]);
    const uneven = vmap((v: tf.Tensor) =>
      cond(
        tf.greater(v, 0),
        () => [v],
        () => v as never,
      ),
    );
    expect(() => uneven(x)).toThrow(
      /jax\.lax\.cond: expected branches that return the same structure.*\nThe condition/,
    );
  });

  test('refusals inside a body leave the engine usable', () => {
    const xs = tf.ones([3, 2]);
    const carry = jit((x: tf.Tensor) => scan((c: tf.Tensor, each: tf.Tensor) => [tf.sum(each), c], tf.ones([2]), x));
    expect(() => carry(xs)).toThrow('jax.lax.scan at carry: expected float32[2], got float32[].');
    const reads = jit((x: tf.Tensor) => map((each: tf.Tensor) => tf.mul(each, each.dataSync()[0]!), x));
    expect(() => reads(xs)).toThrow(/reads the value/);
    expect(numbers(tf.add(xs, 1))).toEqual([2, 2, 2, 2, 2, 2]);
  });
});
