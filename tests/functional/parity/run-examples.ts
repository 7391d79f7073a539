import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';
import { TrainState } from 'linen2nnx/training';
import { type TransformerConfig, transformerConfig } from '../../../fixtures/flax/examples/lm1b/linen/config.js';
import { decoder, temperatureSample } from '../../../fixtures/flax/examples/lm1b/linen/decode.js';
import { TransformerLM } from '../../../fixtures/flax/examples/lm1b/linen/models.js';
import * as lm from '../../../fixtures/flax/examples/lm1b/linen/train.js';
import { VAE } from '../../../fixtures/flax/examples/vae/linen/models.js';
import * as vae from '../../../fixtures/flax/examples/vae/linen/train.js';
import { tensorSafe } from '../tensor-safe.js';
import { inputOf, type InputSpec, numbersOf, type Recorded, type RecordedTree, tensorsOf } from './case.js';
import { check } from './errors.js';

/** What fixtures/flax/record-examples.py recorded of one program. */
export interface RecordedExample {
  readonly inputs: readonly InputSpec[];
  readonly recorded: { readonly [quantity: string]: RecordedTree };
}

const steps = 5;

/** The autoencoder: what it computes and generates, and five steps of training under `jax.jit`. */
export function runVae({ inputs, recorded }: RecordedExample): void {
  const name = 'VAE program';
  tensorSafe(() => {
    const x = tf.cast(tf.greater(inputOf(inputs[0]!) as tf.Tensor, 0), 'float32');
    const model = new VAE(3, 7, 12);
    const [key, first, second] = [0, 1, 2].map((seed) => jax.random.key(seed));
    check(name, 'initial, Linen', [model.init(key!, [x, first!]).params, recorded['params']!]);
    const params: nn.Params = tensorsOf(recorded['params']!);
    const z = jax.random.normal(jax.random.key(3), [2, 3]);
    check(name, 'output, Linen', [model.apply({ params }, [x, second!]), recorded['output']!]);
    const { generated } = vae.evaluate(model, params, x, z, second!);
    check(name, 'output, Linen', [generated, recorded['generated']!]);
    const loss = (p: nn.Params, i: number): tf.Tensor => {
      const [logits, mean, logvar] = model.apply({ params: p }, [x, jax.random.foldIn(jax.random.key(4), i)]);
      return vae.computeMetrics(logits, x, mean, logvar).loss;
    };
    check(name, 'gradient, Linen', [jax.grad((p: nn.Params) => loss(p, 0))(params), recorded['grads']!]);
    let state = TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
    const step = jax.jit((before: TrainState, batch: tf.Tensor, zKey: jax.Key) =>
      vae.trainStep(before, batch, zKey, model),
    );
    const losses = Array.from({ length: steps }, (_, i) => {
      const [after, value] = step(state, x, jax.random.foldIn(jax.random.key(4), i));
      state = after;
      return value;
    });
    checkTraining(name, { losses, after: state.params }, recorded);
  });
}

/** Configurations of the language model, as in the recording. */
export const languageModels: { readonly [program: string]: Partial<TransformerConfig> } = {
  lm1b: {},
  'lm1b, tied': { logitsViaEmbedding: true, posembInit: nn.initializers.normal(0.02) },
};

