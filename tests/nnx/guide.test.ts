import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
import * as jax from 'linen2nnx/jax';
import * as optax from 'linen2nnx/optax';
import { modelSafe } from './model-safe.js';

// The listings of the guide's sections, NNX side, as the surface prints them.

class Block extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly dropout: nnx.Dropout;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.dropout.call(x);
    x = tf.relu(x);
    return x;
  }
}

class Model extends nnx.Module {
  readonly block: Block;
  readonly linear: nnx.Linear;

  constructor(din: number, dmid: number, dout: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.block = new Block(din, dmid, { rngs });
    this.linear = new nnx.Linear(dmid, dout, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.block.call(x);
    x = this.linear.call(x);
    return x;
  }
}

class Counter extends nnx.Variable<tf.Scalar> {}

class CountingBlock extends nnx.Module {
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

class AutoEncoder extends nnx.Module {
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
    x = this.encode(x);
    x = this.decode(x);
    return x;
  }
}

describe('the guide, NNX side', () => {
  test('3.1, 3.2 variables as attributes', () => {
    modelSafe((own) => {
      const model = own(new Model(784, 256, 10, { rngs: new nnx.Rngs(0) }));
      expect(model.linear.bias.value.shape).toEqual([10]);
      expect(model.block.linear.kernel.value.shape).toEqual([784, 256]);
    });
  });

  test('3.3 training step', () => {
    modelSafe((own) => {
      const model = own(new Model(6, 32, 4, { rngs: new nnx.Rngs(0) }));
      const x = jax.random.normal(jax.random.key(1), [8, 6]);
      const y = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');

      model.train();

      const trainStep = nnx.jit((model: Model, inputs: tf.Tensor, labels: tf.Tensor) => {
        const lossFn = (model: Model) => {
          const logits = model.call(inputs);
          return tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
        };
        const grads = nnx.grad(lossFn)(model);
        const [, params, rest] = nnx.split(model, nnx.Param, '...');
        nnx.update(
          model,
          nnx.mergeState(
            jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads),
            rest,
          ),
        );
      });

      const evaluate = () => {
        const evaluation = nnx.view(model, { deterministic: true });
        return tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(evaluation.call(x), y)).dataSync()[0]!;
      };
      const before = evaluate();
      const tensors = tf.memory().numTensors;
      for (let i = 0; i < 20; i++) trainStep(model, x, y);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(evaluate()).toBeLessThan(before * 0.8);
      expect(model.block.dropout.rngs!.count.value[0]).toBe(20);
    });
  });

  test('3.4 variable types', () => {
    modelSafe((own) => {
      const model = own(new CountingBlock(4, 4, { rngs: new nnx.Rngs(0) }));
      const [graphdef, params, batchStats, counter] = nnx.split(model, nnx.Param, nnx.BatchStat, Counter);
      const again = own(nnx.merge(graphdef, params, batchStats, counter));
      expect(Object.keys(params)).toEqual(['batchnorm', 'dense']);
      expect(Object.keys(batchStats.batchnorm!)).toEqual(['mean', 'var']);
      expect(counter.count!.value).toBe(model.count.value);
      again.call(tf.ones([2, 4]));
      expect(again.count.value.dataSync()[0]).toBe(1);
      expect(model.count.value.dataSync()[0]).toBe(0);
    });
  });

  test('3.5 several methods', () => {
    modelSafe((own) => {
      const model = own(new AutoEncoder(5, 3, 5, { rngs: new nnx.Rngs(0) }));
      const x = tf.ones([2, 5]);
      expect(model.decode(model.encode(x)).dataSync()).toEqual(model.call(x).dataSync());
    });
  });

