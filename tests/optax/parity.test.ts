import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeMap } from '../../runtime/core/tree.js';
import { vjp } from '../../runtime/core/autodiff/vjp.js';
import * as optax from '../../runtime/optax/index.js';

/** Recorded from real optax by fixtures/flax/record-optax.py. */
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/flax/optax.json', import.meta.url), 'utf8'),
) as Recording;

interface Recording {
  readonly params: Nested;
  readonly optimizers: { readonly [name: string]: readonly Nested[] };
  readonly schedules: { readonly [name: string]: readonly number[] };
  readonly factored: { readonly params: Named; readonly steps: readonly Named[] };
  readonly where: boolean[][];
  readonly logits: number[][];
  readonly labels: number[];
  readonly probabilities: number[][];
  readonly targets: number[][];
  readonly losses: { readonly [name: string]: { readonly value: Numbers; readonly gradient: Numbers } };
}
type Numbers = number | readonly Numbers[];
interface Named {
  readonly [name: string]: number[][];
}
interface Nested {
  readonly dense: { readonly kernel: number[][]; readonly bias: number[] };
  readonly scale: number;
}

const optimizers: { readonly [name: string]: () => optax.GradientTransformation } = {
  sgd: () => optax.sgd(0.1),
  sgd_momentum: () => optax.sgd(0.1, { momentum: 0.9 }),
  sgd_nesterov: () => optax.sgd(0.1, { momentum: 0.9, nesterov: true }),
  adam: () => optax.adam(0.01),
  adam_options: () => optax.adam(0.01, { b1: 0.8, b2: 0.95, eps: 1e-5, epsRoot: 1e-6 }),
  adam_schedule: () => optax.adam(optax.linearSchedule(0.1, 0.01, 4)),
  adamw: () => optax.adamw(0.01, { weightDecay: 0.1 }),
  adamw_masked: () =>
    optax.adamw(0.01, { weightDecay: 0.1, mask: (p) => treeMap((x) => (x as tf.Tensor).rank > 1, p) }),
  nadam: () => optax.nadam(0.01),
  rmsprop: () => optax.rmsprop(0.01),
  rmsprop_centered: () => optax.rmsprop(0.01, { centered: true, momentum: 0.9 }),
  lion: () => optax.lion(0.01),
  lamb: () => optax.lamb(0.01, { weightDecay: 0.01 }),
  clip: () => optax.chain(optax.clip(0.3), optax.sgd(0.1)),
  clip_by_global_norm: () => optax.chain(optax.clipByGlobalNorm(0.5), optax.sgd(0.1)),
  ema: () => optax.chain(optax.ema(0.9), optax.sgd(0.1)),
  adagrad: () => optax.adagrad(0.1),
  adagrad_options: () => optax.adagrad(0.1, { initialAccumulatorValue: 0, eps: 1e-3 }),
  adamax: () => optax.adamax(0.01),
  adamax_options: () => optax.adamax(0.01, { b1: 0.8, b2: 0.9, eps: 1e-3 }),
  radam: () => optax.radam(0.01),
  radam_rectified: () => optax.radam(0.01, { b2: 0.9, epsRoot: 1e-4, threshold: 4 }),
  radam_nesterov: () => optax.radam(0.01, { b2: 0.8, nesterov: true }),
  adafactor: () => optax.adafactor(),
  adafactor_plain: () =>
    optax.adafactor(0.1, {
      multiplyByParameterScale: false,
      clippingThreshold: null,
      decayRate: 0.6,
      decayOffset: -1,
    }),
  adafactor_options: () =>
    optax.adafactor(optax.linearSchedule(0.1, 0.01, 4), {
      minDimSizeToFactor: 2,
      clippingThreshold: 1.5,
      momentum: 0.9,
      weightDecayRate: 0.01,
      weightDecayMask: matrices,
    }),
  lars: () => optax.lars(0.1),
  lars_options: () =>
    optax.lars(0.1, {
      weightDecay: 0.1,
      weightDecayMask: matrices,
      trustCoefficient: 0.01,
      eps: 1e-3,
      trustRatioMask: (p) => treeMap((x) => (x as tf.Tensor).rank < 2, p),
      momentum: 0.8,
      nesterov: true,
    }),
  trust_ratio: () => optax.chain(optax.scaleByTrustRatio({ minNorm: 2, trustCoefficient: 0.5 }), optax.scale(-0.1)),
  rmsprop_options: () =>
    optax.rmsprop(0.01, { decay: 0.8, eps: 1e-3, initialScale: 0.5, momentum: 0.9, nesterov: true }),
  adamw_nesterov: () => optax.adamw(0.01, { nesterov: true }),
  ema_biased: () => optax.chain(optax.ema(0.9, { debias: false }), optax.sgd(0.1)),
  masked: () => optax.chain(optax.masked(optax.sgd(0.5), { dense: true, scale: false }), optax.sgd(0.1)),
  multi_steps_sum: () =>
    new optax.MultiSteps(optax.sgd(0.1), (step) => tf.add(1, tf.mod(step, tf.scalar(2, 'int32'))), {
      useGradMean: false,
    }).gradientTransformation(),
  add_noise: () => optax.chain(optax.addNoise(0.3, 0.55, 7), optax.sgd(0.1)),
  apply_if_finite: () => optax.chain(spoiled([1, 3, 4]), optax.applyIfFinite(optax.adam(0.1), 3)),
  apply_if_finite_gives_up: () =>
    optax.chain(spoiled([1, 2, 3]), optax.applyIfFinite(optax.chain(optax.clip(0.3), optax.sgd(0.1)), 1)),
  inject_hyperparams: () =>
    optax.injectHyperparams(optax.adam)(optax.linearSchedule(0.1, 0.01, 4), { b1: 0.8 }) as never,
  multi_steps: () => optax.multiSteps(optax.adam(0.01), 2),
  multi_transform: () =>
    optax.multiTransform({ a: optax.sgd(0.1), b: optax.adam(0.01) }, { dense: { kernel: 'a', bias: 'b' }, scale: 'b' }),
};

