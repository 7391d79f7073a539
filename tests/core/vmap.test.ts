import { describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { evalShape } from '../../runtime/core/abstract.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { stopGradient } from '../../runtime/core/autodiff/stop-gradient.js';
import { vjp } from '../../runtime/core/autodiff/vjp.js';
import { scan } from '../../runtime/core/flow.js';
import { foldIn, key, keyWords, split, stackKeys } from '../../runtime/core/key.js';
import { type Key, ShapeDtypeStruct } from '../../runtime/core/tree-typing.js';
import { tensorsOf } from '../../runtime/core/tree.js';
import { axisIndex, axisSize, hasAxis, pmax, pmean, psum } from '../../runtime/core/vmap/collectives.js';
import { type VmapOptions, vmap } from '../../runtime/core/vmap/vmap.js';
import { bernoulli, normal, randint, uniform } from '../../runtime/random/distributions.js';
import { permutation } from '../../runtime/random/choices.js';
import { jit } from '../../runtime/jax/jit.js';
import { finiteDifferences, relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

expectNoLeaks();

type Fn = (...args: never[]) => unknown;
const random = (seed: number, shape: number[]): tf.Tensor => normal(key(seed), shape);
const mapped = (f: Fn, options?: VmapOptions): ((...args: unknown[]) => tf.Tensor) =>
  vmap(f as never, options) as never;
/** `f` on each example along the leading axis, results stacked. */
const looped =
  (f: Fn) =>
  (...args: unknown[]): tf.Tensor => {
    const parts = args.map((arg): readonly unknown[] => (arg instanceof tf.Tensor ? tf.unstack(arg) : (arg as Key[])));
    return tf.stack(Array.from(parts[0]!, (_, i) => f(...(parts.map((part) => part[i]) as never[])) as tf.Tensor));
  };

function expectSame(got: unknown, expected: unknown, tolerance = 1e-5): void {
  const [actual, wanted] = [tensorsOf(got), tensorsOf(expected)];
  expect(actual.map(({ shape, dtype }) => `${dtype}[${shape}]`)).toEqual(
    wanted.map(({ shape, dtype }) => `${dtype}[${shape}]`),
  );
  actual.forEach((tensor, i) =>
    expect(relativeError(tensor.dataSync(), wanted[i]!.dataSync())).toBeLessThanOrEqual(tolerance),
  );
}

const W1 = random(100, [5, 8]);
const W2 = random(101, [8, 1]);
const layer = (row: tf.Tensor, w1: tf.Tensor, w2: tf.Tensor): tf.Tensor =>
  tf.sum(tf.matMul(tf.tanh(tf.matMul(tf.reshape(row, [1, 5]), w1 as tf.Tensor2D)), w2 as tf.Tensor2D));

describe('axes', () => {
  const x = random(0, [2, 3, 4]);

  test.each<[number, number]>([
    [0, 0],
    [1, 0],
    [1, -1],
    [-1, 1],
    [2, 2],
    [-3, -2],
  ])('in %d, out %d', (inAxes, outAxes) => {
    const got = mapped((a: tf.Tensor) => tf.mul(a, 2), { inAxes, outAxes })(x);
    const perm = (axis: number): number[] => [0, 1, 2].toSpliced(axis < 0 ? axis + 3 : axis, 1);
    const to = outAxes < 0 ? outAxes + 3 : outAxes;
    const order = perm(inAxes).toSpliced(to, 0, inAxes < 0 ? inAxes + 3 : inAxes);
    expectSame(got, tf.transpose(tf.mul(x, 2), order), 0);
  });

  test('trees: a prefix of axes for arguments and outputs, null for what is shared, closed-over tensors', () => {
    const params = { dense: { kernel: random(1, [4, 5]), bias: random(2, [5, 3]) }, scale: tf.scalar(2), none: null };
    const rows = random(3, [3, 4]);
    const got = mapped(
      (p: typeof params, [row]: [tf.Tensor]) => ({
        y: tf.mul(tf.add(tf.dot(row, p.dense.kernel), p.dense.bias), p.scale),
        shared: { w: p.dense.kernel, two: 2 },
        yes: true,
      }),
      {
        inAxes: [{ dense: { kernel: null, bias: 1 }, scale: null, none: null }, [0]],
        outAxes: { y: 1, shared: null, yes: 0 },
      },
    )(params, [rows]) as unknown as Record<string, unknown>;
    const y = tf.mul(
      tf.add(tf.matMul(rows as tf.Tensor2D, params.dense.kernel as tf.Tensor2D), tf.transpose(params.dense.bias)),
      2,
    );
    expectSame(got, { shared: { w: params.dense.kernel }, y: tf.transpose(y), yes: tf.tensor1d([1, 1, 1], 'bool') });
    expect((got['shared'] as { two: number }).two).toBe(2);
  });

  test('what does not differ is broadcast; axisSize alone maps nothing', () => {
    expectSame(mapped((_a: tf.Tensor) => tf.range(0, 2), { outAxes: -1 })(x), tf.tensor2d([0, 0, 1, 1], [2, 2]));
    expectSame(mapped(() => 3, { axisSize: 4 })(), tf.fill([4], 3));
    expectSame(mapped((a: tf.Tensor) => a, { inAxes: null, axisSize: 2 })(tf.scalar(5)), tf.tensor1d([5, 5]));
  });

  test('nested to any depth', () => {
    const [a, b, c] = [random(1, [3, 5]), random(2, [4, 5]), random(3, [2, 5])];
    const product = (p: tf.Tensor, q: tf.Tensor, r: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.mul(p, q), r));
    const got = mapped((p: tf.Tensor) => mapped((q: tf.Tensor) => mapped((r: tf.Tensor) => product(p, q, r))(c))(b))(a);
    const expected = looped((p: tf.Tensor) =>
      looped((q: tf.Tensor) => looped((r: tf.Tensor) => product(p, q, r))(c))(b),
    )(a);
    expectSame(got, expected);
    expectSame(
      mapped(mapped((p: tf.Tensor, q: tf.Tensor) => tf.dot(p, q), { inAxes: [null, 0] }) as Fn, { inAxes: [0, null] })(
        a,
        b,
      ),
      tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true),
    );
  });
});

