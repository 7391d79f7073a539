import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';
import { keyWords } from '../../runtime/core/key.js';
import { key } from '../../runtime/random/keys.js';
import { staticHash } from '../../runtime/linen/fold-static.js';
import {
  expectNear,
  expectUlps,
  near,
  recording,
  type RecordedTree,
  tensorOf,
  tensorsIn,
} from '../functional/flax-recording.js';
import { tensorSafe } from '../functional/tensor-safe.js';

const recorded = recording('linen.json');

describe('key derivation', () => {
  test.each([
    [[1], 0xbf8b4530],
    [['Dense_0', 1], 0xb2b71315],
    [['Dense_0', 2], 0x8916588a],
    [['Block_0', 'Dense_0', 1], 0x3aa45437],
    [['Dropout_0', 1], 0xa1a37726],
  ])('the hash of %j is that of Flax', (parts, hash) => {
    expect(staticHash(parts)).toBe(hash);
  });

  test('a long path spans several SHA-1 blocks', () => {
    // sha1('a' * 200).hexdigest() starts with e61cfffe.
    expect(staticHash(['a'.repeat(100), 'a'.repeat(100)])).toBe(0xe61cfffe);
  });

  class Keys extends nn.Module {
    @nn.compact
    call(): { [name: string]: number[] } {
      const draw = (stream?: string) => [...keyWords(this.makeRng(stream))];
      return { first: draw(), second: draw(), noise: draw('noise') };
    }
  }

  test('draws follow path and counter', () => {
    const [drawn] = new Keys().initWithOutput({ params: key(0), noise: key(3) }, []);
    expect(drawn).toEqual(recorded['keys']);
  });
});

describe.each(['cpu', 'wasm'])('layers against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each<[string, nn.Layer]>([
    ['dense', new nn.Dense(4)],
    ['denseNoBias', new nn.Dense(4, { useBias: false })],
    ['embed', new nn.Embed(5, 3)],
    ['layerNorm', new nn.LayerNorm()],
    ['layerNormSlow', new nn.LayerNorm({ useFastVariance: false, useBias: false })],
    ['batchNormEval', new nn.BatchNorm({ useRunningAverage: true })],
  ])('%s: parameters and output', (name, layer) => {
    const { input, variables, output } = recorded[name]! as unknown as RecordedTree;
    tensorSafe(() => {
      const x = tensorOf(input!);
      const mine = layer.init(key(0), [x]);
      expectUlps(mine, variables!);
      expectNear(layer.apply(mine, [x]), output!);
    });
  });

  test('Embed: ids from the end, and attend', () => {
    const { outOfRange, attend } = recorded['embed']! as unknown as RecordedTree;
    tensorSafe(() => {
      const embed = new nn.Embed(5, 3);
      const variables = embed.init(key(0), [tf.tensor1d([0], 'int32')]);
      expectNear(embed.apply(variables, [tf.tensor1d([-1, -5, 4], 'int32')]), outOfRange!);
      const beyond = embed.apply(variables, [tf.tensor1d([5, -6, 0], 'int32')]).arraySync() as number[][];
      expect(beyond.map((row) => row.every(Number.isNaN))).toEqual([true, true, false]);
      const x = tf.slice(tensorOf((recorded['dense'] as unknown as RecordedTree)['input']!), [0, 0], [8, 3]);
      expectNear(embed.apply(variables, [x], { method: 'attend' }), attend!);
    });
  });

  test('BatchNorm: batch statistics, their update, a mask', () => {
    const { output, updates, masked } = recorded['batchNormTrain']! as unknown as RecordedTree;
    tensorSafe(() => {
      const x = tensorOf((recorded['dense'] as unknown as RecordedTree)['input']!);
      const norm = new nn.BatchNorm({ useRunningAverage: false });
      const variables = norm.init(key(0), [x]);
      const [y, changed] = norm.apply(variables, [x], { mutable: ['batch_stats'] });
      expectNear(y, output!);
      expectNear(changed, updates!);
      const mask = tf.reshape(tf.less(tf.range(0, 8), 5), [8, 1]);
      expectNear(norm.apply(variables, [x, { mask }], { mutable: ['batch_stats'] })[0], masked!);
    });
  });

  test('Dropout: the mask to the bit', () => {
    tensorSafe(() => {
      const ones = tf.ones([4, 8]);
      const rngs = { dropout: key(1) };
      const plain = new nn.Dropout(0.5, { deterministic: false }).apply({}, [ones], { rngs });
      expectUlps(plain, recorded['dropout']!, 0);
      const broadcast = new nn.Dropout(0.25, { broadcastDims: [0], deterministic: false }).apply({}, [ones], { rngs });
      expectUlps(broadcast, recorded['dropoutBroadcast']!, 1);
    });
  });
});

