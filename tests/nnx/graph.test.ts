import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { withObserver } from '../../runtime/core/observer.js';
import { modelSafe } from './model-safe.js';

class Tied extends nnx.Module {
  readonly embed: nnx.Embed;
  readonly blocks: nnx.Linear[];
  readonly heads: { z: nnx.Linear; a: nnx.Linear | null };
  readonly again: nnx.Embed;
  readonly sizes = [1, 2, 3];
  self: Tied | null = null;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.embed = new nnx.Embed(5, 4, { rngs });
    this.blocks = [new nnx.Linear(4, 4, { rngs }), new nnx.Linear(4, 4, { useBias: false, rngs })];
    this.heads = { z: this.blocks[0]!, a: null };
    this.again = this.embed;
  }
  call(ids: tf.Tensor): tf.Tensor {
    let x = this.embed.call(ids);
    for (const block of this.blocks) x = block.call(x);
    return this.again.attend(this.heads.z.call(x));
  }
}

const make = () => new Tied({ rngs: new nnx.Rngs(0) });
const ids = () => tf.tensor1d([0, 3], 'int32');
const pathsOf = (state: nnx.State) => nnx.toFlatState(state).map(([path]) => path.join('.'));

describe('graphs', () => {
  test('each variable once, under its first path in sorted order', () => {
    modelSafe((own) => {
      const model = own(make());
      expect(pathsOf(nnx.state(model))).toEqual([
        'again.embedding',
        'blocks.0.bias',
        'blocks.0.kernel',
        'blocks.1.kernel',
      ]);
    });
  });

  test('merge and clone keep sharing and cycles, and own copies', () => {
    modelSafe((own) => {
      const model = own(make());
      model.self = model;
      const [graphdef, state] = nnx.split(model);
      for (const copy of [own(nnx.merge(graphdef, state)), own(nnx.clone(model))]) {
        expect(copy).toBeInstanceOf(Tied);
        expect(copy.again).toBe(copy.embed);
        expect(copy.heads.z).toBe(copy.blocks[0]);
        expect(copy.self).toBe(copy);
        expect(copy.sizes).toEqual([1, 2, 3]);
        expect(copy.embed.embedding).not.toBe(model.embed.embedding);
        expect(copy.call(ids()).dataSync()).toEqual(model.call(ids()).dataSync());
        copy.embed.embedding.value = tf.zeros([5, 4]);
        expect(model.embed.embedding.value.dataSync().every((value) => value === 0)).toBe(false);
      }
    });
  });

  test('split shares the variables, as in Flax; leftovers are an error', () => {
    modelSafe((own) => {
      const model = own(make());
      const [, state] = nnx.split(model, nnx.Param);
      expect(state.again!.embedding).toBe(model.embed.embedding);
      expect(() => nnx.split(model, nnx.BatchStat)).toThrow(/^nnx\.split: expected filters that take in all variables/);
      expect(() => nnx.split(model, '...', nnx.Param)).toThrow(/expected '\.\.\.' as the last filter/);
    });
  });

  test('update takes copies of tensors, and names an entry that the model lacks', () => {
    modelSafe((own) => {
      const model = own(make());
      const given = tf.ones([5, 4]);
      nnx.update(model, { again: { embedding: given } });
      model.embed.embedding.value = tf.zeros([5, 4]);
      expect(given.isDisposed).toBe(false);
      expect(() => nnx.update(model, { blocks: { 2: { kernel: given } } })).toThrow(/got one at blocks\.2\.kernel/);
    });
  });

  test('pop removes, iterModules goes children first', () => {
    modelSafe((own) => {
      const model = own(make());
      expect([...nnx.iterModules(model)].map(([path]) => path.join('.'))).toEqual([
        'again',
        'blocks.0',
        'blocks.1',
        '',
      ]);
      const gone = nnx.pop(model, new nnx.PathContains('bias'));
      expect(pathsOf(gone)).toEqual(['blocks.0.bias']);
      expect(Object.hasOwn(model.blocks[0]!, 'bias')).toBe(false);
      tf.dispose(gone.blocks!['0']!.bias!.value);
    });
  });

  test.each<[string, nnx.Filter, number]>([
    ['a class', nnx.Param, 6],
    ['a base class', nnx.Variable, 10],
    ['a tag', 'default', 2],
    ['a path part', new nnx.PathContains('kernel'), 1],
    ['part of a path part', new nnx.PathContains('ker', { exact: false }), 1],
    ['paths', new nnx.PathIn(['norm', 'mean'], ['none']), 1],
    ['all of', new nnx.All(nnx.BatchStat, new nnx.PathContains('var')), 1],
    ['any of', new nnx.Any(nnx.BatchStat, nnx.RngKey), 3],
    ['any of an array', [nnx.BatchStat, nnx.RngKey], 3],
    ['none of', new nnx.Not(nnx.Param), 4],
    ['a predicate', (path) => path[0] === 'norm', 4],
    ['everything', '...', 10],
    ['nothing', null, 0],
  ])('filters: %s', (_name, filter, count) => {
    class Net extends nnx.Module {
      readonly linear = new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) });
      readonly norm = new nnx.BatchNorm(2, { rngs: new nnx.Rngs(0) });
      readonly dropout = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) });
      readonly extra = new nnx.Param(tf.scalar(1));
      readonly scale = new nnx.Param(tf.scalar(1));
    }
    modelSafe((own) => {
      expect(nnx.toFlatState(nnx.state(own(new Net()), filter))).toHaveLength(count);
    });
  });
});

