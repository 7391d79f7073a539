import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { customVjp } from '../../runtime/core/autodiff/custom.js';
import { jvp } from '../../runtime/core/autodiff/forward.js';
import { grad, valueAndGrad } from '../../runtime/core/autodiff/grad.js';
import { jacrev } from '../../runtime/core/autodiff/jacobian.js';
import { jit } from '../../runtime/jax/jit.js';
import { key } from '../../runtime/core/key.js';
import { checkpoint } from '../../runtime/core/remat.js';
import { checkpointName, checkpointPolicies } from '../../runtime/core/remat-policies.js';
import { vmap } from '../../runtime/core/vmap/vmap.js';
import { normal } from '../../runtime/random/distributions.js';
import { relativeError } from './finite-differences.js';
import { expectNoLeaks } from './leaks.js';

expectNoLeaks();

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const random = (seed: number, shape: number[]): tf.Tensor => normal(key(seed), shape);

/** A block of a network: a normalised, wide hidden layer, added to its input. */
function body(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
  const wide = tf.matMul(normal, tf.concat([w, tf.neg(w)], 1));
  const gated = tf.mul(wide, tf.sigmoid(tf.mul(wide, 1.7)));
  return tf.add(tf.mul(x, 0.9), tf.matMul(tf.tanh(gated), tf.concat([w, w], 1), false, true));
}

function chain(step: typeof body): (x: tf.Tensor, w: tf.Tensor) => tf.Tensor {
  return (x, w) => {
    let y = x;
    for (let i = 0; i < 30; i++) y = step(y, w);
    return tf.sum(tf.square(y));
  };
}

/** The result of `run` and the most bytes that were in use at any kernel above those before. */
function peakOf<T>(run: () => T): { readonly result: T; readonly bytes: number } {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const before = tf.memory().numBytes;
  let bytes = 0;
  engine.runKernel = ((...args: Parameters<typeof original>) => {
    const output = original(...args);
    bytes = Math.max(bytes, tf.memory().numBytes - before);
    return output;
  }) as typeof engine.runKernel;
  try {
    return { result: run(), bytes };
  } finally {
    engine.runKernel = original;
  }
}

function expectSame(actual: readonly tf.Tensor[], expected: readonly tf.Tensor[]): void {
  expect(actual.map(numbers)).toEqual(expected.map(numbers));
}

const [x, w] = [() => random(0, [4, 8]), () => tf.mul(random(1, [8, 8]), 0.3)];

