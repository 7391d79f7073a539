import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import type { Attributes } from '../../core/tree-typing.js';
import {
  type AttentionArguments,
  attentionArguments,
  cacheMask,
  checkCacheStep,
  headFeatures,
  writeToCache,
} from '../../functional/attention.js';
import { combineMasks } from '../../functional/masks.js';
import { compact } from '../compact.js';
import { whoIs } from '../module-state.js';
import { Module } from '../module.js';
import {
  type AttentionCallOptions,
  attentionDefaults,
  type AttentionFields,
  type AttentionInputs,
  type AttentionOptions,
} from './attention-fields.js';
import { DenseGeneral } from './dense-general.js';
import { assignFields } from './fields.js';
import { modeOf } from './mode.js';
import { LayerNorm } from './norm.js';

/** Multi-head attention: queries [..., q, in], keys and values [..., k, in] → [..., q, outFeatures]. */
export class MultiHeadDotProductAttention extends Module {
  static readonly moduleName: string = 'MultiHeadDotProductAttention';

  constructor(
    readonly numHeads: number,
    options: AttentionOptions = {},
  ) {
    super(options);
    assignFields(this, attentionDefaults, options);
  }

  // The decorator's type cannot follow a rest parameter of several forms.
  static {
    const { call } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperty(this.prototype, 'call', compact(this.prototype, 'call', call));
  }

  call(inputsQ: tf.Tensor, ...rest: AttentionInputs<AttentionCallOptions>): tf.Tensor {
    return attend(this, attentionArguments(whoIs(this), inputsQ, rest));
  }
}
export interface MultiHeadDotProductAttention extends Attributes<AttentionFields> {}

/** The same layer under the name that NNX has; its automatic name differs, and with it its initial parameters. */
export class MultiHeadAttention extends MultiHeadDotProductAttention {
  static override readonly moduleName: string = 'MultiHeadAttention';
}

/** Attention of the input to itself: [..., len, in] → [..., len, outFeatures]. Deprecated in Flax. */
export class SelfAttention extends Module {
  static readonly moduleName: string = 'SelfAttention';

  constructor(
    readonly numHeads: number,
    options: AttentionOptions = {},
  ) {
    super(options);
    assignFields(this, attentionDefaults, options);
  }

  @compact
  call(inputsQ: tf.Tensor, options: AttentionCallOptions = {}): tf.Tensor {
    return attend(this, { queries: inputsQ, keys: inputsQ, values: inputsQ, options });
  }
}
export interface SelfAttention extends Attributes<AttentionFields> {}

type AttentionLayer = Module & Attributes<AttentionFields> & { readonly numHeads: number };

/** Projections, normalisation, cache, attention, output: in Flax's order. */
function attend(layer: AttentionLayer, inputs: AttentionArguments<AttentionCallOptions>): tf.Tensor {
  const { options } = inputs;
  const width = inputs.queries.shape.at(-1)!;
  const features = layer.qkvFeatures ?? width;
  const depth = headFeatures(whoIs(layer), features, layer.numHeads);
  const project = (name: string, x: tf.Tensor) => projection(layer, name, [layer.numHeads, depth]).call(x);
  const query = project('query', inputs.queries);
  const key = project('key', inputs.keys);
  const value = project('value', inputs.values);
  const [queries, keys] = layer.normalizeQk
    ? [normed(layer, 'query_ln', query), normed(layer, 'key_ln', key)]
    : [query, key];
  const stored = layer.decode ? cached(layer, { queries, keys, value, mask: options.mask }) : null;
  const { keys: all, values, mask } = stored ?? { keys, values: value, mask: options.mask ?? null };
  const attended = layer.attentionFn(queries, all, values, {
    mask,
    ...dropoutOf(layer, options),
    ...computationOf(layer),
    ...(options.sowWeights === true ? { module: layer } : {}),
  });
  return output(layer, layer.outFeatures ?? width).call(attended);
}