function matrices(params: unknown): unknown {
  return treeMap((x) => (x as tf.Tensor).rank > 1, params);
}

/** Makes the gradients of some steps infinite. */
function spoiled(steps: readonly number[]): optax.AnyTransformation {
  return {
    init: () => ({ count: tf.scalar(0) }),
    update: (grads, state) => {
      const { count } = state as { count: tf.Tensor };
      const bad = steps.includes(count.dataSync()[0]!);
      const spoil = (g: unknown) => tf.mul(g as tf.Tensor, bad ? Infinity : 1);
      return [treeMap(spoil, grads), { count: tf.add(count, 1) }] as never;
    },
  };
}

const schedules: { readonly [name: string]: optax.Schedule } = {
  constant: optax.constantSchedule(0.3),
  linear: optax.linearSchedule(1, 0.1, 5, { transitionBegin: 2 }),
  polynomial: optax.polynomialSchedule(1, 0.1, 2, 5),
  exponential: optax.exponentialDecay(1, 3, 0.5),
  exponential_staircase: optax.exponentialDecay(1, 3, 0.5, { staircase: true, endValue: 0.2, transitionBegin: 1 }),
  cosine: optax.cosineDecaySchedule(1, 6, { alpha: 0.1, exponent: 1.5 }),
  warmup_cosine: optax.warmupCosineDecaySchedule(0, 1, 3, 8, { endValue: 0.1 }),
  warmup_exponential: optax.warmupExponentialDecaySchedule(0, 1, 3, 2, 0.5),
  cosine_onecycle: optax.cosineOnecycleSchedule(8, 2),
  cosine_onecycle_options: optax.cosineOnecycleSchedule(7, 2, { pctStart: 0.5, divFactor: 10, finalDivFactor: 50 }),
  linear_onecycle: optax.linearOnecycleSchedule(9, 2, { pctFinal: 0.7 }),
  linear_onecycle_short: optax.linearOnecycleSchedule(2, 2),
  linear_beyond: optax.linearSchedule(0.5, 1, 0),
  exponential_bound: optax.exponentialDecay(1, 2, 1.5, { endValue: 2 }),
  join: optax.joinSchedules([optax.constantSchedule(0.1), optax.linearSchedule(1, 0, 3), () => 0.7], [2, 6]),
  piecewise: optax.piecewiseConstantSchedule(1, { 2: 0.5, 5: 0.1 }),
};

