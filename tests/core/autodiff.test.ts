import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { customVjp } from '../../runtime/core/autodiff/custom.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { stopGradient } from '../../runtime/core/autodiff/stop-gradient.js';
import { vjp } from '../../runtime/core/autodiff/vjp.js';
import { expectNoLeaks } from './leaks.js';

expectNoLeaks();

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const sumOf = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.sum(f(x));

describe('grad', () => {
  test('of trees, other arguments left alone', () => {
    const loss = (params: { b: tf.Tensor; w: tf.Tensor[] }, x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.add(tf.mul(tf.mul(params.w[0]!, params.w[1]!), x), params.b));
    const params = { w: [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])], b: tf.tensor1d([5, 6]) };
    const gradients = grad(loss)(params, tf.tensor1d([10, 20]));
    expect(numbers(gradients.w[0]!)).toEqual([30, 80]);
    expect(numbers(gradients.w[1]!)).toEqual([10, 40]);
    expect(numbers(gradients.b)).toEqual([1, 1]);
  });

  test('leaves only its results behind', () => {
    const x = tf.tensor1d([0.5, -1]);
    const before = tf.memory().numTensors;
    const { numTensors, numBytes } = tf.memory();
    const [value, gradient] = valueAndGrad((y: tf.Tensor) => tf.mean(tf.tanh(tf.mul(y, tf.exp(y)))))(x);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([value, gradient]);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  });

  test('argnums, aux, unconnected and integer arguments', () => {
    const f = (a: tf.Tensor, b: tf.Tensor, n: tf.Tensor): [tf.Tensor, { b: tf.Tensor; name: string }] => [
      tf.sum(tf.mul(a, a)),
      { b: tf.add(b, n), name: 'aux' },
    ];
    const args = [tf.tensor1d([3]), tf.tensor1d([1, 2]), tf.tensor1d([7, 8], 'int32')] as const;
    const [[value, aux], [da, db]] = valueAndGrad(f, { hasAux: true, argnums: [0, 1] })(...args);
    expect([numbers(value), numbers(da), numbers(db), numbers(aux.b), aux.name]).toEqual([
      [9],
      [6],
      [0, 0],
      [8, 10],
      'aux',
    ]);
    const [dn, { name }] = grad(f, { hasAux: true, argnums: -1, allowInt: true })(...args);
    expect([numbers(dn), dn.dtype, name]).toEqual([[0, 0], 'int32', 'aux']);
  });

  test('an argument and the same tensor closed over are two variables', () => {
    const x = tf.scalar(3);
    expect(numbers(grad((y: tf.Tensor) => tf.mul(y, x).asScalar())(x))).toEqual([3]);
    expect(numbers(grad((a: tf.Tensor, b: tf.Tensor) => tf.mul(a, b).asScalar())(x, x))).toEqual([3]);
    expect(numbers(grad((y: tf.Tensor) => y)(x))).toEqual([1]);
  });

  test('paths through integers and comparisons carry no gradient', () => {
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.where(tf.greater(x, 0), tf.mul(x, x), tf.add(x, tf.cast(tf.cast(x, 'int32'), 'float32'))));
    expect(numbers(grad(f)(tf.tensor1d([3, -2.5])))).toEqual([6, 1]);
  });

  test('a kernel of several outputs', () => {
    const f = (x: tf.Tensor): tf.Tensor => {
      const [a, , c] = tf.split(x, 3);
      return tf.sum(tf.add(tf.mul(a!, 2), tf.mul(c!, c!)));
    };
    expect(numbers(grad(f)(tf.tensor1d([1, 2, 3, 4, 5, 6])))).toEqual([2, 2, 0, 0, 10, 12]);
  });

  test('a throw leaves the engine usable and nothing behind', () => {
    const x = tf.scalar(1);
    const before = tf.memory().numTensors;
    const broken = grad((y: tf.Tensor) => {
      tf.tidy(() => tf.tanh(tf.exp(y)));
      throw new Error('user error');
    });
    expect(() => broken(x)).toThrow('user error');
    expect(() => grad((y: tf.Tensor) => grad((z: tf.Tensor) => broken(tf.exp(z)) as tf.Scalar)(y))(x)).toThrow(
      'user error',
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(numbers(grad((y: tf.Tensor) => tf.mul(y, y).asScalar())(x))).toEqual([2]);
  });
});

