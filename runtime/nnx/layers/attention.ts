import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import type { Attributes, DType, Options, Shape } from '../../core/tree-typing.js';
import {
  attentionArguments,
  cacheMask,
  checkCacheStep,
  headFeatures,
  writeToCache,
} from '../../functional/attention.js';
import { combineMasks } from '../../functional/masks.js';
import { mistake } from '../../functional/mistake.js';
import { Module } from '../module.js';
import type { RngStream } from '../rngs.js';
import { Cache } from '../variable-types.js';
import {
  type AttentionCallOptions,
  attentionDefaults,
  type AttentionFields,
  type AttentionInputs,
  type MultiHeadAttentionOptions,
} from './attention-fields.js';
import { checkLastAxis } from './checks.js';
import { streamFrom } from './dropout.js';
import { assignFields } from './fields.js';
import { LinearGeneral } from './linear-general.js';
import { LayerNorm } from './norm.js';

/** Multi-head attention: queries [..., q, inFeatures], keys and values [..., k, in] → [..., q, outFeatures]. */
export class MultiHeadAttention extends Module {
  /** Set by `train`, `eval` and `view`. */
  deterministic: boolean | null;
  /** Set by `view`. */
  decode: boolean | null;
  readonly query: LinearGeneral;
  readonly key: LinearGeneral;
  readonly value: LinearGeneral;
  readonly out: LinearGeneral;
  readonly queryLn: LayerNorm | null;
  readonly keyLn: LayerNorm | null;
  /** [...batch, length, kvHeads, headDim], after `initCache`. */
  readonly cachedKey: Cache = null as unknown as Cache;
  readonly cachedValue: Cache = null as unknown as Cache;
  /** int32 scalar. */
  readonly cacheIndex: Cache = null as unknown as Cache;
  /** Stream of the dropout masks. */
  readonly rngs: RngStream | null;

  constructor(
    readonly numHeads: number,
    readonly inFeatures: number,
    options: MultiHeadAttentionOptions,
  ) {
    super();
    assignFields(this, attentionDefaults, options);
    this.deterministic = options.deterministic ?? null;
    this.decode = options.decode ?? null;
    const parts = projections(this, options);
    this.query = parts.query;
    this.key = parts.key;
    this.value = parts.value;
    this.queryLn = this.normalizeQk ? norm(this, options, options.queryLnScaleMetadata) : null;
    this.keyLn = this.normalizeQk ? norm(this, options, options.keyLnScaleMetadata) : null;
    this.out = outputOf(this, options);
    this.rngs = this.keepRngs && this.dropoutRate > 0 ? options.rngs.dropout.fork() : null;
  }

  call(inputsQ: tf.Tensor, ...rest: AttentionInputs<AttentionCallOptions>): tf.Tensor {
    checkLastAxis(this, inputsQ, { name: 'inFeatures', size: this.inFeatures });
    const inputs = attentionArguments<AttentionCallOptions>('MultiHeadAttention', inputsQ, rest);
    const { options } = inputs;
    const [query, key, value] = [
      this.query.call(inputs.queries),
      this.key.call(inputs.keys),
      this.value.call(inputs.values),
    ];
    const queries = this.queryLn?.call(query) ?? query;
    const keys = this.keyLn?.call(key) ?? key;
    const mask = options.mask ?? null;
    const stored = isDecoding(this, options) ? stepCache(this, { keys, value, mask }) : { keys, values: value, mask };
    const attended = this.attentionFn(queries, stored.keys, stored.values, {
      mask: stored.mask,
      ...dropoutOf(this, options),
      dtype: this.dtype,
      precision: this.precision,
      module: options.sowWeights === true ? this : null,
      isCausal: options.isCausal ?? false,
    });
    return this.out.call(attended);
  }

  /** Makes empty caches for inputs of this shape [...batch, length, inFeatures]; existing ones are emptied. */
  initCache(inputShape: Shape, options: Options<{ /** Default 'float32'. */ dtype: DType }> = {}): void {
    const [, heads, depth] = this.key.kernel.shape;
    const shape = [...inputShape.slice(0, -1), heads!, depth!];
    const { dtype = 'float32' } = options;
    const fresh = (cache: Cache | null, value: tf.Tensor): Cache => {
      if (cache === null) return new Cache(value);
      cache.value = value;
      return cache;
    };
    Object.assign(this, {
      cachedKey: fresh(this.cachedKey, tf.zeros(shape, dtype)),
      cachedValue: fresh(this.cachedValue, tf.zeros(shape, dtype)),
      cacheIndex: fresh(this.cacheIndex, tf.scalar(0, 'int32')),
    });
  }
}
export interface MultiHeadAttention extends Attributes<AttentionFields> {}

function projections(layer: MultiHeadAttention, options: MultiHeadAttentionOptions) {
  const { numHeads, inFeatures, numKvHeads, inKvFeatures, dtype, paramDtype, kernelInit, biasInit } = layer;
  const { qkvDotGeneral: dotGeneral, qkvDotGeneralCls: dotGeneralCls, qkvPromoteDtype: promoteDtype } = layer;
  const depth = headFeatures('MultiHeadAttention', layer.qkvFeatures ?? inFeatures, numHeads);
  const kvHeads = numKvHeads ?? numHeads;
  checkHeads(numHeads, kvHeads);
  const { rngs, kernelMetadata, biasMetadata } = options;
  const { useBias, precision } = layer;
  const given = { dtype, paramDtype, kernelInit, biasInit, useBias, precision, rngs };
  const common = { ...given, dotGeneral, dotGeneralCls, promoteDtype, kernelMetadata, biasMetadata };
  return {
    query: new LinearGeneral(inFeatures, [numHeads, depth], common),
    key: new LinearGeneral(inKvFeatures ?? inFeatures, [kvHeads, depth], common),
    value: new LinearGeneral(inKvFeatures ?? inFeatures, [kvHeads, depth], common),
  };
}