describe('checkpoint', () => {
  test('lowers the peak of a chain of 30 bodies by five times, with the same gradients', () => {
    const args = [random(0, [64, 8]), w()] as const;
    const run = (step: typeof body) => peakOf(() => grad(chain(step), { argnums: [0, 1] })(...args));
    const [plain, remat] = [run(body), run(checkpoint(body))];
    remat.result.forEach((gradient, i) => {
      expect(relativeError(gradient.dataSync(), plain.result[i]!.dataSync())).toBeLessThan(1e-6);
    });
    expect(plain.bytes / remat.bytes).toBeGreaterThan(5);
  });

  test('what it closes over has gradients, freed or returned since', () => {
    const loss = (step: typeof checkpoint) => (a: tf.Tensor, b: tf.Tensor) => {
      const hidden = tf.tanh(b);
      const f = step((c: tf.Tensor) => ({ y: hidden.matMul(b).add(c), same: hidden, c }));
      const { y, same, c } = f(a);
      return tf.sum(tf.add(tf.mul(y, same), tf.sin(c)));
    };
    const args = [random(2, [3, 3]), random(3, [3, 3])] as const;
    const of = (step: typeof checkpoint) => grad(loss(step), { argnums: [0, 1] })(...args);
    expectSame(of(checkpoint), of(((f: unknown) => f) as typeof checkpoint));
  });

  test('an argument and the same tensor closed over are two', () => {
    const a = tf.scalar(3);
    const f = (y: tf.Tensor) => grad((z: tf.Tensor) => checkpoint((u: tf.Tensor) => tf.mul(u, a))(z).asScalar())(y);
    expect(numbers(f(a))).toEqual([3]);
  });

  test('a variable that is assigned before the backward pass', () => {
    const variable = tf.variable(tf.scalar(2));
    const loss = (a: tf.Tensor): tf.Tensor => {
      const y = checkpoint((u: tf.Tensor) => tf.mul(tf.mul(u, u), variable))(a);
      variable.assign(tf.scalar(100));
      return y.asScalar();
    };
    expect(numbers(grad(loss)(tf.scalar(3)))).toEqual([12]);
    expect(numbers(variable)).toEqual([100]);
    variable.dispose();
  });

  test('structures, integers, keys and static arguments', () => {
    const f = checkpoint(
      (p: { a: tf.Tensor; n: tf.Tensor }, times: number, k: ReturnType<typeof key>) => [
        { a: tf.mul(tf.mul(p.a, tf.cast(p.n, 'float32')), times), n: p.n },
        tf.mul(p.a, normal(k, [2])),
        times,
      ],
      { staticArgnums: 1 },
    );
    const loss = (a: tf.Tensor): [tf.Tensor, unknown] => {
      const [first, second, times] = f({ a, n: tf.tensor1d([2, 3], 'int32') }, 5, key(4)) as [
        { a: tf.Tensor },
        tf.Tensor,
        number,
      ];
      return [tf.sum(tf.add(first.a, tf.mul(second, 0))), times];
    };
    const [gradient, times] = grad(loss, { hasAux: true })(tf.tensor1d([1, 1]));
    expect([numbers(gradient), times]).toEqual([[10, 15], 5]);
  });
});

describe('checkpoint composes', () => {
  const loss = (step: typeof body) => (a: tf.Tensor, b: tf.Tensor) => tf.sum(step(step(a, b), b));
  const remat = checkpoint(body);
  const close = (a: tf.Tensor, b: tf.Tensor): void =>
    numbers(a).forEach((value, i) => expect(value).toBeCloseTo(numbers(b)[i]!, 4));

  test('with itself, second order, jvp and Jacobians', () => {
    const [a, b] = [x(), w()];
    const nested = checkpoint((u: tf.Tensor, v: tf.Tensor) => remat(remat(u, v), v));
    close(grad((u: tf.Tensor) => tf.sum(nested(u, b)))(a), grad(loss(body))(a, b));
    const twice = (step: typeof body) => grad((u: tf.Tensor) => tf.sum(tf.square(grad(loss(step))(u, b))))(a);
    close(twice(remat), twice(body));
    const along = (step: typeof body) => jvp((u: tf.Tensor) => step(u, b), [a], [tf.onesLike(a)])[1];
    close(along(remat), along(body));
    const jacobian = (step: typeof body) => jacrev((u: tf.Tensor) => step(u, b))(tf.slice(a, [0, 0], [1, 8]));
    close(jacobian(remat), jacobian(body));
  });

  test('with vmap on either side, and jit', () => {
    const [a, b] = [random(0, [3, 2, 8]), w()];
    const each = (step: typeof body) => vmap((u: tf.Tensor) => grad(loss(step), { argnums: 1 })(u, b))(a);
    close(each(remat), each(body));
    const mean = (step: typeof body) => grad((v: tf.Tensor) => tf.sum(vmap((u: tf.Tensor) => step(u, v))(a)))(b);
    close(mean(remat), mean(body));
    const compiled = jit(valueAndGrad(loss(remat), { argnums: [0, 1] }));
    const [value, [da, db]] = compiled(x(), b);
    const [expected, [ea, eb]] = valueAndGrad(loss(body), { argnums: [0, 1] })(x(), b);
    [
      [value, expected],
      [da, ea],
      [db, eb],
    ].forEach(([one, other]) => close(one!, other!));
  });

  test('with gradients of its own inside', () => {
    const ten = customVjp((u: tf.Tensor) => tf.mul(u, 1));
    ten.defvjp(
      (u) => [tf.mul(u, 1), null],
      (_, dy) => [tf.mul(dy, 10)],
    );
    expect(numbers(grad((u: tf.Tensor) => checkpoint((v: tf.Tensor) => ten(v))(u).asScalar())(tf.scalar(2)))).toEqual([
      10,
    ]);
  });

  test('a throw leaves nothing behind', () => {
    const broken = checkpoint((u: tf.Tensor): tf.Tensor => {
      tf.exp(u);
      throw new Error('user error');
    });
    expect(() => grad((u: tf.Tensor) => tf.sum(broken(u)))(tf.scalar(1))).toThrow('user error');
    expect(() => checkpoint(3 as never)).toThrow('jax.checkpoint: expected a function, got 3.');
  });
});

