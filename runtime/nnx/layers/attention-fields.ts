import type * as tf from '@tensorflow/tfjs';
import type { DType, Key, Options, Precision } from '../../core/tree-typing.js';
import { attention, attentionWeights } from '../../functional/attention.js';
import type { DotGeneral } from '../../functional/dense.js';
import { promoteDtype, type PromoteDtype } from '../../functional/dtype.js';
import { type Initializer, lecunNormal, zeros } from '../../random/initializers.js';
import type { Module } from '../module.js';
import type { Rngs, RngStream } from '../rngs.js';
import type { VariableMetadata } from '../variable.js';
import { Intermediate } from '../variable-types.js';
import { type DtypeFields, type MatmulMetadata, type RngsOption } from './fields.js';

/** Options of `dotProductAttention`. */
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
  /** Default the built-in one. */
  promoteDtype: PromoteDtype;
  /** Default false. */
  isCausal: boolean;
}> {}

/** Query [..., q, h, d], key [..., k, h, d], value [..., k, h, v] → [..., q, h, v]. */
export type AttentionFunction = (
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options?: DotProductAttentionOptions,
) => tf.Tensor;

/**
 * Query [..., q, h, d], key [..., k, h, d], value [..., k, h, v] → [..., q, h, v]. Keys and values may have fewer heads
 * than queries. Always in Linen's order of operations; Flax's NNX has another one without dropout, which differs by
 * rounding, and where all keys are masked.
 */
export function dotProductAttention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: DotProductAttentionOptions = {},
): tf.Tensor {
  const { module = null, ...rest } = options;
  const sow = (weights: tf.Tensor) => module?.sow(Intermediate, 'attention_weights', weights);
  return attention(query, key, value, { ...rest, sow });
}

/**
 * Query [..., q, h, d], key [..., k, h, d] → weights [..., h, q, k]. Flax has it in Linen alone; here as an extension, so
 * that attention written by hand converts.
 */
export function dotProductAttentionWeights(
  query: tf.Tensor,
  key: tf.Tensor,
  options: DotProductAttentionOptions = {},
): tf.Tensor {
  const { module = null, ...rest } = options;
  const sow = (weights: tf.Tensor) => module?.sow(Intermediate, 'attention_weights', weights);
  return attentionWeights(query, key, { ...rest, sow });
}

export interface AttentionFields extends Omit<DtypeFields, 'promoteDtype'> {
  /** Default null (inFeatures). */
  qkvFeatures: number | null;
  /** Default null (inFeatures). */
  outFeatures: number | null;
  /** Default null (numHeads). */
  numKvHeads: number | null;
  /** Default null (inFeatures). */
  inKvFeatures: number | null;
  /** Default true. */
  broadcastDropout: boolean;
  /** Default 0. */
  dropoutRate: number;
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
  /** LayerNorm on queries and keys. Default false. */
  normalizeQk: boolean;
  /** Default the built-in one. */
  qkvPromoteDtype: PromoteDtype;
  /** Default the built-in one. */
  outPromoteDtype: PromoteDtype;
  /** Default the built-in one. */
  lnPromoteDtype: PromoteDtype;
  /** Default null. */
  qkvDotGeneral: DotGeneral | null;
  /** Default null. */
  outDotGeneral: DotGeneral | null;
  /** Default null. */
  qkvDotGeneralCls: (() => DotGeneral) | null;
  /** Default null. */
  outDotGeneralCls: (() => DotGeneral) | null;
  /** Keep a stream for dropout. Default true. */
  keepRngs: boolean;
}

/** Options of `MultiHeadAttention`. */
export interface MultiHeadAttentionOptions
  extends
    RngsOption,
    Options<
      AttentionFields &
        MatmulMetadata & {
          /** Default null. */
          deterministic: boolean | null;
          /** Default null: must then be given in the call. */
          decode: boolean | null;
          /** Default {}. */
          outKernelMetadata: VariableMetadata;
          /** Default {}. */
          outBiasMetadata: VariableMetadata;
          /** Default {}. */
          queryLnScaleMetadata: VariableMetadata;
          /** Default {}. */
          keyLnScaleMetadata: VariableMetadata;
        }
    > {}

/** Options of the attention layer's `call`. */
export interface AttentionCallOptions extends Options<{
  /** True where attention is allowed [..., heads, q, k]. Default null. */
  mask: tf.Tensor | null;
  /** Default that of the module. */
  deterministic: boolean | null;
  /** Default the layer's own stream. */
  rngs: Rngs | RngStream | null;
  /** Sow 'attention_weights'. Default false. */
  sowWeights: boolean;
  /** Default that of the module. */
  decode: boolean | null;
  /** Default false. */
  isCausal: boolean;
}> {}

/** Keys default to the queries, values to the keys; both may be left out. */
export type AttentionInputs<O> =
  | [options?: O | undefined]
  | [inputsK: tf.Tensor | null | undefined, options?: O | undefined]
  | [inputsK: tf.Tensor | null | undefined, inputsV: tf.Tensor | null | undefined, options?: O | undefined];

export const attentionDefaults: AttentionFields = {
  dtype: null,
  paramDtype: 'float32',
  qkvFeatures: null,
  outFeatures: null,
  numKvHeads: null,
  inKvFeatures: null,
  broadcastDropout: true,
  dropoutRate: 0,
  precision: null,
  kernelInit: lecunNormal(),
  outKernelInit: null,
  biasInit: zeros,
  outBiasInit: null,
  useBias: true,
  attentionFn: dotProductAttention,
  normalizeQk: false,
  qkvPromoteDtype: promoteDtype,
  outPromoteDtype: promoteDtype,
  lnPromoteDtype: promoteDtype,
  qkvDotGeneral: null,
  outDotGeneral: null,
  qkvDotGeneralCls: null,
  outDotGeneralCls: null,
  keepRngs: true,
};
