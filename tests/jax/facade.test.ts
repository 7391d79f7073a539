import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as optax from 'linen2nnx/optax';
import * as training from 'linen2nnx/training';
import { expectNoLeaks } from '../core/leaks.js';

expectNoLeaks();

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());

test('an import is enough for wasm in Node', () => {
  expect(tf.getBackend()).toBe('wasm');
});

describe('the public names are those that are declared', () => {
  const names = JSON.parse(readFileSync(new URL('public-names.json', import.meta.url), 'utf8')) as {
    readonly [module: string]: string;
  };
  const modules: { readonly [module: string]: object } = {
    jax,
    'jax.lax': jax.lax,
    'jax.nn': jax.nn,
    'jax.numpy': jax.numpy,
    'jax.random': jax.random,
    'jax.tree': jax.tree,
    optax,
    training,
  };

  test.each(Object.keys(names))('%s', (name) => {
    expect(Object.keys(modules[name]!).sort()).toEqual(names[name]!.split(' '));
  });
});

describe('jit', () => {
  test('frees intermediates, keeps results', () => {
    const f = jax.jit((x: tf.Tensor) => ({ y: tf.exp(tf.mul(x, 2)), n: 3 }));
    const x = tf.scalar(0);
    const before = tf.memory().numTensors;
    const out = f(x);
    expect([tf.memory().numTensors - before, numbers(out.y), out.n]).toEqual([1, [1], 3]);
  });

  test('gives the caller tensors of their own', () => {
    const f = jax.jit((x: tf.Tensor) => [x, x]);
    const x = tf.scalar(4);
    const [a, b] = f(x);
    x.dispose();
    a!.dispose();
    expect(numbers(b!)).toEqual([4]);
  });

  test('disposes donated tensors, but for those that are passed twice', () => {
    const f = jax.jit((state: { a: tf.Tensor; b: tf.Tensor }, b: tf.Tensor, o: { c: tf.Tensor }) => [state.a, b, o.c], {
      donateArgnums: 0,
      donateArgnames: 'c',
    });
    const [a, b, c] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)];
    const out = f({ a, b }, b, { c });
    expect(out.flatMap(numbers)).toEqual([1, 2, 3]);
    expect([a.isDisposed, b.isDisposed, c.isDisposed]).toEqual([true, false, true]);
  });

  test('is seen through by grad, and may be differentiated', () => {
    const f = jax.jit((x: tf.Tensor) => tf.sum(tf.mul(x, tf.tanh(x))));
    const g = jax.grad((x: tf.Tensor) => f(x))(tf.tensor1d([0.5]));
    const t = Math.tanh(0.5);
    expect(numbers(g)[0]).toBeCloseTo(t + 0.5 * (1 - t * t), 5);
    expect(numbers(jax.jit(jax.grad((x: tf.Tensor) => f(x)))(tf.tensor1d([0.5])))[0]).toBeCloseTo(numbers(g)[0]!, 6);
  });

  test('refuses what is no function', () => {
    expect(() => jax.jit(3 as never)).toThrow('jax.jit: expected a function, got 3.\nPass the function');
    expect(() => jax.jit((async () => 1) as never)()).toThrow('returns a promise');
  });
});

describe('tree', () => {
  const tree = { b: [1, 2], a: { c: 3, n: null } };

  test('map over several trees, with paths and isLeaf', () => {
    expect(jax.tree.map((x: number, y: number) => x + y, tree, tree)).toEqual({ a: { c: 6, n: null }, b: [2, 4] });
    expect(jax.tree.mapWithPath((path, x) => `${path.join('/')}=${String(x)}`, tree)).toEqual({
      a: { c: 'a/c=3', n: null },
      b: ['b/0=1', 'b/1=2'],
    });
    const isLeaf = (x: unknown): x is number[] => Array.isArray(x);
    expect(jax.tree.map((x) => (Array.isArray(x) ? x.length : x), tree, { isLeaf })).toEqual({
      a: { c: 3, n: null },
      b: 2,
    });
  });

  test('flatten, unflatten, leaves, structure, reduce, all, transpose', () => {
    const [leaves, treedef] = jax.tree.flatten(tree);
    expect(leaves).toEqual([3, 1, 2]);
    expect(jax.tree.unflatten(treedef, leaves)).toEqual(tree);
    expect(jax.tree.leavesWithPath(tree)[0]).toEqual([['a', 'c'], 3]);
    expect(jax.tree.flattenWithPath(tree)[1].numLeaves).toBe(3);
    expect(jax.tree.reduce((sum: number, x: number) => sum + x, tree, 10)).toBe(16);
    expect([jax.tree.all(tree), jax.tree.all([1, 0])]).toEqual([true, false]);
    const inner = jax.tree.structure({ x: 0, y: 0 });
    expect(
      jax.tree.transpose(jax.tree.structure([0, 0]), inner, [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ]),
    ).toEqual({ x: [1, 3], y: [2, 4] });
    expect(() => jax.tree.transpose(inner, inner, [1])).toThrow('expected 2 × 2 leaves, got 1');
    expect(() => jax.tree.reduce((a: number) => a, [] as number[])).toThrow('expected a tree with leaves');
  });
});

describe('random and lax', () => {
  test('keys split, fold and draw', () => {
    const [a, b] = jax.random.split(jax.random.key(0));
    expect([...jax.random.keyData(a), ...jax.random.keyData(b)]).toEqual([
      1797259609, 2579123966, 928981903, 3453687069,
    ]);
    expect(numbers(jax.random.bernoulli(jax.random.PRNGKey(0), 0.5, [8]))).toEqual([0, 0, 1, 1, 0, 1, 1, 0]);
  });

  test('lax', () => {
    const x = tf.tensor1d([3, 1, 2]);
    const [values, indices] = jax.lax.topK(x, 2);
    expect([numbers(values), numbers(indices)]).toEqual([
      [3, 2],
      [0, 2],
    ]);
    expect(numbers(jax.lax.clamp(tf.scalar(1.5), x, 2))).toEqual([2, 1.5, 2]);
    expect(numbers(jax.lax.select(tf.greater(x, 1), x, tf.zerosLike(x)))).toEqual([3, 0, 2]);
    expect(numbers(jax.lax.rsqrt(tf.scalar(4)))).toEqual([0.5]);
  });
});