class Block extends nn.Module {
  constructor(readonly features: number) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features, { useBias: false }).call(x);
    x = new nn.BatchNorm({ useRunningAverage: !training, momentum: 0.9 }).call(x);
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    return tf.relu(x);
  }
}

class Model extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Block(16).call(x, training);
    x = new Block(16).call(x, training);
    x = new nn.LayerNorm().call(x);
    return new nn.Dense(4).call(x);
  }
}

describe.each(['cpu', 'wasm'])('a model against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const { input, labels, variables, evaluation, training, updates, loss, grads, steps } = recorded[
    'model'
  ]! as unknown as RecordedTree;

  test('parameters, evaluation, training with statistics', () => {
    tensorSafe(() => {
      const model = new Model();
      const x = tensorOf(input!);
      const mine = model.init(key(0), [x, false]);
      expectUlps(mine, variables!);
      expectNear(model.apply(mine, [x, false]), evaluation!);
      const [logits, changed] = model.apply(tensorsIn(variables!) as nn.Variables, [x, true], {
        rngs: { dropout: key(5) },
        mutable: ['batch_stats'],
      });
      expectNear(logits, training!, 1e-4);
      expectNear(changed.batch_stats, updates!);
    });
  });

  const lossOf = (x: tf.Tensor, y: tf.Tensor) => (params: nn.Params, stats: nn.Collection, dropout: jax.Key) => {
    const given = { params, batch_stats: stats };
    const [logits, changed] = new Model().apply(given, [x, true], { rngs: { dropout }, mutable: ['batch_stats'] });
    return [tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, y)), changed.batch_stats] as const;
  };

  test('loss and gradients', () => {
    tensorSafe(() => {
      const { params, batch_stats: stats } = tensorsIn(variables!) as nn.Variables;
      const [[value], gradients] = jax.valueAndGrad(lossOf(tensorOf(input!), tensorOf(labels!)), { hasAux: true })(
        params,
        stats,
        key(5),
      );
      expectNear(value, loss!);
      expectNear(gradients, grads!);
    });
  });

  test.each([
    ['sgd', () => optax.sgd(0.1)],
    ['momentum', () => optax.sgd(0.1, { momentum: 0.9 })],
    ['adam', () => optax.adam(1e-2)],
    ['adamw', () => optax.adamw(1e-2, { weightDecay: 1e-2 })],
  ])('five steps of %s', (name, make) => {
    tensorSafe(() => {
      const tx = make();
      let { params, batch_stats: stats } = tensorsIn(variables!) as nn.Variables;
      let state = tx.init(params);
      const gradient = jax.valueAndGrad(lossOf(tensorOf(input!), tensorOf(labels!)), { hasAux: true });
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) {
        const [[value, changed], grads] = gradient(params, stats, jax.random.foldIn(key(5), step));
        const [updates, next] = tx.update(grads, state, params);
        params = optax.applyUpdates(params, updates);
        [state, stats] = [next, changed];
        losses.push(value.dataSync()[0]!);
      }
      const expected = steps![name]!;
      expect(losses.map((each, i) => near(each, Number((expected['losses'] as never)[i]), 1e-4))).not.toContain(false);
      expectNear(params, expected['params']!, 1e-3);
      expectNear(stats, expected['batch_stats']!, 1e-3);
    });
  });
});