  test('3.6 scan over time', () => {
    class RNNCell extends nnx.Module {
      readonly linear: nnx.Linear;

      constructor(
        inputSize: number,
        readonly hiddenSize: number,
        { rngs }: { rngs: nnx.Rngs },
      ) {
        super();
        this.linear = new nnx.Linear(hiddenSize + inputSize, hiddenSize, { rngs });
      }

      call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
        let h = tf.concat([carry, x], -1);
        h = this.linear.call(h);
        h = tf.relu(h);
        return [h, h];
      }

      initialState(batchSize: number): tf.Tensor {
        return tf.zeros([batchSize, this.hiddenSize]);
      }
    }

    class RNN extends nnx.Module {
      readonly rnn: RNNCell;

      constructor(inputSize: number, hiddenSize: number, { rngs }: { rngs: nnx.Rngs }) {
        super();
        this.rnn = new RNNCell(inputSize, hiddenSize, { rngs });
      }

      call(x: tf.Tensor): tf.Tensor {
        const carry = this.rnn.initialState(x.shape[0]!);
        const scanCell = nnx.scan((carry: tf.Tensor, cell: RNNCell, x: tf.Tensor) => cell.call(carry, x), {
          inAxes: [nnx.Carry, null, 1],
          outAxes: [nnx.Carry, 1],
        });
        const [, y] = scanCell(carry, this.rnn, x);
        return y;
      }
    }
    modelSafe((own) => {
      const model = own(new RNN(3, 4, { rngs: new nnx.Rngs(0) }));
      const x = jax.random.normal(jax.random.key(1), [2, 5, 3]);
      let h = tf.zeros([2, 4]);
      const steps = tf.unstack(x, 1).map((each) => (h = model.rnn.call(h, each)[0]));
      const expected = [...tf.stack(steps, 1).dataSync()];
      const close = expected.map((value) => expect.closeTo(value, 5) as unknown);
      expect([...model.call(x).dataSync()]).toEqual(close);
      expect([
        ...nnx
          .jit((model: RNN, x: tf.Tensor) => model.call(x))(model, x)
          .dataSync(),
      ]).toEqual(close);
    });
  });

  test('3.7 scan over layers, and the older form with streams split around it', () => {
    class Layer extends nnx.Module {
      readonly linear: nnx.Linear;
      readonly dropout: nnx.Dropout;

      constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
        super();
        this.linear = new nnx.Linear(inFeatures, features, { rngs });
        this.dropout = new nnx.Dropout(0.5, { rngs });
      }

      call(x: tf.Tensor): tf.Tensor {
        x = this.linear.call(x);
        x = this.dropout.call(x);
        x = tf.relu(x);
        return x;
      }
    }

    class MLP extends nnx.Module {
      readonly blocks: Layer;

      constructor(
        features: number,
        readonly numLayers: number,
        { rngs }: { rngs: nnx.Rngs },
      ) {
        super();
        const createBlock = nnx.splitRngs({ splits: numLayers })(
          nnx.vmap((rngs: nnx.Rngs) => new Layer(features, features, { rngs }), { inAxes: 0, outAxes: 0 }),
        );
        this.blocks = createBlock(rngs);
      }

      call(x: tf.Tensor, { older = false }: { older?: boolean } = {}): tf.Tensor {
        const scanBlock = nnx.scan((x: tf.Tensor, block: Layer) => block.call(x), {
          inAxes: [nnx.Carry, 0],
          outAxes: nnx.Carry,
        });
        return older ? nnx.splitRngs({ splits: this.numLayers })(scanBlock)(x, this.blocks) : scanBlock(x, this.blocks);
      }
    }
    modelSafe((own) => {
      const model = own(new MLP(8, 5, { rngs: new nnx.Rngs(0) }));
      expect([model.blocks.linear.kernel.shape, model.blocks.dropout.rngs!.key.value.shape]).toEqual([[5, 8, 8], [5]]);
      const x = jax.random.normal(jax.random.key(1), [2, 8]);
      const trained = model.call(x).dataSync();
      expect(model.call(x).dataSync()).not.toEqual(trained);
      model.eval();
      expect(model.call(x, { older: true }).dataSync()).toEqual(model.call(x).dataSync());
      expect([...model.blocks.dropout.rngs!.count.value]).toEqual([2, 2, 2, 2, 2]);
    });
  });

  test('3.8 a TrainState-like step through graphdef.apply', () => {
    modelSafe((own) => {
      const model = own(new CountingBlock(4, 2, { rngs: new nnx.Rngs(0) }));
      const [graphdef, params, rest] = nnx.split(model, nnx.Param, '...');
      const [output, [, updates]] = graphdef.apply(params, rest)(tf.ones([3, 4]));
      expect(output.shape).toEqual([3, 2]);
      expect(updates.count!.value).not.toBe(model.count.value);
      expect(model.count.value.dataSync()[0]).toBe(0);
    });
  });
});
