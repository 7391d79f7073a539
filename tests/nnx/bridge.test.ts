import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { expectNear, recording, type RecordedTree } from '../functional/flax-recording.js';
import { modelSafe } from './model-safe.js';

const recorded = recording('nnx-transforms.json')['bridge'] as unknown as RecordedTree;
const x = () => tf.linspace(-1, 1, 6).reshape([2, 3]);

class OldBlock extends nn.Module {
  static readonly moduleName = 'OldBlock';

  constructor(
    readonly features: number,
    options: nn.ModuleOptions = {},
  ) {
    super(options);
  }

  @nn.compact
  call(x: tf.Tensor, train: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    return new nn.BatchNorm({ useRunningAverage: !train, momentum: 0.9 }).call(x);
  }
}

class NewBlock extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;

  constructor(inFeatures: number, features: number, { rngs, bias = true }: { rngs: nnx.Rngs; bias?: boolean }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs, useBias: bias });
    this.norm = new nnx.BatchNorm(features, { rngs, momentum: 0.9 });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.norm.call(this.linear.call(x));
  }
}

class Mixed extends nnx.Module {
  readonly old: nnx.bridge.ToNNX<OldBlock>;
  readonly head: nnx.Linear;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.old = nnx.bridge.toNNX(new OldBlock(4), { rngs });
    this.head = new nnx.Linear(4, 1, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.head.call(this.old.call(x, false));
  }
}

describe('bridge.toNNX', () => {
  test('parameters, output and statistics as in Flax', () => {
    modelSafe((own) => {
      const model = own(nnx.bridge.toNNX(new OldBlock(4), { rngs: new nnx.Rngs(0) }).lazyInit([x(), true]));
      expectNear(nnx.toPureDict(nnx.state(model, new nnx.Not(nnx.RngState))), recorded['toNnx']!['state']!);
      expectNear(model.call(x(), false), recorded['toNnx']!['output']!);
      expectNear(model.apply([x(), true], { mutable: ['batch_stats'] }), recorded['toNnx']!['training']!);
      expectNear(nnx.toPureDict(nnx.state(model, nnx.BatchStat)), recorded['toNnx']!['after']!);
      expect(() => model.call(x(), true)).toThrow(/batch_stats/);
    });
  });

  test('within a model: created lazily, trained like any other', () => {
    modelSafe((own) => {
      const model = own(nnx.bridge.lazyInit(new Mixed({ rngs: new nnx.Rngs(0) }), [x()]));
      const input = x();
      const before = tf.memory().numTensors;
      const step = nnx.jit((model: Mixed, x: tf.Tensor) => {
        const grads = nnx.grad((model: Mixed) => tf.sum(model.call(x)))(model);
        nnx.update(
          model,
          jax.tree.map((p, g) => tf.sub(p, g), nnx.state(model, nnx.Param), grads),
        );
        return grads;
      });
      const grads = step(model, input);
      expect(nnx.toFlatState(grads).map(([path]) => path.join('.'))).toEqual([
        'head.bias',
        'head.kernel',
        'old.BatchNorm_0.bias',
        'old.BatchNorm_0.scale',
        'old.Dense_0.bias',
        'old.Dense_0.kernel',
      ]);
      tf.dispose(jax.tree.leaves(grads));
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

describe('bridge.toLinen', () => {
  test('variables, outputs and updates as in Flax', () => {
    tf.tidy(() => {
      const module = nnx.bridge.toLinen(NewBlock, [3, 4, { bias: false }]);
      const variables = module.init(jax.random.key(0), [x()]);
      expectNear(variables, recorded['toLinen']!['variables']!);
      const [output, updates] = module.apply(variables, [x()], { mutable: ['batch_stats'] });
      expectNear(output, recorded['toLinen']!['output']!);
      expectNear(updates, recorded['toLinen']!['updates']!);
      const loss = (params: nn.Params) => tf.sum(tf.square(module.apply({ ...variables, params }, [x()])));
      expect(Object.keys(jax.grad(loss)(variables.params))).toEqual(['linear', 'norm']);
      const odd = { ...variables, params: nn.freeze({ ...variables.params, other: tf.zeros([1]) }) as nn.Params };
      expect(() => module.apply(odd, [x()])).toThrow(/expected variables that NewBlock has, got one of 'params'/);
    });
  });

  test('as a submodule, without a leak', () => {
    class Outer extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return nnx.bridge.toLinen(nnx.Linear, [4, 2], { name: 'out' }).call(new nn.Dense(4).call(x));
      }
    }
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const variables = new Outer().init(jax.random.key(0), [x()]);
      expect(variables.params.out!.kernel!.shape).toEqual([4, 2]);
      expect(new Outer().apply(variables, [x()]).shape).toEqual([2, 2]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
