import type * as tf from '@tensorflow/tfjs';
import type { DType, Key, Options, Precision } from '../../core/tree-typing.js';
import { attention, attentionWeights, type AttentionOptions as Computation } from '../../functional/attention.js';
import type { DotGeneral } from '../../functional/dense.js';
import type { EinsumFunction } from '../../functional/einsum.js';
import { mistake } from '../../functional/mistake.js';
import { type Initializer, lecunNormal, zeros } from '../../random/initializers.js';
import type { Module, ModuleOptions } from '../module.js';
import { dtypeDefaults, type DtypeFields } from './fields.js';

/** Options of the attention functions. */
export interface DotProductAttentionOptions extends Options<{
  /** Added to the scores [..., heads, q, k]. Default null. */
  bias: tf.Tensor | null;
  /** True where attention is allowed [..., heads, q, k]. Default null. */
  mask: tf.Tensor | null;
  /** One dropout mask for all batches and heads. Default true. */
  broadcastDropout: boolean;
  /** Default null. */
  dropoutRng: Key | null;
  /** Default 0. */
  dropoutRate: number;
  /** Default false. */
  deterministic: boolean;
  /** Default null. */
  dtype: DType | null;
  /** Default null. Accepted: TensorFlow.js has one precision. */
  precision: Precision | null;
  /** Sows 'attention_weights' here. Default null. */
  module: Module | null;
  /** Default false. Accepted: all arithmetic is float32. */
  forceFp32ForSoftmax: boolean;
  /** Default null. */
  einsumDotGeneral: DotGeneral | null;
  /** Default null. */
  qkAttnWeightsEinsum: EinsumFunction | null;
  /** Default null. */
  attnWeightsValueEinsum: EinsumFunction | null;
}> {}

/** Query [..., q, h, d], key [..., k, h, d], value [..., k, h, v] → [..., q, h, v]. */
export type AttentionFunction = (
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options?: DotProductAttentionOptions,
) => tf.Tensor;

/** Query [..., q, h, d], key [..., k, h, d], value [..., k, h, v] → [..., q, h, v]. Flax `dot_product_attention`. */
export function dotProductAttention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: DotProductAttentionOptions = {},
): tf.Tensor {
  return attention(query, key, value, computation(options));
}

/** Query [..., q, h, d], key [..., k, h, d] → weights [..., h, q, k]. Flax `dot_product_attention_weights`. */
export function dotProductAttentionWeights(
  query: tf.Tensor,
  key: tf.Tensor,
  options: DotProductAttentionOptions = {},
): tf.Tensor {
  return attentionWeights(query, key, computation(options));
}

function computation(options: DotProductAttentionOptions): Computation {
  const { module = null, qkAttnWeightsEinsum: scores = null, attnWeightsValueEinsum: values = null } = options;
  if ((scores === null) !== (values === null) || (scores !== null && (options.einsumDotGeneral ?? null) !== null)) {
    throw mistake(
      'dotProductAttention',
      'expected qkAttnWeightsEinsum and attnWeightsValueEinsum together, and not with einsumDotGeneral, got another combination.',
      'Pass both, or neither, or einsumDotGeneral alone.',
    );
  }
  const sow = (weights: tf.Tensor) => module?.sow('intermediates', 'attention_weights', weights);
  return { ...options, scoresEinsum: scores, valuesEinsum: values, dotGeneral: options.einsumDotGeneral, sow };
}

export interface AttentionFields extends DtypeFields {
  /** Default null (query width). */
  qkvFeatures: number | null;
  /** Default null (query width). */
  outFeatures: number | null;
  /** Default true. */
  broadcastDropout: boolean;
  /** Default 0. */
  dropoutRate: number;
  /** Here or in the call. Default null. */
  deterministic: boolean | null;
  /** Default null. */
  precision: Precision | null;
  /** Default lecunNormal(). */
  kernelInit: Initializer;
  /** Default null (kernelInit). */
  outKernelInit: Initializer | null;
  /** Default zeros. */
  biasInit: Initializer;
  /** Default null (biasInit). */
  outBiasInit: Initializer | null;
  /** Default true. */
  useBias: boolean;
  /** Default dotProductAttention. */
  attentionFn: AttentionFunction;
  /** Write keys and values to a cache, one position in each call. Default false. */
  decode: boolean;
  /** LayerNorm on queries and keys. Default false. */
  normalizeQk: boolean;
  /** Default false. Accepted: all arithmetic is float32. */
  forceFp32ForSoftmax: boolean;
  /** Default null. */
  qkvDotGeneral: DotGeneral | null;
  /** Default null. */
  outDotGeneral: DotGeneral | null;
  /** Default null. */
  qkvDotGeneralCls: (() => DotGeneral) | null;
  /** Default null. */
  outDotGeneralCls: (() => DotGeneral) | null;
  /** Default null. */
  qkAttnWeightsEinsumCls: (() => EinsumFunction) | null;
  /** Default null. */
  attnWeightsValueEinsumCls: (() => EinsumFunction) | null;
}

/** Options of the attention layers. */
export interface AttentionOptions extends ModuleOptions, Options<AttentionFields> {}

/** Options of an attention layer's `call`. */
export interface AttentionCallOptions extends Options<{
  /** True where attention is allowed [..., heads, q, k]. Default null. */
  mask: tf.Tensor | null;
  /** Here or in the constructor; only read when dropoutRate > 0. Default null. */
  deterministic: boolean | null;
  /** Default from the stream. */
  dropoutRng: Key | null;
  /** Sow 'attention_weights' in `intermediates`. Default false. */
  sowWeights: boolean;
}> {}

/** Keys default to the queries, values to the keys; both may be left out. */
export type AttentionInputs<O> =
  | [options?: O | undefined]
  | [inputsK: tf.Tensor | null | undefined, options?: O | undefined]
  | [inputsK: tf.Tensor | null | undefined, inputsV: tf.Tensor | null | undefined, options?: O | undefined];

export const attentionDefaults: AttentionFields = {
  ...dtypeDefaults,
  qkvFeatures: null,
  outFeatures: null,
  broadcastDropout: true,
  dropoutRate: 0,
  deterministic: null,
  precision: null,
  kernelInit: lecunNormal(),
  outKernelInit: null,
  biasInit: zeros,
  outBiasInit: null,
  useBias: true,
  attentionFn: dotProductAttention,
  decode: false,
  normalizeQk: false,
  forceFp32ForSoftmax: false,
  qkvDotGeneral: null,
  outDotGeneral: null,
  qkvDotGeneralCls: null,
  outDotGeneralCls: null,
  qkAttnWeightsEinsumCls: null,
  attnWeightsValueEinsumCls: null,
};