describe('with other transforms', () => {
  const rows = random(1, [7, 5]);
  const loss = (w1: tf.Tensor, w2: tf.Tensor, row: tf.Tensor): tf.Tensor => tf.square(layer(row, w1, w2));

  test('gradients of each example', () => {
    const own = mapped((row: tf.Tensor) => grad((w: tf.Tensor) => loss(w, W2, row))(W1))(rows);
    expectSame(own, looped((row: tf.Tensor) => grad((w: tf.Tensor) => loss(w, W2, row))(W1))(rows));
    expectSame(mapped((row: tf.Tensor) => tf.grad((w: tf.Tensor) => loss(w, W2, row))(W1))(rows), own);
  });

  test('gradients through the map, of arguments and of closed-over tensors', () => {
    const total = (w1: tf.Tensor, w2: tf.Tensor): tf.Tensor =>
      tf.sum(mapped((row: tf.Tensor, w: tf.Tensor) => loss(w, w2, row), { inAxes: [0, null] })(rows, w1));
    const direct = (w1: tf.Tensor, w2: tf.Tensor): tf.Tensor =>
      tf.sum(tf.square(tf.matMul(tf.tanh(tf.matMul(rows as tf.Tensor2D, w1 as tf.Tensor2D)), w2 as tf.Tensor2D)));
    const both = { argnums: [0, 1] } as const;
    expectSame(grad(total, both)(W1, W2), grad(direct, both)(W1, W2));
    expectSame(tf.grads(total as never)([W1, W2]), grad(direct, both)(W1, W2));
    const [value, gradient] = valueAndGrad((xs: tf.Tensor) => tf.mean(mapped((x: tf.Tensor) => tf.exp(x))(xs)))(rows);
    expectSame([value, gradient], [tf.mean(tf.exp(rows)), tf.div(tf.exp(rows), 35)]);
  });

  test('a gradient of a map of gradients, and Hessians', () => {
    const norm = (w: tf.Tensor): tf.Tensor =>
      tf.sum(mapped((row: tf.Tensor) => tf.sum(tf.square(grad((v: tf.Tensor) => loss(v, w, row))(W1))))(rows));
    expect(relativeError(grad(norm)(W2).dataSync(), finiteDifferences(norm, W2))).toBeLessThan(2e-3);
    const f = (q: tf.Tensor): tf.Tensor => tf.sum(tf.pow(tf.tanh(q), 3));
    const p = random(4, [4]);
    const hessian = mapped((e: tf.Tensor) => grad((q: tf.Tensor) => tf.sum(tf.mul(grad(f)(q), e)))(p))(tf.eye(4));
    // d²/dx² tanh³x = 6 t (1 − t²)² − 6 t³ (1 − t²), off the diagonal nothing.
    const t = tf.tanh(p);
    const s = tf.sub(1, tf.square(t));
    const second = tf.sub(tf.mul(tf.mul(t, 6), tf.square(s)), tf.mul(tf.mul(tf.pow(t, 3), 6), s));
    expectSame(hessian, tf.diag(second), 1e-4);
    const jacobian = mapped((e: tf.Tensor) => vjp((q: tf.Tensor) => tf.softmax(q), p)[1](e)[0])(tf.eye(4));
    const y = tf.softmax(p);
    expectSame(jacobian, tf.sub(tf.diag(y), tf.outerProduct(y as tf.Tensor1D, y as tf.Tensor1D)));
  });

  test('stopGradient stops the gradients of both levels', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, stopGradient(tf.square(x)));
    const x = tf.tensor1d([1, 2, 3]);
    expectSame(grad((xs: tf.Tensor) => tf.sum(mapped(f)(xs)))(x), tf.square(x));
    expectSame(mapped(grad(f) as Fn)(x), tf.square(x));
  });

  test('jit of a map and a map of jit, with keys', () => {
    const own = mapped((row: tf.Tensor) => grad((w: tf.Tensor) => loss(w, W2, row))(W1));
    expectSame(jit(own as never)(rows as never), own(rows));
    expectSame(mapped(jit((row: tf.Tensor) => tf.tanh(row)) as Fn)(rows), tf.tanh(rows));
    const draw = (row: tf.Tensor, k: Key): tf.Tensor => tf.add(row, normal(split(k)[0], [5]));
    const compiled = jit(((k: Key) => mapped(draw as Fn)(rows, split(k, 7))) as never) as unknown as (
      k: Key,
    ) => tf.Tensor;
    for (const seed of [1, 2]) expectSame(compiled(key(seed)), looped(draw as Fn)(rows, split(key(seed), 7)), 0);
  });

  test('evalShape of a map, shapes inside of a map', () => {
    const spec = evalShape(
      mapped((a: tf.Tensor) => grad((b: tf.Tensor) => tf.sum(tf.matMul(b, W1)))(a)) as never,
      new ShapeDtypeStruct([3, 2, 5]) as never,
    ) as unknown as ShapeDtypeStruct;
    expect(spec.shape).toEqual([3, 2, 5]);
    mapped((a: tf.Tensor) => {
      expect((evalShape((b: tf.Tensor) => tf.sum(b, 0), a) as unknown as ShapeDtypeStruct).shape).toEqual([5]);
      return a;
    })(random(1, [3, 2, 5]));
  });

  test('scan inside, and inside of scan', () => {
    const run = (h: tf.Tensor, xs: tf.Tensor): unknown =>
      scan((carry: tf.Tensor, x: tf.Tensor) => [tf.tanh(tf.add(carry, x)), carry], h, xs as never);
    const [h, xs] = [random(5, [3, 2]), random(6, [3, 4, 2])];
    const [last, all] = vmap(run as never)(h, xs) as unknown as [tf.Tensor, tf.Tensor];
    expectSame(
      [last, all],
      [
        looped((a: tf.Tensor, b: tf.Tensor) => (run(a, b) as tf.Tensor[])[0])(h, xs),
        looped((a: tf.Tensor, b: tf.Tensor) => (run(a, b) as tf.Tensor[])[1])(h, xs),
      ],
    );
    const [outer] = scan(
      (c: tf.Tensor, x: tf.Tensor) => [mapped((a: tf.Tensor, b: tf.Tensor) => tf.sin(tf.add(a, b)))(c, x), null],
      h,
      tf.transpose(xs, [1, 0, 2]),
    );
    expectSame(
      outer,
      tf.unstack(xs, 1).reduce((c, x) => tf.sin(tf.add(c, x)), h),
    );
  });
});