function outputOf(layer: MultiHeadAttention, options: MultiHeadAttentionOptions): LinearGeneral {
  const { numHeads, inFeatures, dtype, paramDtype, useBias, precision, outPromoteDtype: promoteDtype } = layer;
  const [kernelInit, biasInit] = [layer.outKernelInit ?? layer.kernelInit, layer.outBiasInit ?? layer.biasInit];
  const depth = (layer.qkvFeatures ?? inFeatures) / numHeads;
  return new LinearGeneral([numHeads, depth], layer.outFeatures ?? inFeatures, {
    ...{ dtype, paramDtype, useBias, precision, promoteDtype, kernelInit, biasInit, axis: [-2, -1] },
    dotGeneral: layer.outDotGeneral,
    dotGeneralCls: layer.outDotGeneralCls,
    rngs: options.rngs,
    kernelMetadata: options.outKernelMetadata ?? options.kernelMetadata,
    biasMetadata: options.outBiasMetadata ?? options.biasMetadata,
  });
}

function norm(
  layer: MultiHeadAttention,
  { rngs }: MultiHeadAttentionOptions,
  scaleMetadata: MultiHeadAttentionOptions['queryLnScaleMetadata'],
): LayerNorm {
  const { dtype, paramDtype, lnPromoteDtype: promoteDtype } = layer;
  const depth = (layer.qkvFeatures ?? layer.inFeatures) / layer.numHeads;
  return new LayerNorm(depth, { useBias: false, dtype, paramDtype, promoteDtype, rngs, scaleMetadata });
}

function isDecoding(layer: MultiHeadAttention, options: AttentionCallOptions): boolean {
  const decode = options.decode ?? layer.decode;
  if (decode !== null) return decode;
  throw mistake(
    'MultiHeadAttention',
    'expected decode in the constructor, in the call or by nnx.view, got it nowhere.',
    'Pass { decode: false } to the constructor unless the layer works with a cache.',
  );
}

type CacheName = 'cachedKey' | 'cachedValue' | 'cacheIndex';

/** Writes the new position to the cache and gives all so far, with a mask of what has been written. */
function stepCache(
  layer: MultiHeadAttention,
  { keys, value, mask }: { readonly keys: tf.Tensor; readonly value: tf.Tensor; readonly mask: tf.Tensor | null },
) {
  const { cachedKey, cachedValue, cacheIndex } = layer as { readonly [cache in CacheName]: Cache | null };
  if (cachedKey === null || cachedValue === null || cacheIndex === null) {
    throw mistake(
      'MultiHeadAttention',
      'expected a cache to decode with, got none.',
      'Make it first: layer.initCache([batch, length, inFeatures]).',
    );
  }
  checkCacheStep('MultiHeadAttention', cachedKey.shape, keys.shape);
  const index = cacheIndex.value;
  const seen = cacheMask(cachedKey.shape, index);
  cachedKey.value = writeToCache(cachedKey.value, keys, index);
  cachedValue.value = writeToCache(cachedValue.value, value, index);
  cacheIndex.value = tf.add(index, tf.scalar(1, 'int32'));
  return { keys: cachedKey.value, values: cachedValue.value, mask: combineMasks(mask, seen) };
}

/** Whether to drop weights is asked, and a key drawn, only when there is a rate. */
function dropoutOf(layer: MultiHeadAttention, options: AttentionCallOptions) {
  const { dropoutRate, broadcastDropout } = layer;
  if (dropoutRate === 0) return { deterministic: true, dropoutRng: null, dropoutRate, broadcastDropout };
  const deterministic = options.deterministic ?? layer.deterministic;
  if (deterministic === null) {
    throw mistake(
      'MultiHeadAttention',
      'expected deterministic in the constructor, in the call or by a mode, got it nowhere.',
      'Call model.train() or model.eval(), or pass { deterministic }.',
    );
  }
  currentObserver()?.mode?.({ module: layer, option: 'deterministic', value: deterministic });
  const dropoutRng = deterministic ? null : nextKey(layer, options);
  return { deterministic, dropoutRng, dropoutRate, broadcastDropout };
}

function nextKey(layer: MultiHeadAttention, options: AttentionCallOptions) {
  const stream = streamFrom(options.rngs ?? layer.rngs, 'dropout');
  if (stream !== null) return stream();
  throw mistake(
    'MultiHeadAttention',
    'expected rngs for dropout, got none.',
    'Pass { rngs } in the call, or leave keepRngs on.',
  );
}

function checkHeads(heads: number, kvHeads: number): void {
  if (heads % kvHeads === 0) return;
  throw mistake(
    'MultiHeadAttention',
    `expected numKvHeads to divide ${heads} heads, got ${kvHeads}.`,
    'Choose a divisor.',
  );
}