// Stock TensorFlow.js: its copy of a saved output stands on the tape before the kernel that made it, and is lost.
describe('second order', () => {
  const u = 0.7;
  const [t, s] = [Math.tanh(u), 1 / (1 + Math.exp(-u))];
  test.each<[string, (x: tf.Tensor) => tf.Tensor, number]>([
    ['tanh', tf.tanh, -2 * t * (1 - t * t)],
    ['sigmoid', tf.sigmoid, s * (1 - s) * (1 - 2 * s)],
    ['exp', tf.exp, Math.exp(u)],
    ['elu', (x) => tf.elu(tf.neg(x)), Math.exp(-u)],
    ['pow', (x) => tf.pow(x, 3), 6 * u],
    ['softplus', tf.softplus, s * (1 - s)],
  ])('%s', (_name, f, expected) => {
    const x = tf.scalar(u);
    const twice = grad(sumOf((y: tf.Tensor) => grad(sumOf(f))(y)));
    expect(numbers(twice(x))[0]).toBeCloseTo(expected, 5);
  });

  test('is wrong in stock TensorFlow.js where a saved output meets another path', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(tf.relu(x), tf.exp(x));
    const x = tf.tensor1d([0.3, 0.9]);
    const exact = [0.3, 0.9].map((v) => (v + 2) * Math.exp(v));
    const stock = tf.grad((y) => tf.sum(tf.grad((z) => tf.sum(f(z)))(y)))(x);
    const ours = grad(sumOf((y: tf.Tensor) => grad(sumOf(f))(y)))(x);
    expect(Math.abs(numbers(stock)[0]! - exact[0]!)).toBeGreaterThan(0.1);
    numbers(ours).forEach((value, i) => expect(value).toBeCloseTo(exact[i]!, 4));
  });

  test('third order, and through a stock gradient', () => {
    const cube = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(x, tf.mul(x, x)));
    const third = grad(sumOf((x: tf.Tensor) => grad(sumOf((y: tf.Tensor) => grad(cube)(y)))(x)));
    expect(numbers(third(tf.scalar(2)))).toEqual([6]);
    expect(numbers(tf.grad((x) => grad(cube)(x))(tf.scalar(2)))).toEqual([12]);
  });
});

describe('vjp', () => {
  test('takes a cotangent of the output tree and may be called again', () => {
    const [output, pullback] = vjp(
      (x: tf.Tensor, y: tf.Tensor) => ({ p: tf.mul(x, y), q: [tf.exp(x)] }),
      tf.scalar(2),
      tf.scalar(3),
    );
    expect(numbers(output.p)).toEqual([6]);
    const [dx, dy] = pullback({ p: tf.scalar(1), q: [tf.scalar(0)] });
    expect([...numbers(dx), ...numbers(dy)]).toEqual([3, 2]);
    expect(numbers(pullback({ p: tf.scalar(0), q: [tf.scalar(1)] })[0])[0]).toBeCloseTo(Math.exp(2), 5);
    expect(() => pullback({ p: tf.zeros([2]), q: [tf.scalar(0)] })).toThrow(
      'cotangent of shape [] at p, got shape [2]',
    );
  });

  test('an output that stands twice counts twice, and cotangents stay usable', () => {
    const one = tf.scalar(1);
    const [, pullback] = vjp((x: tf.Tensor) => [x, x], tf.scalar(2));
    expect(numbers(pullback([one, one])[0])).toEqual([2]);
    expect(one.isDisposed).toBe(false);
  });

  test('inside a gradient', () => {
    const f = (x: tf.Tensor): tf.Tensor => {
      const [, pullback] = vjp((y: tf.Tensor) => tf.tanh(y), x);
      return pullback(tf.scalar(1))[0].asScalar();
    };
    const t = Math.tanh(0.4);
    expect(numbers(grad(f)(tf.scalar(0.4)))[0]).toBeCloseTo(-2 * t * (1 - t * t), 5);
  });
});

