import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { type Key, foldIn, key, keyWords, split } from '../../runtime/core/key.js';
import { jit } from '../../runtime/jax/jit.js';
import { normal, uniform } from '../../runtime/random/distributions.js';
import { expectNoLeaks } from '../core/leaks.js';

installWasmKernels();
const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
/** A function that counts how often it runs, that is, is traced. */
const counted = <A extends readonly unknown[], R>(f: (...args: A) => R) => {
  const traces = { count: 0 };
  return Object.assign((...args: A) => (traces.count++, f(...args)), { traces });
};
const mlp = (w: { a: tf.Tensor; b: tf.Tensor }, x: tf.Tensor): tf.Tensor =>
  tf.mean(tf.square(tf.matMul(tf.tanh(tf.matMul(x, w.a)), w.b)));

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  expectNoLeaks();

  test('traces once for each signature and replays with new values', () => {
    const f = counted((x: tf.Tensor, n: number) => tf.add(tf.mul(x, n), tf.sum(x)));
    const g = jit(f);
    expect([numbers(g(tf.tensor1d([1, 2]), 3)), numbers(g(tf.tensor1d([4, 5]), 3))]).toEqual([
      [6, 9],
      [21, 24],
    ]);
    expect(f.traces.count).toBe(1);
    g(tf.tensor1d([1, 2, 3]), 3);
    g(tf.tensor1d([1, 2, 3], 'int32'), 3);
    g(tf.tensor1d([1, 2, 3]), 4);
    expect(f.traces.count).toBe(4);
  });

  test('a training step equals the eager one, and a replay makes its results only', () => {
    const step = (w: { a: tf.Tensor; b: tf.Tensor }, x: tf.Tensor) => {
      const [loss, g] = valueAndGrad(mlp)(w, x);
      return { loss, w: { a: tf.sub(w.a, tf.mul(g.a, 0.1)), b: tf.sub(w.b, tf.mul(g.b, 0.1)) } };
    };
    const [k1, k2, k3] = split(key(0), 3);
    let [eager, traced] = [0, 1].map(() => ({ a: normal(k1!, [5, 7]), b: normal(k2!, [7, 3]) })) as [
      { a: tf.Tensor; b: tf.Tensor },
      { a: tf.Tensor; b: tf.Tensor },
    ];
    const x = normal(k3!, [4, 5]);
    const compiled = jit(step);
    for (let i = 0; i < 4; i++) {
      const [a, before] = [step(eager, x), tf.memory().numTensors];
      const b = compiled(traced, x);
      expect(tf.memory().numTensors - before).toBe(3);
      expect(Math.abs(numbers(a.loss)[0]! - numbers(b.loss)[0]!)).toBeLessThan(1e-6);
      [eager, traced] = [a.w, b.w];
    }
    numbers(eager.a).forEach((value, i) => expect(numbers(traced.a)[i]).toBeCloseTo(value, 5));
  });

  test('a product with bias and relu is one kernel where nothing else uses its parts', () => {
    const [x, w, b] = [normal(key(1), [3, 4]), normal(key(2), [5, 4]), normal(key(3), [5])];
    const { kernelFunc } = tf.getKernel('_FusedMatMul', backend);
    const fused = jest.fn(kernelFunc);
    const dense = (v: tf.Tensor) => tf.add(b, tf.matMul(v, w, false, true));
    const cases = [
      (v: tf.Tensor) => [tf.relu(dense(v))],
      (v: tf.Tensor) => [dense(v)],
      (v: tf.Tensor) => [tf.relu(dense(v)), tf.matMul(v, w, false, true)],
      (v: tf.Tensor) => ((h: tf.Tensor) => [tf.relu(h), tf.tanh(h)])(dense(v)),
    ];
    tf.unregisterKernel('_FusedMatMul', backend);
    tf.registerKernel({ kernelName: '_FusedMatMul', backendName: backend, kernelFunc: fused });
    const counts = cases.map((f) => {
      fused.mockClear();
      const [found, expected] = [jit(f)(x), f(x)];
      found.forEach((each, i) => numbers(each).forEach((n, j) => expect(n).toBeCloseTo(numbers(expected[i]!)[j]!, 5)));
      return fused.mock.calls.length;
    });
    tf.unregisterKernel('_FusedMatMul', backend);
    tf.registerKernel({ kernelName: '_FusedMatMul', backendName: backend, kernelFunc });
    expect(counts).toEqual([1, 1, 0, 0]);
  });

  test('keys are inputs: draws differ from call to call and equal eager ones bit for bit', () => {
    const f = counted((k: Key, step: tf.Tensor) => {
      const [a, b] = split(foldIn(k, step));
      return { x: normal(a!, [3]), u: uniform(foldIn(b!, 7), [2, 2]), next: split(b!)[1], all: split(k, 3) };
    });
    const g = jit(f);
    for (const [seed, step] of [
      [1, 0],
      [2, 0],
      [2, 5],
    ] as const) {
      const [e, r] = [f(key(seed), tf.scalar(step, 'int32')), g(key(seed), tf.scalar(step, 'int32'))];
      expect([numbers(r.x), numbers(r.u)]).toEqual([numbers(e.x), numbers(e.u)]);
      expect([keyWords(r.next), keyWords(r.all as Key)]).toEqual([keyWords(e.next), keyWords(e.all as Key)]);
    }
    expect(f.traces.count).toBe(4);
  });

  test('closed-over tensors and variables are read at each call', () => {
    const v = tf.variable(tf.scalar(2));
    let w = tf.scalar(10);
    const f = counted((x: tf.Tensor) => tf.add(tf.mul(x, v), w));
    const g = jit(f);
    expect(numbers(g(tf.scalar(3)))).toEqual([16]);
    const data = v.dataId;
    g(tf.scalar(3));
    expect(v.dataId).toBe(data);
    v.assign(tf.scalar(5));
    expect(numbers(g(tf.scalar(3)))).toEqual([25]);
    expect(f.traces.count).toBe(1);
    w.dispose();
    w = tf.scalar(20);
    expect([numbers(g(tf.scalar(3))), f.traces.count]).toEqual([[35], 2]);
    v.dispose();
  });

  test('assigns variables at each call, and refuses to make them', () => {
    const total = tf.variable(tf.scalar(0));
    const add = jit((x: tf.Tensor) => {
      total.assign(tf.add(total, x));
      return tf.mul(total, 2);
    });
    expect([numbers(add(tf.scalar(1))), numbers(add(tf.scalar(2))), numbers(total)]).toEqual([[2], [6], [3]]);
    const made = jit((x: tf.Tensor) => tf.variable(x));
    const reads = jit((x: tf.Tensor) => tf.mul(x, total.dataSync()[0]!));
    expect(() => reads(tf.scalar(1))).toThrow(/reads that of .*\nIt would be the same/);
    expect(() => made(tf.scalar(1))).toThrow(/got one that makes .*\nMake variables before/);
    expect(numbers(total)).toEqual([3]);
    total.dispose();
  });

  test('static arguments are compared by content, and may be objects', () => {
    const f = counted((x: tf.Tensor, o: { readonly sizes: number[]; readonly scale: tf.Tensor }) =>
      tf.mul(tf.reshape(x, o.sizes), o.scale),
    );
    const g = jit(f, { staticArgnames: 'sizes' });
    const sizes = [2, 3];
    expect(g(tf.ones([6]), { sizes, scale: tf.scalar(2) }).shape).toEqual([2, 3]);
    g(tf.ones([6]), { sizes: [2, 3], scale: tf.scalar(3) });
    expect(f.traces.count).toBe(1);
    sizes.reverse();
    expect(g(tf.ones([6]), { sizes, scale: tf.scalar(2) }).shape).toEqual([3, 2]);
    const h = jit((n: Map<string, number>, x: tf.Tensor) => tf.mul(x, n.get('n')!), { staticArgnums: [0] });
    expect(numbers(h(new Map([['n', 4]]), tf.scalar(2)))).toEqual([8]);
    expect(() => jit((m: Map<string, number>) => tf.scalar(m.size))(new Map())).toThrow(
      'jax.jit at args[0]: expected tensors, keys and plain values, got a Map.\n',
    );
  });

  test('composes: inlined under grad, recordings of TensorFlow.js and another jit', () => {
    const inner = counted((x: tf.Tensor) => tf.sum(tf.mul(x, tf.tanh(x))));
    const f = jit(inner);
    const x = tf.tensor1d([0.5, -1]);
    const expected = numbers(grad((v: tf.Tensor) => tf.sum(tf.mul(v, tf.tanh(v))))(x));
    const close = (found: tf.Tensor): void => numbers(found).forEach((d, i) => expect(d).toBeCloseTo(expected[i]!, 5));
    close(grad(f)(x));
    close(jit(grad(f))(x));
    close(tf.grad(f)(x));
    const outer = jit((v: tf.Tensor) => tf.mul(f(v), 2));
    const [before] = [inner.traces.count, outer(x), outer(x)];
    expect(inner.traces.count).toBe(before + 1);
  });

  test('results are the caller’s: inputs, constants and twins among them', () => {
    const closed = tf.scalar(7);
    const f = jit((x: tf.Tensor) => [x, x, tf.reshape(x, [1, 2]), tf.add(x, 0), tf.scalar(3), closed, 'plain', null]);
    for (let i = 0; i < 2; i++) {
      const x = tf.tensor1d([1, 2]);
      const out = f(x);
      x.dispose();
      expect(out.map((each) => (each instanceof tf.Tensor ? [each.shape, numbers(each)] : each))).toEqual([
        [[2], [1, 2]],
        [[2], [1, 2]],
        [
          [1, 2],
          [1, 2],
        ],
        [[2], [1, 2]],
        [[], [3]],
        [[], [7]],
        'plain',
        null,
      ]);
      tf.dispose(out as tf.Tensor[]);
    }
    expect(numbers(closed)).toEqual([7]);
  });

  test('refuses reads, host randomness, promises; the engine stays usable', () => {
    const { numTensors } = tf.memory();
    const x = tf.tensor1d([1, 2]);
    const call = (f: (p: { a: tf.Tensor; b: tf.Tensor }) => unknown) => () => jit(f as never)({ a: x, b: x } as never);
    expect(call(({ b }) => tf.mul(b, tf.sum(b).dataSync()[0]!))).toThrow(
      /^jax\.jit at args\[0\]\.b: expected .* reads the value .*\n.*static/,
    );
    for (const draw of [
      () => tf.randomNormal([2]),
      () => tf.dropout(tf.ones([4]), 0.5),
      () => tf.scalar(Math.random()),
    ]) {
      expect(call(draw)).toThrow(/draws them .*\n.*`jax\.random`/);
    }
    expect(
      call((p) => {
        p.a = tf.mul(p.a, 2);
        return p.b;
      }),
    ).toThrow('jax.jit at args[0].a: expected a function that leaves its arguments as they are, got one that changes');
    expect(call(() => Promise.reject(new Error('never seen')))).toThrow(/promise.\nAwait/);
    expect(call(() => tf.unique(x))).toThrow(/got Unique.\n/);
    let leaked: tf.Tensor | undefined;
    jit((v: tf.Tensor) => tf.sum((leaked = tf.keep(tf.mul(v, 2)))))(x);
    expect(() => leaked!.dataSync()).toThrow(/jax\.jit.*\nIt escaped/);
    expect(() => tf.add(leaked!, 1)).toThrow(/jax\.jit.*\nIt escaped|disposed/);
    leaked!.dispose();
    expect(Math.random()).toBeLessThan(1);
    expect(numbers(tf.add(x, 1))).toEqual([2, 3]);
    expect(tf.memory().numTensors - numTensors).toBeLessThanOrEqual(3);
  });

  test('says once which number makes it trace again', () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const f = jit((x: tf.Tensor, o: { rate: number; depth: number }) => tf.mul(x, o.rate * o.depth));
    for (let i = 0; i < 8; i++) f(tf.scalar(1), { rate: i, depth: 3 });
    expect(warn.mock.calls.map(([text]) => String(text).split('.')[0])).toHaveLength(1);
    expect(warn.mock.calls[0]![0]).toMatch(/at args\[1\]\.rate: .*\n.*`tf\.scalar/);
    warn.mockRestore();
  });
});
