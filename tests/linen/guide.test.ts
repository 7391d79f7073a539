import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as jax from 'linen2nnx/jax';
import * as optax from 'linen2nnx/optax';
import { tensorSafe } from '../functional/tensor-safe.js';

// The listings of the guide's sections, Linen side, as the surface prints them.

class Block extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    x = tf.relu(x);
    return x;
  }
}

class Model extends nn.Module {
  constructor(
    readonly dmid: number,
    readonly dout: number,
  ) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Block(this.dmid).call(x, training);
    x = new nn.Dense(this.dout).call(x);
    return x;
  }
}

class CountingBlock extends nn.Module {
  static readonly moduleName = 'Block';
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

class AutoEncoder extends nn.Module {
  encoder!: nn.Dense;
  decoder!: nn.Dense;

  constructor(
    readonly embedDim: number,
    readonly outputDim: number,
  ) {
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
    x = this.encode(x);
    x = this.decode(x);
    return x;
  }
}

describe('the guide, Linen side', () => {
  test('3.1, 3.2 variables by automatic names', () => {
    tensorSafe(() => {
      const model = new Model(256, 10);
      const sampleX = tf.ones([1, 784]);
      const variables = model.init(jax.random.key(0), [sampleX, false]);
      const params = variables.params;
      expect(params.Dense_0!.bias!.shape).toEqual([10]);
      expect(params.Block_0!.Dense_0!.kernel!.shape).toEqual([784, 256]);
      expect(Object.keys(variables)).toEqual(['params']);
    });
  });

  test('3.3 training step', () => {
    tensorSafe(() => {
      const model = new Model(32, 4);
      const x = jax.random.normal(jax.random.key(1), [8, 6]);
      const y = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');
      let params = model.init(jax.random.key(0), [x, false]).params;
      const trainStep = jax.jit((key: jax.Key, params: nn.Params, inputs: tf.Tensor, labels: tf.Tensor) => {
        const lossFn = (params: nn.Params) => {
          const logits = model.apply({ params }, [inputs, true], { rngs: { dropout: key } });
          return tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
        };
        const grads = jax.grad(lossFn)(params);
        return jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads);
      });
      const loss = (params: nn.Params) =>
        tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(model.apply({ params }, [x, false]), y)).dataSync()[0]!;
      const before = loss(params);
      for (let i = 0; i < 20; i++) params = trainStep(jax.random.key(i), params, x, y);
      expect(loss(params)).toBeLessThan(before * 0.8);
    });
  });

  test('3.4 collections', () => {
    tensorSafe(() => {
      const x = jax.random.normal(jax.random.key(0), [2, 4]);
      const model = new CountingBlock(4);
      const variables = model.init(jax.random.key(0), [x, true]);
      const { params, batch_stats: batchStats, counter } = variables;
      const again = { params, batch_stats: batchStats, counter };
      expect(Object.keys(params)).toEqual(['dense', 'batchnorm']);
      expect(Object.keys(batchStats.batchnorm!)).toEqual(['mean', 'var']);
      expect(counter!.count!.dataSync()[0]).toBe(1);
      const [, updates] = model.apply(again, [x, true], { mutable: ['batch_stats', 'counter'] });
      expect(updates.counter.count!.dataSync()[0]).toBe(2);
      expect(updates.batch_stats.batchnorm!.mean.dataSync()).not.toEqual(batchStats.batchnorm!.mean.dataSync());
      expect(Object.keys(updates).sort()).toEqual(['batch_stats', 'counter']);
    });
  });

  test('3.5 methods by name, by reference and as functions', () => {
    tensorSafe(() => {
      const model = new AutoEncoder(3, 5);
      const x = jax.random.normal(jax.random.key(2), [2, 5]);
      const variables = model.init(jax.random.key(0), [x]);
      const byName = model.apply(variables, [x], { method: 'encode' });
      const byReference = model.apply(variables, [x], { method: AutoEncoder.prototype.encode });
      const byFunction = model.apply(variables, [x], { method: (m, x) => m.encode(x) });
      const bound = model.bind(variables);
      expect(byName.shape).toEqual([2, 3]);
      for (const each of [byReference, byFunction, bound.encode(x), bound.encoder.call(x)]) {
        expect(each.dataSync()).toEqual(byName.dataSync());
      }
      const decoded = model.apply(variables, [byName], { method: 'decode' });
      expect(decoded.dataSync()).toEqual(model.apply(variables, [x]).dataSync());
    });
  });
});
