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
