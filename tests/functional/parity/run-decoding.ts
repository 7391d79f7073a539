import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { modelSafe } from '../../nnx/model-safe.js';
import { tensorSafe } from '../tensor-safe.js';
import { inputOf, type InputSpec, type RecordedTree } from './case.js';
import { check } from './errors.js';
import * as linenModels from './linen-models.js';
import * as nnxModels from './nnx-models.js';

export interface RecordedSteps {
  readonly inputs: readonly InputSpec[];
  readonly [style: string]: unknown;
}
interface Steps {
  readonly outputs: RecordedTree;
  readonly cache: RecordedTree;
  readonly variables: RecordedTree;
  readonly state: RecordedTree;
}

const at = (x: tf.Tensor, i: number) => tf.slice(x, [0, i], [2, 1]);

/** An attention layer with a cache, position by position. */
export function decodeLayer(recorded: RecordedSteps): void {
  const [linen, inNnx] = [recorded['linenSteps'], recorded['nnxSteps']] as [Steps, Steps];
  const name = 'MultiHeadAttention, decoding';
  tensorSafe(() => {
    const x = inputOf(recorded.inputs[0]!) as tf.Tensor;
    const layer = new nn.MultiHeadAttention(2, { decode: true });
    const variables = layer.init(jax.random.key(0), [x]);
    check(name, 'initial, Linen', [variables, linen.variables]);
    const { params } = variables;
    let { cache } = variables;
    const outputs = [0, 1, 2, 3, 4].map((i) => {
      const step = at(x, i);
      const [y, updates] = layer.apply({ params, cache }, [step], { mutable: ['cache'] });
      cache = updates.cache;
      return y;
    });
    check(name, 'output, Linen', [outputs, linen.outputs]);
    check(name, 'state, Linen', [cache, linen.cache]);
  });
  modelSafe((own) => {
    const x = inputOf(recorded.inputs[0]!) as tf.Tensor;
    const layer = own(new nnx.MultiHeadAttention(2, 8, { decode: true, rngs: new nnx.Rngs(0) }));
    layer.initCache([2, 5, 8]);
    const outputs = [0, 1, 2, 3, 4].map((i) => layer.call(at(x, i)));
    check(name, 'output, NNX', [outputs, inNnx.outputs]);
    check(name, 'state, NNX', [nnx.toPureDict(nnx.state(layer)), inNnx.state], { camel: true });
  });
}

/** The transformer with caches, position by position. */
export function decodeModel(recorded: RecordedSteps): void {
  const [linen, inNnx] = [recorded['linen'], recorded['nnx']] as [Steps, Steps];
  const name = 'transformer, decoding';
  const places = [0, 1, 2, 3];
  tensorSafe(() => {
    const tokens = inputOf(recorded.inputs[0]!) as tf.Tensor;
    const model = new linenModels.Transformer(true);
    const { params, cache: empty } = model.init(jax.random.key(0), [tokens]);
    let cache = empty;
    const outputs = places.map((i) => {
      const [logits, updates] = model.apply({ params, cache }, [at(tokens, i), i], { mutable: ['cache'] });
      cache = updates.cache;
      return logits;
    });
    check(name, 'output, Linen', [outputs, linen.outputs]);
    check(name, 'state, Linen', [cache, linen.cache]);
  });
  modelSafe((own) => {
    const tokens = inputOf(recorded.inputs[0]!) as tf.Tensor;
    const model = own(new nnxModels.Transformer(new nnx.Rngs(0)));
    for (const block of model.blocks) block.attention.initCache([2, 4, 8]);
    const stepping = nnx.view(model, { decode: true });
    check(name, 'output, NNX', [places.map((i) => stepping.call(at(tokens, i), i, true)), inNnx.outputs]);
  });
}
