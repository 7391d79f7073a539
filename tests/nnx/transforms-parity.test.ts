import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { keyWords } from '../../runtime/core/key.js';
import { expectNear, expectUlps, recording, type RecordedTree } from '../functional/flax-recording.js';
import { modelSafe } from './model-safe.js';

const recorded = recording('nnx-transforms.json') as unknown as { readonly [part: string]: RecordedTree };
const line = () => tf.linspace(-1, 1, 12).reshape([3, 4]);
const x = () => tf.sub(tf.add(tf.square(line()), tf.mul(line(), 0.3)), 0.4);
const xs = () => tf.stack([x(), tf.mul(x(), 2), tf.sub(x(), 1)]);

class Block extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;
  readonly dropout: nnx.Dropout;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(4, 4, { rngs });
    this.norm = new nnx.BatchNorm(4, { momentum: 0.9, rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return tf.relu(this.dropout.call(this.norm.call(this.linear.call(x))));
  }
}

const stacked = (n: number, seed = 0): Block =>
  nnx.splitRngs({ splits: n })(nnx.vmap((rngs: nnx.Rngs) => new Block({ rngs }), { inAxes: [0], outAxes: 0 }))(
    new nnx.Rngs(seed),
  );

/** Variables as recorded: keys as their words, counters as numbers. */
function numbers(tree: object): object {
  const entries = nnx.toFlatState(tree as nnx.State).map(([path, variable]): readonly [nnx.Path, unknown] => {
    const value: unknown = variable.value;
    if (value instanceof tf.Tensor) return [path, value];
    if (variable instanceof nnx.RngKey) {
      const words = Float32Array.from(keyWords(variable.value), (word) => word);
      return [path, tf.tensor(words, [...variable.value.shape, 2])];
    }
    const counts = variable as unknown as nnx.RngCount;
    return [path, tf.tensor(Float32Array.from(counts.value), [...counts.shape])];
  });
  return nnx.fromFlatState(entries as never);
}

const stateOf = (model: object) => numbers(nnx.state(model));