describe('modes', () => {
  class Net extends nnx.Module {
    readonly norm = new nnx.BatchNorm(2, { rngs: new nnx.Rngs(0) });
    readonly dropout = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) });
    call(x: tf.Tensor): tf.Tensor {
      return this.dropout.call(this.norm.call(x));
    }
  }

  test('train, eval, view', () => {
    modelSafe((own) => {
      const model = own(new Net());
      const evaluation = nnx.view(model, { deterministic: true, useRunningAverage: true });
      evaluation.call(tf.ones([2, 2]));
      expect(evaluation.norm.mean).toBe(model.norm.mean);
      expect([model.dropout.deterministic, model.norm.useRunningAverage]).toEqual([false, false]);
      model.eval();
      expect([model.dropout.deterministic, model.norm.useRunningAverage]).toEqual([true, true]);
      model.train();
      expect([model.dropout.deterministic, model.norm.useRunningAverage]).toEqual([false, false]);
      expect(() => model.setAttributes({ decode: true })).toThrow(/^Net: expected a module with decode, got none\.\n/);
      expect(model.dropout.rngs!.count.value[0]).toBe(0);
    });
  });

  test('a view draws from the streams of the model', () => {
    modelSafe((own) => {
      const model = own(new Net());
      const other = nnx.view(model, { useRunningAverage: true });
      other.call(tf.ones([2, 2]));
      expect(model.dropout.rngs!.count.value[0]).toBe(1);
      expect(other.dropout.rngs!.count).toBe(model.dropout.rngs!.count);
    });
  });

  test('observers see calls, modes and keys, and may replace keys', () => {
    modelSafe((own) => {
      const model = own(new Net());
      const seen: unknown[] = [];
      const observer = {
        call: ({ module }: { module: object }) => seen.push(module.constructor.name),
        mode: ({ option, value }: { option: string; value: boolean }) => seen.push(`${option} ${value}`),
        key: ({ module, stream, index }: { module: object; stream: string; index: number }) => {
          seen.push([module === model.dropout, stream, index]);
          return jax.random.key(9);
        },
      };
      const first = withObserver(observer, () => model.call(tf.ones([2, 2])));
      const second = withObserver(observer, () => model.call(tf.ones([2, 2])));
      expect(seen.slice(0, 6)).toEqual([
        'useRunningAverage false',
        'BatchNorm',
        'deterministic false',
        [true, 'dropout', 0],
        'Dropout',
        'Net',
      ]);
      expect(seen[9]).toEqual([true, 'dropout', 1]);
      expect(first.dataSync()).toEqual(second.dataSync());
    });
  });

  test('capture collects what is sown, by type and path', () => {
    class Sower extends nnx.Module {
      readonly inner = new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) });
      call(x: tf.Tensor): tf.Tensor {
        const h = this.inner.call(x);
        this.sow(nnx.Intermediate, 'h', h);
        this.sow(nnx.Intermediate, 'h', x);
        return h;
      }
    }
    class Outer extends nnx.Module {
      readonly sower = new Sower();
      call(x: tf.Tensor): tf.Tensor {
        return this.sower.call(x);
      }
    }
    modelSafe((own) => {
      const model = own(new Outer());
      expect(model.sower.sow(nnx.Intermediate, 'h', tf.ones([1]))).toBe(false);
      const [y, found] = nnx.capture(model, nnx.Intermediate)(tf.ones([1, 2]));
      const values = found.sower!.h!.value as unknown as tf.Tensor[];
      expect(values).toHaveLength(2);
      expect(values[0]).toBe(y);
      expect(nnx.toFlatState(nnx.state(model))).toHaveLength(2);
    });
  });
});