describe('stopGradient and customVjp', () => {
  test('stopGradient keeps the value', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, stopGradient({ y: tf.mul(x, x) }).y).asScalar();
    expect(numbers(valueAndGrad(f)(tf.scalar(3))[0])).toEqual([27]);
    expect(numbers(grad(f)(tf.scalar(3)))).toEqual([9]);
    expect(numbers(tf.grad(f)(tf.scalar(3)))).toEqual([9]);
  });

  const clipped = customVjp((x: tf.Tensor, scale: tf.Tensor) => tf.mul(x, scale));
  clipped.defvjp(
    (x, scale) => [tf.mul(x, scale), { scale }],
    ({ scale }, dy) => [tf.clipByValue(tf.mul(dy, scale), -1, 1), null],
  );

  test('customVjp gives its own gradient, null is zero', () => {
    const f = (x: tf.Tensor, scale: tf.Tensor): tf.Tensor => tf.sum(tf.square(clipped(x, scale)));
    const [dx, dscale] = grad(f, { argnums: [0, 1] })(tf.tensor1d([0.01, 5]), tf.scalar(2));
    expect(numbers(dx)[0]).toBeCloseTo(0.08, 6);
    expect([numbers(dx)[1], numbers(dscale)]).toEqual([1, [0]]);
    expect(numbers(clipped(tf.tensor1d([3]), tf.scalar(2)))).toEqual([6]);
  });

  test('customVjp may pass its cotangent on', () => {
    const same = customVjp((x: tf.Tensor) => tf.mul(x, 5));
    same.defvjp(
      (x) => [tf.mul(x, 5), null],
      (_, dy) => [dy],
    );
    expect(numbers(grad((x: tf.Tensor) => tf.sum(tf.square(same(tf.mul(x, 2)))))(tf.tensor1d([1, 3])))).toEqual([
      40, 120,
    ]);
  });

  test('customVjp without a gradient says so', () => {
    expect(() => customVjp((x: tf.Tensor) => x)(tf.scalar(1))).toThrow(
      'expected a gradient for the function, got none',
    );
  });
});

describe('mistakes', () => {
  const lrnSlope = (y: tf.Tensor): tf.Tensor =>
    grad((z: tf.Tensor) => tf.sum(tf.localResponseNormalization(tf.reshape(z, [1, 1, 1, 2]) as tf.Tensor4D)))(y);
  const x = (): tf.Tensor => tf.tensor1d([1, 2]);
  test.each<[string, () => unknown]>([
    ['returns a scalar float32 tensor, got shape [2]', () => grad((y: tf.Tensor) => y)(x())],
    ['or pass { hasAux: true }', () => grad(((y: tf.Tensor) => [tf.sum(y), 1]) as never)(x())],
    ['expected [value, aux]', () => grad(((y: tf.Tensor) => tf.sum(y)) as never, { hasAux: true })(x())],
    [
      "jax.grad at a.b: expected a float32 tensor, got dtype 'int32'",
      () => grad((p: { a: { b: tf.Tensor } }) => tf.sum(p.a.b))({ a: { b: tf.scalar(1, 'int32') } }),
    ],
    [
      'jax.grad at n: expected a float32 tensor, got number 3',
      () => grad((p: { n: number }) => tf.scalar(p.n))({ n: 3 }),
    ],
    ['position 1, got 1 arguments', () => grad((y: tf.Tensor) => tf.sum(y), { argnums: [1] as never })(x())],
    ['gradient of the kernel LRNGrad, got none', () => grad((y: tf.Tensor) => tf.sum(lrnSlope(y)))(x())],
    ['returns a promise', () => grad((async (y: tf.Tensor) => tf.sum(y)) as never)(x())],
  ])('%s', (message, act) => {
    expect(act).toThrow(message);
  });
});
