import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { customVjp } from '../../runtime/core/autodiff/custom.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { customJvp } from '../../runtime/core/autodiff/custom-jvp.js';
import { jvp, linearize } from '../../runtime/core/autodiff/forward.js';
import { hessian, jacfwd, jacrev } from '../../runtime/core/autodiff/jacobian.js';
import { stopGradient } from '../../runtime/core/autodiff/stop-gradient.js';
import { vjp } from '../../runtime/core/autodiff/vjp.js';
import { vmap } from '../../runtime/core/vmap/vmap.js';
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

describe('forward derivatives', () => {
  const f = (x: tf.Tensor, p: { y: tf.Tensor }) => ({ a: tf.mul(tf.sin(x), p.y), b: [tf.exp(tf.mul(p.y, 2))] });
  const [x, y] = [0.5, 1.5];

  test('jvp of trees', () => {
    const args = [tf.scalar(x), { y: tf.scalar(y) }] as const;
    const [output, tangent] = jvp(f, args, [tf.scalar(2), { y: tf.scalar(-1) }]);
    expect(numbers(output.a)[0]).toBeCloseTo(Math.sin(x) * y, 5);
    expect(numbers(tangent.a)[0]).toBeCloseTo(2 * Math.cos(x) * y - Math.sin(x), 5);
    expect(numbers(tangent.b[0]!)[0]).toBeCloseTo(-2 * Math.exp(2 * y), 3);
    expect(() => jvp(f, args, [tf.scalar(2), { y: tf.zeros([2]) as tf.Scalar }])).toThrow(
      'jax.jvp: expected a tangent of shape [] at y, got shape [2]',
    );
  });

  test('linearize is called again', () => {
    const [output, along] = linearize((a: tf.Tensor) => tf.tanh(a), tf.tensor1d([0.1, 0.2]));
    expect(numbers(output)[1]).toBeCloseTo(Math.tanh(0.2), 5);
    expect(numbers(along(tf.tensor1d([1, 0])))[0]).toBeCloseTo(1 - Math.tanh(0.1) ** 2, 5);
    expect(numbers(along(tf.tensor1d([0, 3])))[1]).toBeCloseTo(3 * (1 - Math.tanh(0.2) ** 2), 5);
  });

  test('grad of jvp, jvp of grad and jvp of jvp', () => {
    const cube = (a: tf.Tensor): tf.Tensor => tf.sum(tf.pow(a, 3));
    const one = tf.scalar(1);
    const slope = (a: tf.Tensor) => jvp(cube, [a], [one])[1];
    expect(numbers(grad(slope)(tf.scalar(2)))[0]).toBeCloseTo(12, 4);
    expect(numbers(jvp(grad(cube), [tf.scalar(2)], [one])[1])[0]).toBeCloseTo(12, 4);
    expect(numbers(jvp(slope, [tf.scalar(2)], [one])[1])[0]).toBeCloseTo(12, 4);
  });

  test('of what does not depend on the input, and of integers', () => {
    const g = (a: tf.Tensor, n: tf.Tensor) => [tf.ones([2]), tf.mul(n, tf.scalar(2, 'int32')), tf.mul(a, 2)];
    const [, tangent] = jvp(g, [tf.scalar(1), tf.scalar(3, 'int32')], [tf.scalar(1), tf.scalar(0, 'int32')]);
    expect(tangent.map(numbers)).toEqual([[0, 0], [0], [2]]);
  });
});