describe('whole graphs', () => {
  test('recursiveMap and findDuplicates', () => {
    modelSafe((own) => {
      const model = own(make());
      expect(nnx.findDuplicates(model).map((paths) => paths.map((path) => path.join('.')))).toEqual([
        ['again', 'embed'],
        ['blocks.0', 'heads.z'],
      ]);
      const seen: string[] = [];
      const copy = nnx.recursiveMap((path, node) => {
        if (node instanceof nnx.Linear) seen.push(path.join('.'));
        return node instanceof nnx.Linear ? 'linear' : node;
      }, model);
      expect([seen, copy.blocks, copy.heads.z]).toEqual([['blocks.0', 'blocks.1'], ['linear', 'linear'], 'linear']);
      expect(model.blocks[0]).toBeInstanceOf(nnx.Linear);
    });
  });

  test('tabulate runs on shapes and changes nothing', () => {
    modelSafe((own) => {
      const model = own(make());
      const table = nnx.tabulate(model, [ids()]);
      const row = (path: string) =>
        table
          .split('\n')
          .find((line) => line.startsWith(`│ ${path} `))!
          .split('│');
      expect(row('blocks/1').map((cell) => cell.trim())).toEqual([
        ...['', 'blocks/1', 'Linear', 'float32[2,4]', 'float32[2,4]', 'kernel: float32[4,4]', ''],
      ]);
      expect(table).toContain('Total Parameters: 56 (224 B)');
      expect(() => nnx.tabulate(model, [ids()], { computeFlops: true })).toThrow(
        /^nnx\.tabulate: expected computeFlops/,
      );
    });
  });
});

describe('ownership', () => {
  test('a variable keeps its tensor through tidy, and disposes what it replaces', () => {
    const before = tf.memory().numTensors;
    let variable!: nnx.Param;
    tf.tidy(() => {
      variable = new nnx.Param<tf.Tensor>(tf.ones([2]));
    });
    const old = variable.value;
    tf.tidy(() => {
      variable.value = tf.add(variable.value, 1);
    });
    expect(old.isDisposed).toBe(true);
    expect([...variable.value.dataSync()]).toEqual([2, 2]);
    const same = variable.value;
    variable.value = same;
    expect(variable.value.isDisposed).toBe(false);
    tf.dispose(variable.value);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('two variables never own one tensor', () => {
    const before = tf.memory().numTensors;
    const a = new nnx.Param<tf.Tensor>(tf.ones([2]));
    const b = new nnx.Param<tf.Tensor>(a.value);
    a.value = tf.zeros([2]);
    expect([...b.value.dataSync()]).toEqual([1, 1]);
    tf.dispose([a.value, b.value]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a merged module outlives the tidy it was made in and changes of the original', () => {
    modelSafe((own) => {
      const model = own(make());
      const [graphdef, state] = nnx.split(model);
      let copy!: Tied;
      tf.tidy(() => {
        copy = own(nnx.merge(graphdef, state));
      });
      model.embed.embedding.value = tf.zeros([5, 4]);
      expect(copy.embed.embedding.value.isDisposed).toBe(false);
    });
  });

  test('a parameter that the loss itself sets stays set, and the old one is freed', () => {
    modelSafe((own) => {
      const model = own(new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) }));
      const tensors = tf.memory().numTensors;
      const grads = nnx.grad((model: nnx.Linear) => {
        const loss = tf.sum(model.call(tf.ones([1, 2])));
        model.bias.value = tf.ones([2]);
        return loss;
      })(model);
      expect([...model.bias.value.dataSync()]).toEqual([1, 1]);
      tf.dispose([grads.kernel!.value, grads.bias!.value]);
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });

  test('under jit an old value may be used after it is replaced', () => {
    modelSafe((own) => {
      class Net extends nnx.Module {
        readonly count = new nnx.Variable<tf.Tensor>(tf.scalar(1));
      }
      const model = own(new Net());
      const step = nnx.jit((model: Net) => {
        const old = model.count.value;
        model.count.value = tf.add(old, 1);
        return tf.add(old, model.count.value);
      });
      expect(step(model).dataSync()[0]).toBe(3);
      expect(model.count.value.dataSync()[0]).toBe(2);
    });
  });

  test('a failing step frees its tensors and leaves the parameters in place', () => {
    modelSafe((own) => {
      const model = own(new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) }));
      const kernel = model.kernel.value;
      const tensors = tf.memory().numTensors;
      const failing = nnx.grad((model: nnx.Linear) => {
        model.call(tf.ones([1, 2]));
        throw new Error('stop');
      });
      expect(() => failing(model)).toThrow('stop');
      expect(model.kernel.value).toBe(kernel);
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });
});

test('reseed reaches a stream by the name it was asked for', () => {
  modelSafe(() => {
    const layer = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) });
    const other = new nnx.Dropout(0.5, { rngs: new nnx.Rngs(1) });
    nnx.reseed(layer, { dropout: 3 });
    nnx.reseed(other, { dropout: 3 });
    expect(layer.call(tf.ones([32])).dataSync()).toEqual(other.call(tf.ones([32])).dataSync());
  });
});

