import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { relativeError } from '../core/finite-differences.js';
import { expectNoLeaks } from '../core/leaks.js';

interface Recorded {
  readonly shape: readonly number[];
  readonly value: readonly number[];
  readonly gradient: readonly number[];
}

/** Recorded from jax.nn by fixtures/flax/record-activations.py. */
const recorded = JSON.parse(readFileSync(new URL('../../fixtures/flax/activations.json', import.meta.url), 'utf8')) as {
  readonly x: number[][];
  readonly where: boolean[][];
  readonly weights: number[][];
  readonly cases: Record<string, Recorded>;
  readonly oneHot: number[][][];
  readonly logSoftmaxWhere: readonly string[];
};

const { nn } = jax;
const where = (): tf.Tensor => tf.tensor2d(recorded.where, undefined, 'bool');

const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu: nn.relu,
  relu6: nn.relu6,
  gelu: nn.gelu,
  geluExact: (x) => nn.gelu(x, { approximate: false }),
  silu: nn.silu,
  leakyRelu: nn.leakyRelu,
  leakyReluSlope: (x) => nn.leakyRelu(x, { negativeSlope: 0.2 }),
  elu: nn.elu,
  eluAlpha: (x) => nn.elu(x, { alpha: 0.7 }),
  celu: (x) => nn.celu(x, { alpha: 1.3 }),
  selu: nn.selu,
  softplus: nn.softplus,
  softSign: nn.softSign,
  sigmoid: nn.sigmoid,
  logSigmoid: nn.logSigmoid,
  hardSigmoid: nn.hardSigmoid,
  hardSilu: nn.hardSwish,
  hardTanh: nn.hardTanh,
  tanh: nn.tanh,
  glu: nn.glu,
  gluRows: (x) => nn.glu(x, { axis: 0 }),
  softmax: nn.softmax,
  softmaxRows: (x) => nn.softmax(x, { axis: 0 }),
  softmaxWhere: (x) => nn.softmax(x, { where: where() }),
  logSoftmax: nn.logSoftmax,
  logsumexp: nn.logsumexp,
  logsumexpLast: (x) => nn.logsumexp(x, { axis: -1, keepDims: true }),
  logsumexpWeighted: (x) => nn.logsumexp(x, { axis: 0, b: tf.tensor2d(recorded.weights) }),
  logsumexpWhere: (x) => nn.logsumexp(x, { axis: 1, where: where() }),
  standardize: nn.standardize,
  standardizeWhere: (x) => nn.standardize(x, { where: where() }),
};

expectNoLeaks();

describe.each(['cpu', 'wasm'])('jax.nn on %s', (backend) => {
  test('every recording is compared', async () => {
    await tf.setBackend(backend);
    expect(Object.keys(functions).sort()).toEqual(Object.keys(recorded.cases).sort());
  });

  test.each(Object.entries(functions))('%s, value and gradient', (name, f) => {
    const expected = recorded.cases[name]!;
    const [value, pullback] = jax.vjp((x: tf.Tensor) => f(x), tf.tensor2d(recorded.x));
    expect(value.shape).toEqual(expected.shape);
    expect(relativeError(value.dataSync(), expected.value)).toBeLessThan(2e-6);
    const [gradient] = pullback(tf.reshape(tf.cos(tf.range(0, value.size)), value.shape));
    expect(relativeError(gradient.dataSync(), expected.gradient)).toBeLessThan(1e-5);
  });

  test('oneHot gives zeros for what is no class', () => {
    const x = tf.tensor2d([0, 2, 5, 1, -1, 3], [2, 3], 'int32');
    expect(nn.oneHot(x, 4, { axis: 1 }).arraySync()).toEqual(recorded.oneHot);
  });

  test('logSoftmax is −∞ where elements do not count', () => {
    const got = nn.logSoftmax(tf.tensor2d(recorded.x), { where: where() }).dataSync();
    recorded.logSoftmaxWhere.forEach((text, i) => {
      const expected = text === '-inf' ? -Infinity : Number(text);
      if (expected === -Infinity) expect(got[i]).toBe(expected);
      else expect(got[i]).toBeCloseTo(expected, 5);
    });
  });

  test('glu of an odd size', () => {
    expect(() => nn.glu(tf.zeros([2, 3]))).toThrow('glu: expected an even size along axis -1, got shape [2, 3]');
  });
});