const losses: { readonly [name: string]: (x: tf.Tensor) => tf.Tensor } = {
  softmax_cross_entropy_with_integer_labels: (x) =>
    optax.softmaxCrossEntropyWithIntegerLabels(x, tf.tensor(recorded.labels, [3], 'int32')),
  softmax_cross_entropy: (x) => optax.softmaxCrossEntropy(x, tf.tensor(recorded.probabilities)),
  sigmoid_binary_cross_entropy: (x) => optax.sigmoidBinaryCrossEntropy(x, tf.tensor(recorded.probabilities)),
  l2_loss: (x) => optax.l2Loss(x, tf.tensor(recorded.targets)),
  squared_error: (x) => optax.squaredError(x, tf.tensor(recorded.targets)),
  huber_loss: (x) => optax.huberLoss(x, tf.tensor(recorded.targets)),
  log_cosh: (x) => optax.logCosh(x, tf.tensor(recorded.targets)),
  kl_divergence: (x) => optax.klDivergence(x, tf.tensor(recorded.probabilities)),
  integer_labels_where: (x) =>
    optax.softmaxCrossEntropyWithIntegerLabels(x, tf.tensor(recorded.labels, [3], 'int32'), { where: shown() }),
  integer_labels_axis: (x) =>
    optax.softmaxCrossEntropyWithIntegerLabels(x, tf.tensor(recorded.labels, [3], 'int32'), { axis: 0 }),
  softmax_where: (x) => optax.softmaxCrossEntropy(x, tf.tensor(recorded.probabilities), { where: shown() }),
  kl_where: (x) => optax.klDivergence(x, tf.tensor(recorded.probabilities), { where: shown() }),
  huber_delta: (x) => optax.huberLoss(x, tf.tensor(recorded.targets), { delta: 0.5 }),
  l2_alone: (x) => optax.l2Loss(x),
  cosine_epsilon: (x) => optax.cosineDistance(x, tf.tensor(recorded.targets), { epsilon: 3 }),
  smooth_labels: (x) => optax.softmaxCrossEntropy(x, optax.smoothLabels(tf.tensor(recorded.probabilities), 0.1)),
  cosine_distance: (x) => optax.cosineDistance(x, tf.tensor(recorded.targets)),
};