describe('keys', () => {
  const keys = split(key(7), 3);
  const draws: readonly [name: string, f: (k: Key) => tf.Tensor][] = [
    ['normal', (k) => normal(k, [2, 2])],
    ['a split in the function', (k) => tf.add(uniform(split(k)[0], [3]), uniform(split(k, 3)[2], [3]))],
    ['foldIn', (k) => randint(foldIn(k, 5), [4], 0, 100)],
    ['a mask', (k) => bernoulli(k, 0.3, [8])],
    ['permutation', (k) => permutation(k, 6)],
    ['keys drawn in a map', (k) => mapped((own: Key) => normal(own, [2]))(split(k, 4))],
    [
      'keys in a scan',
      (k) => scan((c: Key, _x: tf.Tensor) => [split(c)[0], normal(c, [])] as const, k, tf.zeros([3]))[1],
    ],
    ['stacked keys', (k) => mapped((own: Key) => uniform(own, []))(stackKeys([split(k)[1], foldIn(k, 1), key(3)]))],
  ];

  test.each(draws)('%s: the numbers of a loop over the keys, bit for bit', (_name, f) => {
    const got = mapped(f as Fn)(keys);
    const expected = tf.stack(Array.from(keys, f));
    expect(Array.from(got.dataSync())).toEqual(Array.from(expected.dataSync()));
    expect(got.shape).toEqual(expected.shape);
    const [first, second] = tf.unstack(got).map((row) => String(row.dataSync()));
    expect(first).not.toBe(second);
  });

  test('an integer of each example folded in, keys on another axis, keys returned, keys shared', () => {
    const numbers = tf.tensor1d([3, 1, 2], 'int32');
    const folded = mapped((n: tf.Tensor) => normal(foldIn(key(1), n), [2]))(numbers);
    expectSame(folded, tf.stack([3, 1, 2].map((n) => normal(foldIn(key(1), n), [2]))), 0);
    const grid = split(keys, 2);
    const byColumn = mapped((column: Key) => mapped((k: Key) => normal(k, []))(column), { inAxes: 1 })(grid);
    expectSame(byColumn, tf.transpose(mapped(mapped((k: Key) => normal(k, [])) as Fn)(grid)), 0);
    const returned = vmap(((k: Key) => split(k, 2)) as never, { outAxes: 1 })(keys as never) as unknown as Key;
    expect(returned.shape).toEqual([2, 3]);
    expect(Array.from(keyWords(vmap(((k: Key) => split(k, 2)) as never)(keys as never) as never))).toEqual(
      Array.from(keyWords(grid)),
    );
    expectSame(
      mapped((_x: tf.Tensor, k: Key) => normal(k, [2]), { inAxes: [0, null] })(numbers, key(4)),
      tf.stack([0, 0, 0].map(() => normal(key(4), [2]))),
      0,
    );
  });

  test('the mask of each example of a layer differs, and its gradient has that mask', () => {
    const dropped = (x: tf.Tensor, k: Key): tf.Tensor =>
      tf.where(bernoulli(k, 0.5, x.shape), tf.mul(x, 2), tf.zerosLike(x));
    const x = random(8, [3, 16]);
    const got = grad((xs: tf.Tensor) => tf.sum(mapped(dropped as Fn)(xs, keys)))(x);
    expectSame(got, tf.stack(Array.from(keys, (k) => tf.mul(tf.cast(bernoulli(k, 0.5, [16]), 'float32'), 2))));
  });
});

