import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { choice, categorical, gumbel, permutation } from '../../runtime/random/choices.js';
import * as draws from '../../runtime/random/distributions.js';
import * as init from '../../runtime/random/initializers.js';
import { foldIn, key, keyData, wrapKeyData } from '../../runtime/random/keys.js';

interface Recorded {
  readonly shape: readonly number[];
  readonly float32?: readonly string[];
  readonly values?: readonly number[];
}

const path = new URL('../../fixtures/flax/random.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Record<string, Recorded> };

const table = (): tf.Tensor => tf.reshape(tf.range(0, 24, 1, 'int32'), [4, 6]);
const weights = (): tf.Tensor => tf.tensor1d([0.1, 0.2, 0.3, 0.4]);
const logits = (): tf.Tensor => draws.normal(key(3), [5, 4]);

/** How far from JAX in units in the last place: 0 where only integers, shifts and products of two are involved. */
const exact: Record<string, () => tf.Tensor> = {
  bits: () => draws.bits(key(0), [4]),
  uniform: () => draws.uniform(key(1), [1000]),
  bernoulli: () => draws.bernoulli(key(4), 0.3, [1000]),
  bernoulliHigh: () => draws.bernoulli(key(4), 0.3, [1000], { mode: 'high' }),
  bernoulliEach: () => draws.bernoulli(key(4), weights()),
  randint: () => draws.randint(key(5), [1000], 0, 10),
  randintNegative: () => draws.randint(key(5), [1000], -1000000, tf.scalar(2000000000, 'int32')),
  permutation: () => permutation(key(6), 100),
  permutationRows: () => permutation(key(6), table()),
  permutationColumns: () => permutation(key(6), table(), { axis: 1 }),
  permutationIndependent: () => permutation(key(6), table(), { axis: 1, independent: true }),
  permutationIndependentRows: () => permutation(key(6), table(), { independent: true }),
  choice: () => choice(key(7), 10, [50]),
  choiceUnique: () => choice(key(7), 10, [6], { replace: false }),
  choiceWeighted: () => choice(key(7), 4, [5, 10], { p: weights() }),
  choiceWeightedUnique: () => choice(key(7), 4, [3], { replace: false, p: weights() }),
  choiceRows: () => choice(key(7), table(), [2, 3], { axis: 1 }),
  categorical: () => categorical(key(9), logits()),
  categoricalMany: () => categorical(key(9), logits(), { shape: [7, 5] }),
  categoricalRows: () => categorical(key(9), logits(), { axis: 0 }),
  initUniform: () => init.uniform(0.05)(key(10), [8, 16]),
  lecunUniform: () => init.lecunUniform()(key(10), [3, 3, 4, 8]),
  heUniform: () => init.heUniform()(key(10), [8, 16]),
  glorotUniform: () => init.xavierUniform()(key(10), [8, 16]),
};

/** Through log1p, erf or log, which XLA rounds in its own way: 4 ulp, or 2.5e-7 near 0. */
const close: Record<string, () => tf.Tensor> = {
  uniformRange: () => draws.uniform(key(1), [1000], { minval: -3, maxval: 5.5 }),
  normal: () => draws.normal(key(2), [4096]),
  normalScalar: () => draws.normal(key(42)),
  truncatedNormal: () => draws.truncatedNormal(key(3), -2, 2, [4096]),
  truncatedNormalSkew: () => draws.truncatedNormal(key(3), -0.5, tf.scalar(1.25), [1000]),
  gumbel: () => gumbel(key(8), [1000]),
  initNormal: () => init.normal(0.02)(key(10), [8, 16]),
  initTruncatedNormal: () => init.truncatedNormal(0.02)(key(10), [8, 16]),
  lecunNormal: () => init.lecunNormal()(key(10), [3, 3, 4, 8]),
  heNormal: () => init.kaimingNormal()(key(10), [8, 16]),
  glorotNormal: () => init.glorotNormal()(key(10), [8, 16]),
  embed: () => init.varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 })(key(10), [8, 16]),
  geometric: () =>
    init.varianceScaling(0.5, 'fan_geo_avg', 'normal', { inAxis: [0, 1], batchAxis: 2 })(key(10), [2, 3, 4, 5]),
};