/** The language model: plain, packed and with dropout, five steps of training under `jax.jit`, decoding and sampling. */
export function runLanguageModel(program: string, { inputs, recorded }: RecordedExample): void {
  const name = program === 'lm1b' ? 'lm1b program' : 'lm1b program, tied embedding';
  const config = transformerConfig({ vocabSize: 11, outputVocabSize: 11, ...small, ...languageModels[program] });
  tensorSafe(() => {
    const present = tf.tensor2d([0, 1, 2].map((row) => [0, 1, 2, 3, 4, 5].map((i) => Number(row > 0 || i < 4))));
    const tokens = tf.mul(inputOf(inputs[0]!) as tf.Tensor, tf.cast(present, 'int32'));
    const model = new TransformerLM({ ...config, deterministic: true });
    check(name, 'initial, Linen', [model.init(jax.random.key(0), [tokens]).params, recorded['params']!]);
    const params: nn.Params = tensorsOf(recorded['params']!);
    check(name, 'output, Linen', [model.apply({ params }, [tokens]), recorded['output']!]);
    const packed = model.apply({ params }, [
      tokens,
      tf.tensor2d(positions, [3, 6], 'int32'),
      tf.tensor2d(segmentation, [3, 6], 'int32'),
    ]);
    check(name, 'output, Linen', [packed, recorded['packed']!]);
    const training = new TransformerLM(config);
    const dropped = training.apply({ params }, [tokens], { rngs: { dropout: jax.random.key(6) } });
    check(name, 'output, Linen', [dropped, recorded['dropped']!]);
    trainLanguageModel(name, { config, params, tokens }, recorded);
    decode(name, { config, params, tokens }, recorded['decoding'] as never);
  });
}

const small = { embDim: 8, numHeads: 2, numLayers: 2, qkvDim: 12, mlpDim: 16, maxLen: 9 };
const segmentation = [
  [1, 1, 1, 1, 0, 0],
  [1, 1, 1, 2, 2, 2],
  [1, 2, 2, 2, 2, 2],
];
const positions = [
  [0, 1, 2, 3, 0, 0],
  [0, 1, 2, 0, 1, 2],
  [0, 0, 1, 2, 3, 4],
];

interface LanguageModel {
  readonly config: TransformerConfig;
  readonly params: nn.Params;
  readonly tokens: tf.Tensor;
}

function trainLanguageModel(
  name: string,
  { config, params, tokens }: LanguageModel,
  recorded: RecordedExample['recorded'],
): void {
  const key = jax.random.key(5);
  const options = { length: 6, learningRate: 0.05, warmupSteps: 3 };
  let state = lm.createState(config, jax.random.key(0), options).replace({ params });
  const loss = (p: nn.Params) => {
    const rngs = { dropout: jax.random.foldIn(key, 0) };
    return lm.weightedCrossEntropy(new TransformerLM(config).apply({ params: p }, [tokens], { rngs }), tokens);
  };
  check(name, 'gradient, Linen', [jax.grad(loss)(params), recorded['grads']!]);
  const step = jax.jit((before: TrainState, inputs: tf.Tensor, dropoutKey: jax.Key) =>
    lm.trainStep(before, { inputs }, config, dropoutKey),
  );
  const losses = Array.from({ length: steps }, () => {
    const [after, value] = step(state, tokens, key);
    state = after;
    return value;
  });
  checkTraining(name, { losses, after: state.params }, recorded);
}

function checkTraining(
  name: string,
  { losses, after }: { readonly losses: tf.Tensor[]; readonly after: unknown },
  recorded: RecordedExample['recorded'],
): void {
  const expected = { losses: recorded['losses']!, after: recorded['after']! };
  check(name, 'training, Linen', [{ losses: tf.stack(losses), after }, expected]);
}

function decode(
  name: string,
  { config, params, tokens }: LanguageModel,
  recorded: { readonly outputs: RecordedTree; readonly cache: RecordedTree; readonly sampled: readonly Recorded[] },
): void {
  const start = decoder(config, params, [3, 6]);
  let { cache } = start;
  const outputs = [0, 1, 2, 3, 4, 5].map((i) => {
    const [logits, next] = start.nextLogits(tf.slice(tokens, [0, i], [3, 1]), cache);
    cache = next;
    return logits;
  });
  check(name, 'output, Linen', [outputs, recorded.outputs]);
  check(name, 'state, Linen', [cache, recorded.cache]);
  const prompts = tf.mul(tokens, tf.cast(tf.less(tf.range(0, 6), 2), 'int32'));
  const sampled = [0, 4].map((topK) => {
    const sampling = { key: jax.random.key(9), temperature: 0.8, topK, endToken: 2 };
    return [...temperatureSample(prompts, start, sampling).dataSync()];
  });
  expect(sampled).toEqual(recorded.sampled.map((each) => [...numbersOf(each)]));
}