describe('Jacobians', () => {
  const x = () => tf.tensor2d([0.1, 0.4, -0.3, 0.2, 0.5, -0.6], [2, 3]);
  const f = (a: tf.Tensor): tf.Tensor => tf.matMul(tf.softmax(a), tf.tensor2d([1, 2, 3], [3, 1]));

  test('in both modes, of a softmax', () => {
    const softmax = [0.1, 0.4, -0.3].map(Math.exp);
    const total = softmax.reduce((a, b) => a + b);
    const p = softmax.map((each) => each / total);
    const mean = p[0]! + 2 * p[1]! + 3 * p[2]!;
    for (const jacobian of [jacrev(f)(x()), jacfwd(f)(x())]) {
      expect(jacobian.shape).toEqual([2, 1, 2, 3]);
      const values = numbers(jacobian);
      p.forEach((each, i) => expect(values[i]).toBeCloseTo(each * (i + 1 - mean), 5));
      expect(values.slice(3, 9)).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  test('Hessians of scalars and of trees', () => {
    const [a, b] = [tf.tensor1d([2, 3]), tf.scalar(5)];
    const cubic = (p: { a: tf.Tensor; b: tf.Tensor }): tf.Tensor => tf.sum(tf.mul(tf.pow(p.a, 3), p.b));
    const of = hessian(cubic)({ a, b }) as unknown as {
      a: { a: tf.Tensor; b: tf.Tensor };
      b: { a: tf.Tensor; b: tf.Tensor };
    };
    expect(numbers(of.a.a)).toEqual([60, 0, 0, 90]);
    expect([numbers(of.a.b), numbers(of.b.a), numbers(of.b.b)]).toEqual([[12, 27], [12, 27], [0]]);
    const both = jacfwd(jacrev((u: tf.Tensor) => tf.sum(tf.sin(u))))(a);
    [-Math.sin(2), 0, 0, -Math.sin(3)].forEach((each, i) => expect(numbers(both)[i]).toBeCloseTo(each, 5));
  });

  test('by argnums', () => {
    const product = (u: tf.Tensor, v: tf.Tensor): tf.Tensor => tf.mul(u, v);
    const [du, dv] = jacrev(product, { argnums: [0, 1] })(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]));
    expect([numbers(du), numbers(dv)]).toEqual([
      [3, 0, 0, 4],
      [1, 0, 0, 2],
    ]);
  });

  test('a loss that returns integers says so', () => {
    expect(() => jacrev((u: tf.Tensor) => tf.cast(u, 'int32'))(x())).toThrow("got dtype 'int32'");
  });
});

describe('customJvp', () => {
  // log(1 + eˣ), with a rule that is right for large x.
  const stable = customJvp((x: tf.Tensor) => tf.log(tf.add(1, tf.exp(x))));
  stable.defjvp(([x], [t]) => [tf.softplus(x!), tf.mul(t!, tf.sigmoid(x!))]);

  test('gives values, tangents, gradients and second derivatives by its rule', () => {
    const s = 1 / (1 + Math.exp(-0.5));
    const x = tf.tensor1d([0.5, 200]);
    const slope = (y: tf.Tensor) => grad(sumOf(stable))(y);
    expect(numbers(stable(x))[1]).toBe(Infinity);
    expect(numbers(slope(x))[0]).toBeCloseTo(s, 5);
    expect(numbers(slope(x))[1]).toBe(1);
    expect(numbers(grad(sumOf(slope))(x))[0]).toBeCloseTo(s * (1 - s), 5);
    expect(numbers(jvp(stable, [x], [tf.ones([2])])[1])[1]).toBe(1);
    expect(() => customJvp((y: tf.Tensor) => y)(x)).toThrow('expected a derivative for the function, got none');
  });

  test('nondiffArgnums come first', () => {
    const power = customJvp((n: number, x: tf.Tensor) => tf.pow(x, n), { nondiffArgnums: 0 });
    power.defjvp(((n: number, [x]: [tf.Tensor], [t]: [tf.Tensor]) => [tf.pow(x, n), tf.mul(t, 100 * n)]) as never);
    expect(numbers(grad((x: tf.Tensor) => power(3, x).asScalar())(tf.scalar(2)))).toEqual([300]);
  });
});

describe('under vmap', () => {
  const doubled = customVjp((x: tf.Tensor, w: tf.Tensor) => tf.mul(x, w));
  doubled.defvjp(
    (x, w) => [tf.mul(x, w), { x, w }],
    ({ x, w }, dy) => [tf.mul(tf.mul(dy, w), 10), tf.sum(tf.mul(tf.mul(dy, x), 10))],
  );
  const loss = (w: tf.Tensor, xs: tf.Tensor): tf.Tensor => tf.sum(vmap((x: tf.Tensor) => tf.sum(doubled(x, w)))(xs));
  const xs = () => tf.tensor2d([1, 2, 3, 4], [2, 2]);

  test('a gradient of its own is kept in both orders', () => {
    const [dw, dxs] = grad(loss, { argnums: [0, 1] })(tf.scalar(3), xs());
    expect([numbers(dw), numbers(dxs)]).toEqual([[100], [30, 30, 30, 30]]);
    const each = vmap(
      grad((x: tf.Tensor, w: tf.Tensor) => tf.sum(doubled(x, w))),
      { inAxes: [0, null] as never },
    );
    expect(numbers(each(xs(), tf.scalar(3)))).toEqual([30, 30, 30, 30]);
    const nested = (w: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.sum(vmap(vmap((u: tf.Tensor) => doubled(u, w)))(x));
    expect(numbers(grad(nested)(tf.scalar(3), xs()))).toEqual([100]);
  });

  test('stopGradient is seen by the tape below', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.sum(vmap((y: tf.Tensor) => tf.mul(y, stopGradient(y)))(x));
    expect(numbers(grad(f)(tf.tensor1d([2, 3])))).toEqual([2, 3]);
  });

  test('customJvp too', () => {
    const tripled = customJvp((x: tf.Tensor) => tf.mul(x, 1));
    tripled.defjvp(([x], [t]) => [x!, tf.mul(t!, 3)]);
    const f = (x: tf.Tensor): tf.Tensor => tf.sum(vmap((y: tf.Tensor) => tf.square(tripled(y)))(x));
    expect(numbers(grad(f)(tf.tensor1d([2, 3])))).toEqual([12, 18]);
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