describe.each(['cpu', 'wasm'])('transforms against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  const part = (name: string) => recorded[name] as RecordedTree;

  test('construction under splitRngs and vmap', () => {
    modelSafe((own) => {
      expectUlps(stateOf(own(stacked(3))), part('construction')['state']!);
      const rngs = new nnx.Rngs(0, { params: 1 });
      const axes = new nnx.StateAxes([
        ['params', 0],
        ['...', null],
      ]);
      const create = nnx.splitRngs({ splits: 3, only: 'params' })(
        nnx.vmap((rngs: nnx.Rngs) => new nnx.Linear(2, 3, { rngs }), { inAxes: [axes], outAxes: 0 }),
      );
      expectUlps(stateOf(own(create(rngs))), part('construction')['only']!);
      expectUlps(stateOf(rngs), part('construction')['rngs']!, 0);
    });
  });

  test('scan over layers: masks, statistics, counters, gradients', () => {
    modelSafe((own) => {
      const model = own(stacked(3));
      const forward = nnx.scan((x: tf.Tensor, block: Block) => block.call(x), {
        inAxes: [nnx.Carry, 0],
        outAxes: nnx.Carry,
      });
      expectNear(forward(x(), model), part('scan')['first']!);
      expectNear(forward(x(), model), part('scan')['second']!);
      expectNear(stateOf(model), part('scan')['after']!);
      const other = own(stacked(3));
      const loss = (model: Block, x: tf.Tensor) => tf.sum(tf.square(forward(x, model)));
      const [value, grads] = nnx.valueAndGrad(loss)(other, x());
      expectNear(value, part('scan')['loss']!);
      expectNear(nnx.toPureDict(grads), part('scan')['grads']!, 2e-5);
    });
  });

  test('scan with carried statistics and shared streams', () => {
    modelSafe((own) => {
      const block = own(new Block({ rngs: new nnx.Rngs(3) }));
      const axes = new nnx.StateAxes([
        [[nnx.Param, nnx.RngState], null],
        [nnx.BatchStat, nnx.Carry],
      ]);
      const step = nnx.scan((c: tf.Tensor, block: Block, x: tf.Tensor) => [tf.add(c, 1), block.call(x)], {
        inAxes: [nnx.Carry, axes, 0],
        outAxes: [nnx.Carry, 0],
      });
      const [carry, ys] = step(tf.scalar(0), block, xs());
      expectNear(carry, part('scanCarry')['carry']!);
      expectNear(ys, part('scanCarry')['ys']!);
      expectNear(stateOf(block), part('scanCarry')['state']!);
    });
  });

  test('vmap: an ensemble with its own statistics, one model shared', () => {
    modelSafe((own) => {
      const model = own(stacked(3));
      const each = nnx.vmap((block: Block, x: tf.Tensor) => block.call(x), { inAxes: [0, 0], outAxes: 1 });
      expectNear(each(model, xs()), part('vmap')['ensemble']!);
      expectNear(stateOf(model), part('vmap')['after']!);
      const block = own(new Block({ rngs: new nnx.Rngs(3) }));
      block.eval();
      const shared = nnx.vmap((block: Block, x: tf.Tensor) => block.call(x), { inAxes: [null, 0] });
      expectNear(shared(block, xs()), part('vmap')['shared']!);
    });
  });

  test('cond, foriLoop, remat', () => {
    modelSafe((own) => {
      const block = own(new Block({ rngs: new nnx.Rngs(6) }));
      const run = (block: Block, x: tf.Tensor) => block.call(x);
      const taken = nnx.cond(tf.scalar(true), run, (_block: Block, x: tf.Tensor) => x, block, x());
      expectNear(taken, part('control')['cond']!);
      const [looped] = nnx.foriLoop(0, 3, (_i, [x, block]) => [block.call(x), block], [x(), block] as [
        tf.Tensor,
        Block,
      ]);
      expectNear(looped, part('control')['fori']!);
      expectNear(nnx.remat(run)(block, x()), part('control')['remat']!);
      const loss = (block: Block, x: tf.Tensor) => tf.sum(tf.square(nnx.remat(run)(block, x)));
      expectNear(nnx.toPureDict(nnx.grad(loss)(block, x())), part('control')['grads']!, 2e-5);
      expectNear(stateOf(block), part('control')['state']!);
    });
  });

  test('jit: DiffState, Optimizer wrt, metrics, EMA', () => {
    modelSafe((own) => {
      const trained = new nnx.Any(new nnx.PathContains('kernel'), new nnx.PathContains('scale'));
      const model = own(new Block({ rngs: new nnx.Rngs(5) }));
      const optimizer = own(new nnx.Optimizer(model, optax.adam(1e-2), { wrt: trained }));
      const metrics = own(new nnx.MultiMetric({ loss: new nnx.metrics.Average('loss') }));
      const ema = own(new nnx.EMA(model, 0.9, { only: nnx.Param }));
      const lossOf = (model: Block, x: tf.Tensor) =>
        tf.add(tf.mean(tf.square(model.call(x))), tf.mean(model.linear.call(x)));
      const step = nnx.jit(
        (model: Block, optimizer: nnx.Optimizer, all: typeof metrics, ema: nnx.EMA, x: tf.Tensor) => {
          const argnums = new nnx.DiffState(0, trained);
          const [loss, grads] = nnx.valueAndGrad(lossOf, { argnums })(model, x);
          optimizer.update(model, grads);
          all.update({ loss });
          ema.update(model);
          return loss;
        },
      );
      const tensors = tf.memory().numTensors;
      const losses = [1, 2, 3, 4].map((i) => {
        const given = tf.tidy(() => tf.mul(x(), i));
        const loss = step(model, optimizer, metrics, ema, given);
        given.dispose();
        return loss;
      });
      expect(tf.memory().numTensors).toBe(tensors + 4);
      const expected = part('jit')['losses'] as unknown as RecordedTree[];
      losses.forEach((loss, i) => expectNear(loss, expected[i]!, 1e-4));
      expectNear(stateOf(model), part('jit')['state']!, 1e-4);
      expectNear(metrics.compute(), part('jit')['metrics']!, 1e-4);
      expectNear(numbers(nnx.state(own(ema.applyTo(model)), nnx.Param)), part('jit')['ema']!, 1e-4);
      expectNear(tf.cast(optimizer.step.value, 'float32'), part('jit')['step']!);
    });
  });

  test('metrics', () => {
    modelSafe((own) => {
      const average = own(new nnx.metrics.Average());
      const masked = own(new nnx.metrics.Average());
      const welford = own(new nnx.metrics.Welford());
      const accuracy = own(new nnx.metrics.Accuracy());
      const binary = own(new nnx.metrics.Accuracy({ threshold: 0.25 }));
      for (const values of [x(), tf.add(tf.mul(x(), 3), 1), tf.mul(x().slice([0, 0], [1, 4]), 0.5)]) {
        average.update({ values });
        welford.update({ values });
        masked.update({ values, mask: tf.greater(values, 0) });
        const rest = tf.argMax(tf.neg(values), -1).slice([1]);
        accuracy.update({ logits: values, labels: tf.concat([tf.tensor1d([3], 'int32'), rest]) });
        const [first, second] = tf.unstack(values, -1);
        binary.update({ logits: first!, labels: tf.cast(tf.greater(second!, 0), 'int32') });
      }
      average.update({ values: 2.5 });
      const { mean, standardErrorOfMean, standardDeviation } = welford.compute();
      expectNear(average.compute(), part('metrics')['average']!);
      expectNear(masked.compute(), part('metrics')['masked']!);
      expectNear(accuracy.compute(), part('metrics')['accuracy']!);
      expectNear(binary.compute(), part('metrics')['binary']!);
      expectNear([mean, standardErrorOfMean, standardDeviation] as never, part('metrics')['welford']!);
      average.reset();
      expect(average.compute().dataSync()[0]).toBeNaN();
      expect(() => accuracy.update({ logits: x(), labels: x() })).toThrow(
        /^Accuracy: expected labels of shape \[3\] for logits of shape \[3, 4\], got \[3, 4\]\./,
      );
      expect(() => average.update({ loss: 1 })).toThrow(/^Average: expected a value 'values', got loss\./);
    });
  });

  test('streams', () => {
    tf.tidy(() => {
      const rngs = new nnx.Rngs(0, { params: 1, dropout: 2 });
      rngs.dropout();
      const expectStreams = (node: object, name: string) => expectUlps(stateOf(node), part('streams')[name]!, 0);
      const backups = nnx.splitRngs(rngs, { splits: [2, 2], only: ['params', 'dropout'] });
      expectStreams(rngs, 'split');
      nnx.restoreRngs(backups);
      expectStreams(rngs, 'restored');
      const forked = nnx.forkRngs(rngs, {});
      expectStreams(rngs, 'forked');
      nnx.restoreRngs(forked);
      expectStreams(rngs.broadcast(2), 'broadcast');
      const block = stacked(3);
      nnx.reseed(block.dropout, { dropout: 9, default: 7 }, { policy: 'match_shape' });
      expectStreams(block.dropout, 'reseeded');
      expectStreams(rngs, 'after');
      tf.dispose(jax.tree.leaves(nnx.state(block, new nnx.Not(nnx.RngState))));
    });
  });
});