function projection(layer: AttentionLayer, name: string, features: readonly number[]): DenseGeneral {
  const { dtype, paramDtype, kernelInit, biasInit, useBias, precision } = layer;
  const { qkvDotGeneral: dotGeneral, qkvDotGeneralCls: dotGeneralCls } = layer;
  const common = { dtype, paramDtype, kernelInit, biasInit, useBias, precision, dotGeneral, dotGeneralCls };
  return new DenseGeneral(features, { ...common, name });
}

function output(layer: AttentionLayer, features: number): DenseGeneral {
  const { dtype, paramDtype, useBias, precision, outDotGeneral: dotGeneral, outDotGeneralCls: dotGeneralCls } = layer;
  const [kernelInit, biasInit] = [layer.outKernelInit ?? layer.kernelInit, layer.outBiasInit ?? layer.biasInit];
  const common = { dtype, paramDtype, useBias, precision, dotGeneral, dotGeneralCls, kernelInit, biasInit };
  return new DenseGeneral(features, { ...common, axis: [-2, -1], name: 'out' });
}

function normed(layer: AttentionLayer, name: string, x: tf.Tensor): tf.Tensor {
  const { dtype, paramDtype } = layer;
  return new LayerNorm({ name, useBias: false, dtype, paramDtype }).call(x);
}

interface CacheStep {
  readonly queries: tf.Tensor;
  readonly keys: tf.Tensor;
  readonly value: tf.Tensor;
  readonly mask: tf.Tensor | null | undefined;
}

/** With a cache: writes the new position and attends to all so far. The first call only makes the cache: null. */
function cached(layer: AttentionLayer, { queries, keys, value, mask = null }: CacheStep) {
  const exists = layer.hasVariable('cache', 'cached_key');
  const cachedKey = layer.variable('cache', 'cached_key', () => tf.zerosLike(keys));
  const cachedValue = layer.variable('cache', 'cached_value', () => tf.zerosLike(value));
  const cacheIndex = layer.variable<tf.Tensor, []>('cache', 'cache_index', () => tf.scalar(0, 'int32'));
  if (!exists) return null;
  const index = cacheIndex.value;
  checkCacheStep(whoIs(layer), cachedKey.value.shape, queries.shape);
  cachedKey.value = writeToCache(cachedKey.value, keys, index);
  cachedValue.value = writeToCache(cachedValue.value, value, index);
  cacheIndex.value = tf.add(index, tf.scalar(1, 'int32'));
  const seen = cacheMask(cachedKey.value.shape, index);
  return { keys: cachedKey.value, values: cachedValue.value, mask: combineMasks(mask, seen) };
}

/** Whether to drop weights is asked, and a key drawn, only when there is a rate. */
function dropoutOf(layer: AttentionLayer, options: AttentionCallOptions) {
  const { dropoutRate, broadcastDropout } = layer;
  const given = options.dropoutRng ?? null;
  if (dropoutRate === 0) return { deterministic: true, dropoutRng: given, dropoutRate, broadcastDropout };
  const deterministic = modeOf(layer, 'deterministic', [layer.deterministic, options.deterministic]);
  currentObserver()?.mode?.({ module: layer, option: 'deterministic', value: deterministic });
  const dropoutRng = given ?? (deterministic ? null : layer.makeRng('dropout'));
  return { deterministic, dropoutRng, dropoutRate, broadcastDropout };
}

function computationOf(layer: AttentionLayer) {
  const { dtype, precision, forceFp32ForSoftmax } = layer;
  const qkAttnWeightsEinsum = layer.qkAttnWeightsEinsumCls?.() ?? null;
  const attnWeightsValueEinsum = layer.attnWeightsValueEinsumCls?.() ?? null;
  return { dtype, precision, forceFp32ForSoftmax, qkAttnWeightsEinsum, attnWeightsValueEinsum };
}
