import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { keyWords } from '../../runtime/core/key.js';
import { expectNear, expectUlps, near, recording, type RecordedTree, tensorOf } from '../functional/flax-recording.js';
import { modelSafe } from './model-safe.js';

const recorded = recording('nnx.json');
const linen = recording('linen.json');
const part = (name: string) => recorded[name] as unknown as RecordedTree;
const { input, labels } = linen['model'] as unknown as RecordedTree;

/** The state without random streams, whose values are no tensors. */
const numeric = (model: object) => nnx.toPureDict(nnx.state(model, new nnx.Not(nnx.RngState)));
function withoutStreams(tree: RecordedTree): RecordedTree {
  const entries = Object.entries(tree).filter(([name]) => name !== 'rngs' && name !== 'dropout');
  return Object.fromEntries(
    entries.map(([name, each]) => [name, Array.isArray(each.data) ? each : withoutStreams(each)]),
  ) as RecordedTree;
}

describe.each(['cpu', 'wasm'])('layers against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each<[string, (rngs: nnx.Rngs) => nnx.Layer]>([
    ['linear', (rngs) => new nnx.Linear(6, 4, { rngs })],
    ['embed', (rngs) => new nnx.Embed(5, 3, { rngs })],
    ['layerNorm', (rngs) => new nnx.LayerNorm(6, { rngs })],
    ['batchNorm', (rngs) => new nnx.BatchNorm(6, { rngs })],
  ])('%s: state, output, state afterwards', (name, make) => {
    modelSafe((own) => {
      const layer = own(make(new nnx.Rngs(0)));
      expectUlps(numeric(layer), part(name)['state']!);
      const x = name === 'embed' ? tf.tensor2d([0, 1, 4, 2, 2, 3], [2, 3], 'int32') : tensorOf(input!);
      expectNear(layer.call(x), part(name)['output']!);
      expectNear(numeric(layer), part(name)['after']!);
    });
  });

  test('Dropout: three masks to the bit, and the stream', () => {
    modelSafe((own) => {
      const layer = own(new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) }));
      for (const output of part('dropout')['outputs'] as unknown as RecordedTree[]) {
        expectUlps(layer.call(tf.ones([8])), output, 0);
      }
      const { count, key } = part('dropout')['state']!['rngs']!;
      expect([...layer.rngs!.count.value]).toEqual(count!.data);
      expect([...keyWords(layer.rngs!.key.value)]).toEqual(key!.data);
    });
  });

  test('Rngs: counters, fallback, fork', () => {
    const rngs = new nnx.Rngs(0, { params: 1 });
    const draws = [rngs.params(), rngs.dropout(), rngs(), rngs.params(), rngs.fork().noise!(), rngs()];
    const expected = recorded['rngs'] as unknown as RecordedTree[];
    expect(draws.map((key) => [...keyWords(key)])).toEqual(expected.map(({ data }) => data));
  });

  test('reseed: new key, counter 0', () => {
    modelSafe(() => {
      const layer = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0, { dropout: 4 }) });
      layer.call(tf.ones([8]));
      nnx.reseed(layer, { dropout: 9 });
      expectUlps(layer.call(tf.ones([8])), part('reseed')['output']!, 0);
      expect([...keyWords(layer.rngs!.key.value)]).toEqual(part('reseed')['state']!['rngs']!['key']!.data);
    });
  });
});

class Block extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;
  readonly dropout: nnx.Dropout;
  constructor(din: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(din, features, { useBias: false, rngs });
    this.norm = new nnx.BatchNorm(features, { momentum: 0.9, rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }
  call(x: tf.Tensor): tf.Tensor {
    return tf.relu(this.dropout.call(this.norm.call(this.linear.call(x))));
  }
}

class Model extends nnx.Module {
  readonly blocks: Block[];
  readonly norm: nnx.LayerNorm;
  readonly linear: nnx.Linear;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.blocks = [new Block(6, 16, { rngs }), new Block(16, 16, { rngs })];
    this.norm = new nnx.LayerNorm(16, { rngs });
    this.linear = new nnx.Linear(16, 4, { rngs });
  }
  call(x: tf.Tensor): tf.Tensor {
    for (const block of this.blocks) x = block.call(x);
    return this.linear.call(this.norm.call(x));
  }
}

describe.each(['cpu', 'wasm'])('a model against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const lossOf = (x: tf.Tensor, y: tf.Tensor) => (model: Model) => {
    const logits = model.call(x);
    return [tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, y)), logits] as const;
  };

  test('state, evaluation, loss, gradients, state afterwards', () => {
    modelSafe((own) => {
      const model = own(new Model({ rngs: new nnx.Rngs(0) }));
      const [x, y] = [tensorOf(input!), tensorOf(labels!)];
      expectUlps(numeric(model), withoutStreams(part('model')['state']!));
      model.eval();
      expectNear(model.call(x), part('model')['evaluation']!);
      model.train();
      const tensors = tf.memory().numTensors;
      const [[loss, logits], grads] = nnx.valueAndGrad(lossOf(x, y), { hasAux: true })(model);
      expectNear(loss, part('model')['loss']!);
      expectNear(logits, part('model')['training']!, 1e-4);
      expectNear(nnx.toPureDict(grads), part('model')['grads']!);
      expectNear(numeric(model), withoutStreams(part('model')['after']!));
      expect([...model.blocks[1]!.dropout.rngs!.count.value]).toEqual([1]);
      tf.dispose([loss, logits, grads]);
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  test.each([
    ['sgd', () => optax.sgd(0.1)],
    ['momentum', () => optax.sgd(0.1, { momentum: 0.9 })],
    ['adam', () => optax.adam(1e-2)],
    ['adamw', () => optax.adamw(1e-2, { weightDecay: 1e-2 })],
  ])('five steps of %s', (name, make) => {
    modelSafe((own) => {
      const model = own(new Model({ rngs: new nnx.Rngs(0) }));
      const optimizer = own(new nnx.Optimizer(model, make(), { wrt: nnx.Param }));
      const [x, y] = [tensorOf(input!), tensorOf(labels!)];
      const step = nnx.jit((model: Model, optimizer: nnx.Optimizer) => {
        const [[loss], grads] = nnx.valueAndGrad(lossOf(x, y), { hasAux: true })(model);
        optimizer.update(model, grads);
        return loss;
      });
      const tensors = tf.memory().numTensors;
      const losses = Array.from({ length: 5 }, () => {
        const loss = step(model, optimizer);
        const [value] = loss.dataSync();
        loss.dispose();
        return value!;
      });
      expect(tf.memory().numTensors).toBe(tensors);
      const expected = part('model')['steps']![name]!;
      expect(losses.map((loss, i) => near(loss, Number((expected['losses'] as never)[i]), 1e-4))).not.toContain(false);
      expectNear(numeric(model), withoutStreams(expected['state']!), 1e-3);
      expect(optimizer.step.value.dataSync()[0]).toBe(5);
    });
  });
});
