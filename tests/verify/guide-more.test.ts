import { describe, expect, test } from '@jest/globals';
import { planOf, submodule, trainingFlag } from './guide-pair.js';
import { complaints, failedStages, verify } from './project.js';

const old = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
`;
const fresh = `import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
`;

describe('collections and variable types (guide)', () => {
  const linen = `${old}
export class Block extends nn.Module {
  dense!: nn.Dense;
  batchnorm!: nn.BatchNorm;
  count!: nn.VariableRef<tf.Scalar>;

  constructor(readonly features: number) {
    super();
  }

  setup() {
    this.dense = new nn.Dense(this.features);
    this.batchnorm = new nn.BatchNorm({ momentum: 0.99 });
    this.count = this.variable('counter', 'count', () => tf.scalar(0, 'int32'));
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = this.dense.call(x);
    x = this.batchnorm.call(x, { useRunningAverage: !training });
    this.count.value = tf.add(this.count.value, tf.scalar(1, 'int32'));
    x = tf.relu(x);
    return x;
  }
}

const x = jax.random.normal(jax.random.key(0), [2, 4]);
const model = new Block(4);
const variables = model.init(jax.random.key(0), [x, true]);
`;
  const nnx = `${fresh}
export class Counter extends nnx.Variable<tf.Scalar> {}

export class Block extends nnx.Module {
  readonly dense: nnx.Linear;
  readonly batchnorm: nnx.BatchNorm;
  readonly count: Counter;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.dense = new nnx.Linear(inFeatures, features, { rngs });
    this.batchnorm = new nnx.BatchNorm(features, { momentum: 0.99, rngs });
    this.count = new Counter(tf.scalar(0, 'int32'));
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.dense.call(x);
    x = this.batchnorm.call(x);
    this.count.value = tf.add(this.count.value, tf.scalar(1, 'int32'));
    x = tf.relu(x);
    return x;
  }
}

const model = new Block(4, 4, { rngs: new nnx.Rngs(0) });
`;
  const run = (text: string) =>
    verify({
      linen: { 'block.ts': linen },
      nnx: { 'block.ts': text },
      collections: [{ collection: 'counter', variable: 'Counter', source: 'block.ts' }],
      modules: [
        planOf({
          class: 'block.ts#Block',
          sizes: ['inFeatures'],
          fields: ['features'],
          modules: [submodule('dense', 'dense', 'layer:Dense'), submodule('batchnorm', 'batchnorm', 'layer:BatchNorm')],
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
          modes: ['useRunningAverage'],
        }),
      ],
    });

  test('are identical', async () => {
    const report = await run(nnx);
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
  });

  test('a counter that does not count is rejected by the state', async () => {
    expect(failedStages(await run(nnx.replace('tf.scalar(1,', 'tf.scalar(2,')))[0]).toBe(4);
  });

  test('a wrong variable class is rejected by the structure', async () => {
    const report = await run(nnx.replaceAll('Counter', 'Other'));
    expect(complaints(report)[0]).toContain('count is a Other, expected Counter');
  });
});

describe('multiple methods (guide)', () => {
  const linen = `${old}
export class AutoEncoder extends nn.Module {
  encoder!: nn.Dense;
  decoder!: nn.Dense;

  constructor(readonly embedDim: number, readonly outputDim: number) {
    super();
  }

  setup() {
    this.encoder = new nn.Dense(this.embedDim);
    this.decoder = new nn.Dense(this.outputDim);
  }

  encode(x: tf.Tensor): tf.Tensor {
    return this.encoder.call(x);
  }

  decode(x: tf.Tensor): tf.Tensor {
    return this.decoder.call(x);
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.decode(this.encode(x));
  }
}
new AutoEncoder(3, 5);
const model = new AutoEncoder(3, 5);
const variables = model.init(jax.random.key(0), [tf.ones([1, 5])]);
`;
  const nnx = `${fresh}
export class AutoEncoder extends nnx.Module {
  readonly encoder: nnx.Linear;
  readonly decoder: nnx.Linear;

  constructor(inDim: number, embedDim: number, outputDim: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.encoder = new nnx.Linear(inDim, embedDim, { rngs });
    this.decoder = new nnx.Linear(embedDim, outputDim, { rngs });
  }

  encode(x: tf.Tensor): tf.Tensor {
    return this.encoder.call(x);
  }

  decode(x: tf.Tensor): tf.Tensor {
    return this.decoder.call(x);
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.decode(this.encode(x));
  }
}
`;
  const run = (text: string) =>
    verify({
      linen: { 'coder.ts': linen },
      nnx: { 'coder.ts': text },
      modules: [
        planOf({
          class: 'coder.ts#AutoEncoder',
          sizes: ['inDim'],
          fields: ['embedDim', 'outputDim'],
          modules: [submodule('encoder', 'encoder', 'layer:Dense'), submodule('decoder', 'decoder', 'layer:Dense')],
          methods: { encode: { positions: [0], mode: null }, decode: { positions: [0], mode: null } },
        }),
      ],
    });

  test('are identical, the size found from the shapes', async () => {
    const report = await run(nnx);
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
  });

  test('a method that call does not use is compared as well', async () => {
    const wrong = nnx
      .replace('return this.encoder.call(x);', 'return tf.relu(this.encoder.call(x));')
      .replace('this.decode(this.encode(x))', 'this.decode(this.encoder.call(x))');
    expect(failedStages(await run(wrong))).toEqual([9]);
  });

  test('a size that fits nothing is rejected by the structure', async () => {
    const report = await run(nnx.replace('nnx.Linear(inDim,', 'nnx.Linear(inDim + 1,'));
    expect([complaints(report)[0], failedStages(report)[0]]).toEqual([expect.stringContaining('encoder.kernel'), 1]);
  });
});