describe('named axes', () => {
  const x = random(9, [4, 3]);
  const named = { axisName: 'batch' };

  test('means, sums, extremes and positions over the examples', () => {
    expectSame(mapped((a: tf.Tensor) => tf.sub(a, pmean(a, 'batch')), named)(x), tf.sub(x, tf.mean(x, 0)));
    expectSame(mapped((a: tf.Tensor) => psum({ a, one: tf.scalar(1) }, 'batch'), { ...named, outAxes: null })(x), {
      a: tf.sum(x, 0),
      one: tf.scalar(4),
    });
    expectSame(mapped((a: tf.Tensor) => pmax(a, 'batch'), { ...named, outAxes: null })(x), tf.max(x, 0));
    expectSame(mapped(() => axisIndex('batch'), { ...named, axisSize: 3 })(), tf.tensor1d([0, 1, 2], 'int32'));
    mapped((a: tf.Tensor) => {
      expect([hasAxis('batch'), axisSize('batch'), hasAxis('other')]).toEqual([true, 4, false]);
      return a;
    }, named)(x);
    expect(() => pmean(x, 'batch')).toThrow(/axis 'batch'.*\n.*axisName/);
  });

  test('across an inner map, and its gradient', () => {
    const inner = mapped(
      (row: tf.Tensor) => mapped((v: tf.Tensor) => tf.add(pmean(v, 'batch'), axisIndex('batch')))(row),
      named,
    )(x);
    expectSame(inner, tf.add(tf.mean(x, 0), tf.reshape(tf.range(0, 4), [4, 1])));
    const normalise = (a: tf.Tensor): tf.Tensor => tf.square(tf.sub(a, pmean(tf.square(a), 'batch')));
    const loss = (xs: tf.Tensor): tf.Tensor => tf.sum(mapped(normalise as Fn, named)(xs));
    expect(relativeError(grad(loss)(x).dataSync(), finiteDifferences(loss, x))).toBeLessThan(2e-3);
    // As in JAX, the gradient of each example's own loss sends cotangents to all examples.
    const each = mapped(((row: tf.Tensor) => grad((a: tf.Tensor) => tf.sum(normalise(a)))(row)) as Fn, named)(x);
    expectSame(each, grad(loss)(x));
    expect(() =>
      mapped(((row: tf.Tensor) => grad((a: tf.Tensor) => tf.sum(pmax(a, 'batch')))(row)) as Fn, named)(x),
    ).toThrow(/pmax/);
  });
});