describe('policies', () => {
  const named = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
    const h = checkpointName(tf.tanh(tf.matMul(a, b)), 'hidden');
    return checkpointName(tf.exp(tf.sin(h)), 'out');
  };
  /** How often `kernelName` runs in a gradient under a policy. */
  const runs = (kernelName: string, policy: Parameters<typeof checkpoint>[1]): number => {
    let count = 0;
    const loss = (a: tf.Tensor, b: tf.Tensor) => tf.sum(checkpoint(named, policy)(a, b));
    const stock = tf.getKernel(kernelName, tf.getBackend());
    tf.unregisterKernel(kernelName, tf.getBackend());
    tf.registerKernel({ ...stock, kernelFunc: (call) => (count++, stock.kernelFunc(call)) });
    try {
      const got = grad(loss)(x(), w());
      expectSame([got], [grad((a: tf.Tensor, b: tf.Tensor) => tf.sum(named(a, b)))(x(), w())]);
    } finally {
      tf.unregisterKernel(kernelName, tf.getBackend());
      tf.registerKernel(stock);
    }
    return count;
  };
  const p = checkpointPolicies;

  // The check runs the plain gradient as well: 2 products and 1 tanh.
  test.each<[string, Parameters<typeof checkpoint>[1], number, number]>([
    ['none', {}, 3 + 2, 2 + 1],
    ['nothingSaveable', { policy: p.nothingSaveable }, 3 + 2, 2 + 1],
    ['everythingSaveable', { policy: p.everythingSaveable }, 2 + 2, 1 + 1],
    ['dotsSaveable', { policy: p.dotsSaveable }, 2 + 2, 2 + 1],
    ['dotsWithNoBatchDimsSaveable', { policy: p.dotsWithNoBatchDimsSaveable }, 2 + 2, 2 + 1],
    ['saveOnlyTheseNames', { policy: p.saveOnlyTheseNames('hidden') }, 3 + 2, 2 + 1],
    ['saveAnyNamesButThese', { policy: p.saveAnyNamesButThese('hidden') }, 3 + 2, 2 + 1],
    ['saveAnythingExceptTheseNames', { policy: p.saveAnythingExceptTheseNames('hidden') }, 2 + 2, 1 + 1],
    ['of the name of a kernel', { policy: (name) => name === 'Tanh' }, 3 + 2, 1 + 1],
    ['that answers with a policy', { policy: () => p.dotsSaveable }, 2 + 2, 2 + 1],
  ])('%s', (_name, policy, products, tanhs) => {
    expect([runs('BatchMatMul', policy), runs('Tanh', policy)]).toEqual([products, tanhs]);
  });

  test('what was saved is used, and a function that changes is refused', () => {
    let calls = 0;
    const f = (a: tf.Tensor): tf.Tensor => (calls++ === 0 ? tf.exp(tf.sin(a)) : tf.sin(tf.exp(a)));
    const changing = checkpoint(f, { policy: (name) => name === 'Sin' });
    expect(() => grad((a: tf.Tensor) => tf.sum(changing(a)))(tf.scalar(1))).toThrow('expected the kernel Sin');
  });
});
