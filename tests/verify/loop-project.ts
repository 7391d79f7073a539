/** A classifier with BatchNorm and Dropout, its training step and its prediction, in both styles. */
import type { ProgramPlan } from '../../src/ir/program.js';
import { planOf, submodule, trainingFlag } from './guide-pair.js';
import type { Project } from './project.js';

const modelLinen = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Net extends nn.Module {
  constructor(readonly width: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.width).call(x);
    x = new nn.BatchNorm({ momentum: 0.9 }).call(x, { useRunningAverage: !training });
    x = tf.relu(x);
    x = new nn.Dropout(0.25).call(x, { deterministic: !training });
    return new nn.Dense(3).call(x);
  }
}
`;
const modelNnx = `import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Net extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;
  readonly dropout: nnx.Dropout;
  readonly linear2: nnx.Linear;

  constructor(inFeatures: number, width: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, width, { rngs });
    this.norm = new nnx.BatchNorm(width, { momentum: 0.9, rngs });
    this.dropout = new nnx.Dropout(0.25, { rngs });
    this.linear2 = new nnx.Linear(width, 3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.norm.call(x);
    x = tf.relu(x);
    x = this.dropout.call(x);
    return this.linear2.call(x);
  }
}
`;
const trainLinen = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';
import { Net } from './net.js';

const model = new Net(6);
const variables = model.init(jax.random.key(0), [tf.ones([1, 5]), false]);
const tx = optax.adam(0.01);

export const trainStep = jax.jit((params: any, batchStats: any, optState: any, key: any, batch: any) => {
  const lossFn = (params: any) => {
    const [logits, updates] = model.apply({ params, batch_stats: batchStats }, [batch.images, true], {
      rngs: { dropout: key },
      mutable: ['batch_stats'],
    });
    const loss = tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, batch.labels));
    return [loss, { stats: updates.batch_stats, logits }] as const;
  };
  const [[loss, aux], grads] = jax.valueAndGrad(lossFn, { hasAux: true })(params);
  const [updates, nextState] = tx.update(grads, optState, params);
  const nextParams = optax.applyUpdates(params, updates);
  const accuracy = tf.mean(tf.cast(tf.equal(tf.argMax(aux.logits, -1), batch.labels), 'float32'));
  return [nextParams, aux.stats, nextState, { loss, accuracy }];
});

export const predict = jax.jit((params: any, batchStats: any, images: tf.Tensor) =>
  tf.softmax(model.apply({ params, batch_stats: batchStats }, [images, false])),
);

let params: any = variables.params;
let batchStats: any = variables.batch_stats;
let optState: any = tx.init(params);
for (let epoch = 0; epoch < 3; epoch++) {
  const batch = { images: tf.ones([4, 5]), labels: tf.zeros([4], 'int32') };
  [params, batchStats, optState] = trainStep(params, batchStats, optState, jax.random.key(epoch), batch);
  predict(params, batchStats, batch.images);
}
throw new Error('this file trains when it is imported');
`;
export const trainNnx = `import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { Net } from './net.js';

const model = new Net(5, 6, { rngs: new nnx.Rngs(0) });
const evalModel = nnx.view(model, { deterministic: true, useRunningAverage: true });
const tx = optax.adam(0.01);

export const trainStep = nnx.jit((model: Net, optimizer: nnx.Optimizer, batch: any) => {
  const lossFn = (model: Net) => {
    const logits = model.call(batch.images);
    const loss = tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, batch.labels));
    return [loss, { logits }] as const;
  };
  const [[loss, aux], grads] = nnx.valueAndGrad(lossFn, { hasAux: true })(model);
  optimizer.update(model, grads);
  const accuracy = tf.mean(tf.cast(tf.equal(tf.argMax(aux.logits, -1), batch.labels), 'float32'));
  return { loss, accuracy };
});

export const predict = nnx.jit((model: Net, images: tf.Tensor) => tf.softmax(model.call(images)));

const optimizer = new nnx.Optimizer(model, tx, { wrt: nnx.Param });
model.train();
for (let epoch = 0; epoch < 3; epoch++) {
  const batch = { images: tf.ones([4, 5]), labels: tf.zeros([4], 'int32') };
  trainStep(model, optimizer, batch);
  predict(evalModel, batch.images);
}
throw new Error('this file trains when it is imported');
`;

const model = 'model';
const step: ProgramPlan = {
  id: 'src/train.ts#trainStep',
  path: 'src/train.ts',
  name: 'trainStep',
  calls: [],
  models: [{ class: 'src/net.ts#Net', linenName: model, nnxName: model, via: 'parameter' }],
  closures: [],
  params: [
    { linen: 0, nnx: null, name: 'params', role: { role: 'variables', model, collection: 'params' } },
    { linen: 1, nnx: null, name: 'batchStats', role: { role: 'variables', model, collection: 'batch_stats' } },
    { linen: 2, nnx: null, name: 'optState', role: { role: 'optState', model, tx: 'tx' } },
    { linen: 3, nnx: null, name: 'key', role: { role: 'key', stream: 'dropout' } },
    { linen: 4, nnx: 2, name: 'batch', role: { role: 'value' } },
    { linen: null, nnx: 0, name: 'model', role: { role: 'model', model } },
    { linen: null, nnx: 1, name: 'optimizer', role: { role: 'optimizer', model, tx: 'tx' } },
  ],
  results: {
    parts: [
      { linen: [0], nnx: null, role: { role: 'variables', model, collection: 'params' } },
      { linen: [1], nnx: null, role: { role: 'variables', model, collection: 'batch_stats' } },
      { linen: [2], nnx: null, role: { role: 'optState', model, tx: 'tx' } },
      { linen: [3, 'loss'], nnx: ['loss'], role: { role: 'value' } },
      { linen: [3, 'accuracy'], nnx: ['accuracy'], role: { role: 'value' } },
    ],
  },
  mode: 'training',
};
const predict: ProgramPlan = {
  ...step,
  id: 'src/train.ts#predict',
  name: 'predict',
  params: [
    { linen: 0, nnx: null, name: 'params', role: { role: 'variables', model, collection: 'params' } },
    { linen: 1, nnx: null, name: 'batchStats', role: { role: 'variables', model, collection: 'batch_stats' } },
    { linen: 2, nnx: 1, name: 'images', role: { role: 'value' } },
    { linen: null, nnx: 0, name: 'model', role: { role: 'model', model } },
  ],
  results: { parts: [{ linen: [], nnx: [], role: { role: 'value' } }] },
  mode: 'evaluation',
};

export const loopProject: Project = {
  linen: { 'src/net.ts': modelLinen, 'src/train.ts': trainLinen },
  nnx: { 'src/net.ts': modelNnx, 'src/train.ts': trainNnx },
  modules: [
    planOf({
      class: 'src/net.ts#Net',
      sizes: ['inFeatures'],
      fields: ['width'],
      modules: [
        submodule('Dense_0', 'linear', 'layer:Dense'),
        submodule('BatchNorm_0', 'norm', 'layer:BatchNorm'),
        submodule('Dropout_0', 'dropout', 'layer:Dropout'),
        submodule('Dense_1', 'linear2', 'layer:Dense'),
      ],
      flag: trainingFlag,
      modes: ['deterministic', 'useRunningAverage'],
      streams: ['dropout'],
    }),
  ],
  programs: [step, predict],
};
