/** Stages 5, 8 and 11, each on a fault that the stages before it do not see. */
import { describe, expect, test } from '@jest/globals';
import { planOf, submodule, trainingFlag } from './guide-pair.js';
import { complaints, failedStages, verify } from './project.js';
import type { VerifyOptions } from '../../src/verify/request.js';

const linen = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';

export class Gate extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const gate = tf.sigmoid(new nn.Dense(3).call(x));
    this.sow('losses', 'balance', tf.mean(tf.square(gate)));
    this.sow('intermediates', 'gate', gate);
    return tf.mul(x, gate);
  }
}

export class Net extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(3).call(x);
    x = new Gate().call(x);
    x = new Gate().call(x);
    this.sow('losses', 'size', tf.mean(x), { reduceFn: (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), initFn: () => tf.scalar(0) });
    const count = this.variable('counter', 'count', () => tf.scalar(0));
    if (!this.isInitializing() && training) count.value = tf.add(count.value, 1);
    return new nn.Dropout(0.25).call(tf.div(x, tf.add(count.value, 1)), { deterministic: !training });
  }
}

new Net().init(jax.random.key(0), [tf.ones([2, 4]), false]);
`;
const nnx = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';

export class Losses extends nnx.Variable {}
export class Counter extends nnx.Variable<tf.Tensor> {}

export class Gate extends nnx.Module {
  readonly linear: nnx.Linear;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(3, 3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    const gate = tf.sigmoid(this.linear.call(x));
    this.sow(Losses, 'balance', tf.mean(tf.square(gate)));
    this.sow(nnx.Intermediate, 'gate', gate);
    return tf.mul(x, gate);
  }
}

export class Net extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly gate: Gate;
  readonly gate2: Gate;
  readonly dropout: nnx.Dropout;
  readonly count: Counter;
  steps: number | null = null;

  constructor(din: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(din, 3, { rngs });
    this.gate = new Gate({ rngs });
    this.gate2 = new Gate({ rngs });
    this.dropout = new nnx.Dropout(0.25, { rngs });
    this.count = new Counter(tf.scalar(0));
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.gate.call(x);
    x = this.gate2.call(x);
    this.sow(Losses, 'size', tf.mean(x), { reduceFn: (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), initFn: () => tf.scalar(0) });
    if (!this.dropout.deterministic) this.count.value = tf.add(this.count.value, 1);
    return this.dropout.call(tf.div(x, tf.add(this.count.value, 1)));
  }
}
`;
const path = 'src/net.ts';
const modules = [
  planOf({ class: `${path}#Gate`, sizes: [], fields: [], modules: [submodule('Dense_0', 'linear', 'layer:Dense')] }),
  planOf({
    class: `${path}#Net`,
    sizes: ['din'],
    fields: [],
    modules: [
      submodule('Dense_0', 'linear', 'layer:Dense'),
      submodule('Gate_0', 'gate', `${path}#Gate`),
      submodule('Gate_1', 'gate2', `${path}#Gate`),
      submodule('Dropout_0', 'dropout', 'layer:Dropout'),
    ],
    variables: [
      {
        collection: 'counter',
        linen: 'count',
        nnx: 'count',
        variable: 'Counter',
        axis: { op: 'none' },
        initialValue: null,
      },
    ],
    flag: trainingFlag,
    modes: ['deterministic'],
    streams: ['dropout'],
  }),
];
const collections = [
  { collection: 'losses', variable: 'Losses', source: path },
  { collection: 'counter', variable: 'Counter', source: path },
];

function verifyNet(text: string, options: Partial<VerifyOptions> = {}) {
  return verify({ linen: { [path]: linen }, nnx: { [path]: text }, modules, collections, options });
}

async function mutated(from: string, to: string, options: Partial<VerifyOptions> = {}) {
  const text = nnx.replace(from, () => to);
  expect(text).not.toBe(nnx);
  const report = await verifyNet(text, options);
  const failed = report.stages.find((each) => each.status === 'failed');
  return { report, stages: failedStages(report), code: failed?.code, reason: failed?.reason ?? '' };
}

describe('sown values, resuming, backends', () => {
  test('the correct conversion is identical on each backend, and no stage is left out', async () => {
    const report = await verifyNet(nnx, { backends: ['cpu', 'wasm'] });
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
    const passed = report.stages.filter((each) => each.status === 'passed' && [5, 8, 11].includes(each.stage));
    expect(passed.map(({ backend, stage }) => `${backend} ${stage}`)).toEqual([
      'cpu 5',
      'cpu 8',
      'wasm 5',
      'wasm 8',
      'wasm 11',
    ]);
    expect(passed.every((each) => each.compared > 4)).toBe(true);
  });

  test.each<[string, string, string, RegExp]>([
    ['lost', "this.sow(Losses, 'balance', tf.mean(tf.square(gate)));", '', /gate\.balance.* is missing/],
    ['scaled', 'tf.mean(tf.square(gate))', 'tf.mul(2, tf.mean(tf.square(gate)))', /gate2?\.balance/],
    ['of another type', "this.sow(Losses, 'balance'", "this.sow(nnx.Intermediate, 'balance'", /Losses \(Linen\)/],
    ['under another name', "'balance'", "'Balance'", /is missing/],
    [
      'sown twice',
      "this.sow(nnx.Intermediate, 'gate', gate);",
      "this.sow(nnx.Intermediate, 'gate', gate);\n    this.sow(nnx.Intermediate, 'gate', gate);",
      /gate\.gate.*\[1\].* is new/,
    ],
    [
      'cut off from its parameters',
      'tf.mean(tf.square(gate))',
      'jax.lax.stopGradient(tf.mean(tf.square(gate)))',
      /gradient of what is sown/,
    ],
    ['not added up', 'tf.add(a, b), initFn', 'tf.sub(a, b), initFn', /size/],
  ])('a sown loss that is %s is seen by stage 5 alone', async (_, from, to, reason) => {
    const found = await mutated(from, to);
    expect([found.stages, found.code]).toEqual([[5], 'L2N506']);
    expect(found.reason).toMatch(reason);
  });

  test('state in a plain field, which no checkpoint holds, is seen by stage 8 alone', async () => {
    const count = 'if (!this.dropout.deterministic) this.count.value = tf.add(this.count.value, 1);';
    const plain = `if (!this.dropout.deterministic) {
      this.steps = (this.steps ?? this.count.value.dataSync()[0]!) + 1;
      this.count.value = tf.scalar(this.steps);
    }`;
    const found = await mutated(count, plain);
    expect([found.stages, found.code]).toEqual([[8], 'L2N509']);
    expect(found.reason).toMatch(/^saved after step 3 and loaded: step 4: /);
  });

  test('a version that computes otherwise on one backend is seen by stage 11', async () => {
    const options = { backends: ['cpu', 'wasm'], stages: [0, 11] } as const;
    const found = await mutated(
      'return tf.mul(x, gate);',
      "return tf.mul(tf.mul(x, gate), tf.getBackend() === 'wasm' ? 1.001 : 1);",
      options,
    );
    expect([found.stages, found.code]).toEqual([[11], 'L2N515']);
    expect(found.reason).toMatch(/(evaluation|training) output/);
  });

  test('with one backend stage 11 is told, and leaves the verdict alone', async () => {
    const report = await verifyNet(nnx, { stages: [0, 2, 11] });
    expect(report.verdict).toBe('identical');
    const [stage] = report.stages.filter((each) => each.stage === 11);
    expect([stage!.status, stage!.code, stage!.reason]).toEqual(['skipped', null, 'only one backend was asked for']);
  });
});