function shown(): tf.Tensor {
  return tf.tensor(recorded.where, [3, 3], 'bool');
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('optimizers agree with optax over five steps', () => {
  test.each(Object.keys(recorded.optimizers))('%s', (name) => {
    const before = tf.memory().numTensors;
    const tx = optimizers[name]!();
    let params = tensors(recorded.params);
    let state = tx.init(params);
    recorded.optimizers[name]!.forEach((expected, step) => {
      const grads = tf.tidy(
        () => treeMap((p) => tf.add(tf.mul(0.5, p as tf.Tensor), 0.25 * (step + 1)), params) as typeof params,
      );
      const [updates, next] = tx.update(grads, state, params);
      const moved = optax.applyUpdates(params, updates);
      tf.dispose([params, grads, updates, state] as never);
      [params, state] = [moved, next];
      expectClose(flat(params), numbersOf(tensorOrder(expected)), 2e-6);
    });
    tf.dispose([params, state] as never);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('adafactor with factored moments agrees with optax', () => {
  tf.tidy(() => {
    const tx = optax.adafactor(0.1, { minDimSizeToFactor: 3 });
    const entries = Object.entries(recorded.factored.params);
    let params: unknown = Object.fromEntries(entries.map(([name, values]) => [name, tf.tensor(values)]));
    let state = tx.init(params);
    recorded.factored.steps.forEach((expected, step) => {
      const grads = treeMap((p) => tf.add(tf.mul(0.5, p as tf.Tensor), 0.25 * (step + 1)), params);
      const [updates, next] = tx.update(grads, state, params);
      [params, state] = [optax.applyUpdates(params, updates), next];
      expectClose(flat(params), numbersOf([expected['cube']!, expected['wide']!]), 2e-6);
    });
  });
});

describe('hyperparameters in the state', () => {
  const grads = () => ({ w: tf.tensor1d([1, -2]) });
  const step = (tx: optax.GradientTransformation<optax.InjectHyperparamsState>, state: optax.InjectHyperparamsState) =>
    tx.update(grads(), state, grads());

  test('are named as in the factory, and may be set from outside', () => {
    tf.tidy(() => {
      const tx = optax.injectHyperparams(optax.sgd)(0.5, { momentum: 0.9 });
      const state = tx.init(grads());
      expect(Object.keys(state.hyperparams).sort()).toEqual(['learningRate', 'momentum']);
      state.hyperparams['learningRate'] = tf.scalar(0.25);
      const [updates, next] = step(tx, state);
      expectClose(flat(updates), [-0.25, 0.5], 1e-6);
      expectClose(flat(next.hyperparams['learningRate']), [0.25], 1e-6);
    });
  });

  test('of an arrow function, and none that was not passed', () => {
    tf.tidy(() => {
      const tx = optax.injectHyperparams((rate: number, { nesterov = true } = {}) => optax.sgd(rate, { nesterov }))(
        0.1,
      );
      const state = tx.init(grads());
      expect(Object.keys(state.hyperparams)).toEqual(['rate']);
      state.hyperparams['learningRate'] = tf.scalar(1);
      expect(() => step(tx, state)).toThrow("expected hyperparams among rate, got 'learningRate'");
    });
  });

  test('staticArgs stay numbers', () => {
    tf.tidy(() => {
      const factory = optax.injectHyperparams(optax.adafactor, { staticArgs: 'minDimSizeToFactor' });
      const state = factory(0.1, { minDimSizeToFactor: 2, decayRate: 0.7 }).init(grads());
      expect(Object.keys(state.hyperparams).sort()).toEqual(['decayRate', 'learningRate']);
    });
  });
});

describe('schedules agree with optax', () => {
  test.each(Object.keys(recorded.schedules))('%s', (name) => {
    tf.tidy(() => {
      const values = recorded.schedules[name]!.map(
        (_, count) => schedules[name]!(tf.scalar(count, 'int32')).dataSync()[0]!,
      );
      expectClose(values, recorded.schedules[name]!, 1e-6);
    });
  });
});

describe('losses agree with optax, in value and gradient', () => {
  test.each(Object.keys(recorded.losses))('%s', (name) => {
    tf.tidy(() => {
      const [value, pullback] = vjp(losses[name]!, tf.tensor(recorded.logits));
      expectClose([...value.dataSync()], numbersOf(recorded.losses[name]!.value), 1e-5);
      const [gradient] = pullback(tf.onesLike(value));
      expectClose([...gradient.dataSync()], numbersOf(recorded.losses[name]!.gradient), 1e-5);
    });
  });
});

test('labels of another shape are refused with both shapes', () => {
  tf.tidy(() => {
    expect(() => optax.softmaxCrossEntropyWithIntegerLabels(tf.ones([4, 3]), tf.ones([4, 3]))).toThrow(
      'expected labels of shape [4], got [4, 3]',
    );
  });
});

function tensors(tree: Nested): { dense: { kernel: tf.Tensor; bias: tf.Tensor }; scale: tf.Tensor } {
  const { dense, scale } = tree;
  return { dense: { kernel: tf.tensor(dense.kernel), bias: tf.tensor(dense.bias) }, scale: tf.scalar(scale) };
}

/** Leaves in the order of a tree with sorted keys. */
function tensorOrder({ dense, scale }: Nested): Numbers {
  return [dense.bias, dense.kernel, scale];
}

function flat(tree: unknown): number[] {
  return treeLeaves(tree).flatMap((leaf) => [...(leaf as tf.Tensor).dataSync()]);
}

function numbersOf(value: Numbers): number[] {
  return typeof value === 'number' ? [value] : value.flatMap(numbersOf);
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}
