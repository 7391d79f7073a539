import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { type ApplyFunction, TrainState } from 'linen2nnx/training';
import { sameStructure, treeStructure } from '../../runtime/core/tree.js';
import { near } from '../functional/flax-recording.js';
import { tensorSafe } from '../functional/tensor-safe.js';
import { modelSafe } from '../nnx/model-safe.js';

class Regression extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, training = false): tf.Tensor {
    x = new nn.Dense(4).call(x);
    x = new nn.BatchNorm({ useRunningAverage: !training }).call(x);
    return new nn.Dense(1).call(x);
  }
}

class StatsState extends TrainState<ApplyFunction<tf.Tensor>> {
  declare batchStats: nn.Collection;
}

describe('TrainState', () => {
  test("Flax's docstring: Dense(2), l2 loss, adam(1e-3) goes from 1.8136346 to 1.8079796", () => {
    tensorSafe(() => {
      const x = tf.ones([1, 2]);
      const y = tf.ones([1, 2]);
      const model = new nn.Dense(2);
      const { params } = model.init(jax.random.key(0), [x]);
      let state = TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
      const lossFn = (params: nn.Params) => tf.mean(optax.l2Loss(state.applyFn({ params }, [x]), y));
      const [before, grads] = jax.valueAndGrad(lossFn)(state.params);
      state = state.applyGradients({ grads });
      const [after] = jax.valueAndGrad(lossFn)(state.params);
      expect(before.dataSync()[0]).toBeCloseTo(1.8136346, 6);
      expect(after.dataSync()[0]).toBeCloseTo(1.8079796, 6);
      expect(state.step.dataSync()[0]).toBe(1);
      expect(state.step.dtype).toBe('int32');
    });
  });

  test('a subclass carries its fields through updates and through trees', () => {
    tensorSafe(() => {
      const x = jax.random.normal(jax.random.key(1), [8, 3]);
      const model = new Regression();
      const { params, batch_stats: batchStats } = model.init(jax.random.key(0), [x]);
      const state = StatsState.create({ applyFn: model.apply, params, batchStats, tx: optax.sgd(0.1) });
      const lossFn = (params: nn.Params) => {
        const [y, updates] = state.applyFn({ params, batch_stats: state.batchStats }, [x, true], {
          mutable: ['batch_stats'],
        });
        return [tf.mean(tf.square(y)), updates.batch_stats] as const;
      };
      const [grads, stats] = jax.grad(lossFn, { hasAux: true })(state.params);
      const next = state.applyGradients({ grads }).replace({ batchStats: stats });
      expect(next).toBeInstanceOf(StatsState);
      expect(next.batchStats).toBe(stats);
      expect(state.batchStats).toBe(batchStats);
      const doubled = jax.tree.map((leaf: tf.Tensor) => tf.mul(leaf, 2), next);
      expect(doubled).toBeInstanceOf(StatsState);
      expect(doubled.tx).toBe(state.tx);
      expect(doubled.step.dataSync()[0]).toBe(2);
    });
  });

  test('states of another optimizer have another structure', () => {
    tensorSafe(() => {
      const model = new nn.Dense(2);
      const { params } = model.init(jax.random.key(0), [tf.ones([1, 2])]);
      const [tx, other] = [optax.sgd(0.1), optax.sgd(0.1)];
      const state = TrainState.create({ applyFn: model.apply, params, tx });
      const same = (a: unknown, b: unknown) => sameStructure(treeStructure(a), treeStructure(b));
      expect(same(state, state.replace({ params }))).toBe(true);
      expect(same(state, state.replace({ tx: other }))).toBe(false);
    });
  });

  test('model.apply is one function, so that states of one model have one structure', () => {
    const model = new Regression();
    expect(model.apply).toBe(model.apply);
    expect(new Regression().apply).not.toBe(model.apply);
  });

  test('3.8 with NNX: graphdef.apply, statistics returned', () => {
    modelSafe((own) => {
      class Net extends nnx.Module {
        readonly linear: nnx.Linear;
        readonly norm: nnx.BatchNorm;
        constructor({ rngs }: { rngs: nnx.Rngs }) {
          super();
          this.linear = new nnx.Linear(6, 4, { rngs });
          this.norm = new nnx.BatchNorm(4, { rngs });
        }
        call(x: tf.Tensor): tf.Tensor {
          return this.norm.call(this.linear.call(x));
        }
      }
      const model = own(new Net({ rngs: new nnx.Rngs(0) }));
      model.train();
      const [graphdef, params, otherVariables] = nnx.split(model, nnx.Param, '...');

      class State extends TrainState<typeof graphdef.apply, nnx.State> {
        declare otherVariables: nnx.State;
      }

      let state = State.create({ applyFn: graphdef.apply, params, otherVariables, tx: optax.adam(1e-3) });

      const trainStep = jax.jit((state: State, inputs: tf.Tensor, labels: tf.Tensor) => {
        const lossFn = (params: nnx.State) => {
          const [logits, [, updates]] = state.applyFn(params, state.otherVariables)(inputs);
          const loss = tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
          const [, otherVariables] = nnx.splitState(updates, nnx.Param, '...');
          return [loss, otherVariables] as const;
        };
        const [grads, otherVariables] = jax.grad(lossFn, { hasAux: true })(state.params);
        return state.applyGradients({ grads }).replace({ otherVariables });
      });

      const x = jax.random.normal(jax.random.key(1), [8, 6]);
      const y = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');
      const mean = () => state.otherVariables.norm!.mean!.value as unknown as tf.Tensor;
      const before = mean().dataSync();
      for (let i = 0; i < 3; i++) state = trainStep(state, x, y);
      expect(state.step.dataSync()[0]).toBe(3);
      expect(near(mean().dataSync()[0]!, before[0]!, 1e-9)).toBe(false);
      expect(model.norm.mean.value.dataSync()).toEqual(before);
    });
  });
});