/** Through a QR factorisation. */
const factored: Record<string, () => tf.Tensor> = {
  orthogonal: () => init.orthogonal(1.5)(key(11), [6, 4]),
  orthogonalWide: () => init.orthogonal()(key(11), [2, 2, 6]),
  orthogonalColumns: () => init.orthogonal(1, { columnAxis: 0 })(key(11), [6, 2, 2]),
  deltaOrthogonal: () => init.deltaOrthogonal()(key(11), [3, 4, 3, 5]),
};

function floats({ float32 = [] }: Recorded): Float32Array {
  return new Float32Array(Uint32Array.from(float32, (word) => Number.parseInt(word, 16)).buffer);
}

function ulps(a: Float32Array, b: Float32Array): number[] {
  const order = (x: number): number => {
    const bits = new Int32Array(Float32Array.of(x).buffer)[0]!;
    return bits < 0 ? -(bits & 0x7fffffff) : bits;
  };
  return Array.from(a, (x, i) => (Math.abs(x - b[i]!) < 2.5e-7 ? 0 : Math.abs(order(x) - order(b[i]!))));
}

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
  tf.engine().startScope('test');
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(before);
});

test('every recording is compared', () => {
  expect([...Object.keys(exact), ...Object.keys(close), ...Object.keys(factored), 'foldIn'].sort()).toEqual(
    Object.keys(cases).sort(),
  );
});

describe('bit for bit as JAX', () => {
  test.each(Object.entries(exact))('%s', (name, draw) => {
    const [got, recorded] = [draw(), cases[name]!];
    expect(got.shape).toEqual(recorded.shape);
    const expected = recorded.values ?? Array.from(floats(recorded));
    expect(Array.from(got.dataSync())).toEqual(expected);
  });

  test('foldIn', () => {
    expect([...keyData(foldIn(key(12), 4000000000))]).toEqual(cases['foldIn']!.values);
    expect([...keyData(foldIn(key(12), tf.scalar(5, 'int32')))]).toEqual([...keyData(foldIn(key(12), 5))]);
    expect(() => foldIn(key(0), -1)).toThrow('expected an integer from 0');
  });
});

describe('within 4 ulp of JAX', () => {
  test.each(Object.entries(close))('%s', (name, draw) => {
    const [got, recorded] = [draw(), cases[name]!];
    expect(got.shape).toEqual(recorded.shape);
    expect(Math.max(...ulps(got.dataSync() as Float32Array, floats(recorded)))).toBeLessThanOrEqual(4);
  });
});

describe('within 1e-5 of JAX', () => {
  test.each(Object.entries(factored))('%s', (name, draw) => {
    const [got, recorded] = [draw(), cases[name]!];
    expect(got.shape).toEqual(recorded.shape);
    const expected = floats(recorded);
    expect(Math.max(...Array.from(got.dataSync(), (x, i) => Math.abs(x - expected[i]!)))).toBeLessThan(1e-5);
  });
});

describe('mistakes', () => {
  test.each([
    [() => draws.normal(wrapKeyData([1, 2, 3, 4])), 'expected one key, got keys of shape [2]'],
    [() => draws.normal(key(0), [2], { dtype: 'int32' }), "expected dtype 'float32', got 'int32'"],
    [() => choice(key(0), 3, [4], { replace: false }), 'at most 3 draws without replacement, got 4'],
    [() => init.lecunNormal()(key(0), [3]), 'at least 2 axes, got [3]'],
    [() => init.deltaOrthogonal()(key(0), [3, 3]), '3 to 5 axes'],
    [() => permutation(key(0), table(), { axis: 2 }), 'expected an axis of shape [4, 6], got 2'],
    [() => init.constant(1)(key(0), [2]).mul(1) && draws.uniform(undefined as never), 'expected a key, got undefined'],
  ])('%#', (act, message) => {
    expect(act).toThrow(message);
  });
});