describe('gradients and optimizers', () => {
  test('DiffState, several arguments, plain trees', () => {
    modelSafe((own) => {
      const model = own(new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) }));
      const loss = (model: nnx.Linear, scale: { s: tf.Tensor }) => tf.sum(tf.mul(model.call(tf.ones([1, 2])), scale.s));
      const biasOnly = new nnx.DiffState(0, new nnx.PathContains('bias'));
      const [grads, { s }] = nnx.grad(loss, { argnums: [biasOnly, 1] })(model, { s: tf.scalar(3) });
      expect(Object.keys(grads)).toEqual(['bias']);
      expect([...grads.bias!.value.dataSync()]).toEqual([3, 3]);
      expect(grads.bias).toBeInstanceOf(nnx.Param);
      expect(s.dataSync()[0]).toBeCloseTo(tf.sum(model.call(tf.ones([1, 2]))).dataSync()[0]!, 6);
    });
  });

  test('an optimizer trains what wrt selects, mirrors it in OptVariables, and names a missing gradient', () => {
    modelSafe((own) => {
      const model = own(new nnx.Linear(2, 1, { rngs: new nnx.Rngs(0) }));
      const wrt = new nnx.PathContains('bias');
      const optimizer = own(new nnx.Optimizer(model, optax.adam(0.1), { wrt }));
      const types = nnx
        .toFlatState(nnx.state(optimizer))
        .map(([path, variable]) => [path.join('.'), variable.constructor]);
      expect(types).toEqual([
        ['optState.0.count', nnx.OptArray],
        ['optState.0.mu.bias', nnx.OptVariable],
        ['optState.0.nu.bias', nnx.OptVariable],
        ['step', nnx.OptState],
      ]);
      const kernel = model.kernel.value;
      optimizer.update(model, { bias: tf.ones([1]) });
      expect(model.kernel.value).toBe(kernel);
      expect(model.bias.value.dataSync()[0]).toBeCloseTo(-0.1, 5);
      expect(() => optimizer.update(model, {})).toThrow(/^Optimizer\.update: .* got none for bias\.\n/);
    });
  });

  test('mistakes name shapes and sizes', () => {
    modelSafe((own) => {
      const rngs = new nnx.Rngs(0);
      const linear = own(new nnx.Linear(64, 2, { rngs }));
      expect(() => linear.call(tf.ones([8, 32]))).toThrow(
        'Linear: expected last axis 64, got shape [8, 32].\nIt was built with inFeatures 64. Pass 32, or reshape the input.',
      );
      const norm = own(new nnx.BatchNorm(3, { rngs }));
      expect(() => norm.call(tf.ones([2, 4]))).toThrow(/^BatchNorm: expected last axis 3, got shape \[2, 4\]/);
      expect(() => new nnx.Dropout(0.5).call(tf.ones([2]))).toThrow(
        /^Dropout: expected rngs in training mode, got none/,
      );
      expect(() => new nnx.Rngs({ params: 0 }).dropout()).toThrow(/expected stream 'dropout' or 'default', got params/);
      const [graphdef, state] = nnx.split(linear);
      expect(() => nnx.merge(graphdef, nnx.filterState(state, new nnx.PathContains('bias')))).toThrow(
        /expected an entry at kernel, got none/,
      );
    });
  });
});