describe('mistakes', () => {
  const x = random(0, [4, 3]);
  const cases: readonly [name: string, run: () => unknown, message: RegExp][] = [
    [
      'an axis that is not there',
      () => mapped((p: { w: tf.Tensor }) => p.w, { inAxes: 2 })({ w: x }),
      /args\[0\]\.w: .*shape \[4, 3\], got 2\.\n/,
    ],
    ['a scalar', () => mapped((a: tf.Tensor) => a)(tf.scalar(1)), /args\[0\]: .*\n.*null/],
    ['a number', () => mapped((a: number) => a)(3), /args\[0\]: .*number 3\.\n.*null/],
    [
      'sizes that differ',
      () => mapped((a: tf.Tensor, p: { b: tf.Tensor }) => tf.add(a, p.b))(x, { b: tf.ones([5, 3]) }),
      /4 at args\[0\] and 5 at args\[1\]\.b\.\n/,
    ],
    [
      'axisSize that differs',
      () => mapped((a: tf.Tensor) => a, { axisSize: 3 })(x),
      /3 at axisSize and 4 at args\[0\]/,
    ],
    ['nothing to map', () => mapped((a: tf.Tensor) => a, { inAxes: null })(x), /axisSize.*\n/],
    ['no example', () => mapped((a: tf.Tensor) => a)(tf.zeros([0, 3])), /args\[0\]: .*at least one example/],
    [
      'axes of another structure',
      () => mapped((p: object) => p, { inAxes: [{ v: 0 }] })({ w: x }),
      /inAxes\[0\]: .*args\[0\] with the keys w, got the keys v\.\n/,
    ],
    ['too few axes', () => mapped((a: tf.Tensor) => a, { inAxes: [0] })(x, x), /inAxes: .*\n/],
    [
      'axes that are none',
      () => mapped((a: tf.Tensor) => a, { inAxes: [['x' as never]] })([x]),
      /inAxes\[0\]\[0\]: .*'x'/,
    ],
    [
      'an output axis that is not there',
      () => mapped((a: tf.Tensor) => ({ y: tf.sum(a) }), { outAxes: 1 })(x),
      /output\.y: .*got 1/,
    ],
    [
      'null for an output that differs',
      () => mapped((a: tf.Tensor) => [tf.scalar(1), a], { outAxes: [null, null] })(x),
      /output\[1\]: .*null.*\n/,
    ],
    ['null for keys that differ', () => mapped((k: Key) => k, { outAxes: null })(split(key(0), 2)), /output: .*null/],
    ['an output that is no value', () => mapped((a: tf.Tensor) => ({ a, name: 'x' }))(x), /output\.name: .*'x'/],
    [
      'a read',
      () => mapped((_s: tf.Tensor, p: { rate: tf.Tensor }) => tf.scalar(tf.neg(p.rate).dataSync()[0]!))(x, { rate: x }),
      /reads a value.*args\[1\]\.rate.*\n.*tf\.where/,
    ],
    [
      'the words of a key',
      () => mapped((k: Key) => tf.scalar(keyWords(k)[0]!))(split(key(0), 2)),
      /reads a value.*args\[0\]/,
    ],
    ['a promise', () => mapped(async (a: tf.Tensor) => a)(x), /promise.*\n/],
    ['a disposed output', () => mapped((a: tf.Tensor) => (a.dispose(), a))(x), /output: .*disposed/],
    [
      'numbers without a key',
      () => mapped((a: tf.Tensor) => tf.multinomial(a as tf.Tensor1D, 2))(x),
      /Multinomial.*\n.*jax\.random/,
    ],
    [
      'results of several shapes',
      () => mapped((a: tf.Tensor) => tf.unique(a).values)(tf.tensor2d([1, 1, 1, 2], [2, 2])),
      /Unique.*\n/,
    ],
    [
      'an argument changed in place',
      () => mapped((p: { w: tf.Tensor }) => (p.w = tf.neg(p.w)))({ w: x }),
      /args\[0\]\.w: .*changes.*\n.*[Rr]eturn/,
    ],
    ['no function', () => mapped(3 as never), /function/],
  ];

  test.each(cases)('%s', (_name, run, message) => {
    expect(run).toThrow(message);
    expect(String(mapped((a: tf.Tensor) => tf.sum(a))(tf.ones([2, 2])).dataSync())).toBe('2,2');
  });

  test('a throw at any depth leaves the engine usable and nothing behind', () => {
    const before = tf.memory().numTensors;
    const fails = (row: tf.Tensor): tf.Tensor =>
      grad((a: tf.Tensor) => mapped((v: tf.Tensor) => tf.tidy(() => tf.scalar(tf.exp(v).dataSync()[0]!)))(a))(row);
    expect(() => grad((xs: tf.Tensor) => tf.sum(mapped(fails as Fn)(xs)))(x)).toThrow(/reads a value/);
    expect(tf.memory().numTensors).toBe(before);
    expectSame(grad((a: tf.Tensor) => tf.sum(tf.square(a)))(tf.tensor1d([1, 2])), tf.tensor1d([2, 4]));
  });

  test('what escapes is dead', () => {
    let escaped!: tf.Tensor;
    let kept!: tf.Tensor;
    mapped((a: tf.Tensor) => {
      escaped = tf.neg(a);
      kept = tf.keep(tf.exp(a));
      return a;
    })(x);
    expect(() => escaped.dataSync()).toThrow(/disposed/);
    expect(() => kept.dataSync()).toThrow(/has ended.*\n.*[Rr]eturn/);
    kept.dispose();
  });

  test('a kernel that runs example by example says so once, when asked', () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    process.env['LINEN2NNX_DEBUG'] = 'vmap';
    const legacy = (c: tf.Tensor, a: tf.Tensor): tf.Tensor =>
      tf.engine().runKernel('Unique', { x: tf.add(a, tf.cast(c, 'float32')) }, { axis: 0 } as never) as tf.Tensor;
    for (let i = 0; i < 2; i++)
      tf.dispose(
        mapped(((c: tf.Tensor, a: tf.Tensor) => (legacy(c, a) as unknown as tf.Tensor[])[1]) as Fn)(
          tf.ones([2, 3]),
          tf.zeros([2, 3]),
        ),
      );
    delete process.env['LINEN2NNX_DEBUG'];
    expect(warn.mock.calls.map(String)).toEqual([expect.stringMatching(/Unique.*2 times/)]);
    warn.mockRestore();
  });
});
