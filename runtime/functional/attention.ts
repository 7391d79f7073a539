import * as tf from '@tensorflow/tfjs';
import type { DType, Key } from '../core/tree-typing.js';
import { bernoulli } from '../random/distributions.js';
import { softmax } from './activations.js';
import type { DimensionNumbers, DotGeneral } from './dense.js';
import { promoteDtype, type PromoteDtype } from './dtype.js';
import type { EinsumFunction } from './einsum.js';
import { combineMasks } from './masks.js';
import { mistake, shapeText } from './mistake.js';

/** How attention weights are computed. */
export interface AttentionWeightsOptions {
  /** Added to the scores [..., heads, q, k]. */
  readonly bias?: tf.Tensor | null | undefined;
  /** True where attention is allowed [..., heads, q, k]. */
  readonly mask?: tf.Tensor | null | undefined;
  /** Each query sees only keys up to its own place. Default false. */
  readonly isCausal?: boolean | undefined;
  /** One dropout mask for all batches and heads. Default true. */
  readonly broadcastDropout?: boolean | undefined;
  readonly dropoutRng?: Key | null | undefined;
  /** Default 0. */
  readonly dropoutRate?: number | undefined;
  /** No dropout. Default false. */
  readonly deterministic?: boolean | undefined;
  readonly dtype?: DType | null | undefined;
  /** Takes the place of the built-in products. */
  readonly dotGeneral?: DotGeneral | null | undefined;
  /** Takes the place of the built-in product of queries and keys. */
  readonly scoresEinsum?: EinsumFunction | null | undefined;
  readonly promoteDtype?: PromoteDtype | undefined;
  /** Sees the weights before dropout. */
  readonly sow?: ((weights: tf.Tensor) => void) | undefined;
}

/** How attention is computed. */
export interface AttentionOptions extends AttentionWeightsOptions {
  /** Takes the place of the built-in product of weights and values. */
  readonly valuesEinsum?: EinsumFunction | null | undefined;
}

/**
 * Weights with which queries attend to keys: query [..., q, h, d], key [..., k, h or its divisor, d] → [..., h, q, k].
 * Queries are scaled before the product, masked scores are the least float32. Flax `dot_product_attention_weights`.
 */
export function attentionWeights(query: tf.Tensor, key: tf.Tensor, options: AttentionWeightsOptions = {}): tf.Tensor {
  const { dtype, bias = null } = options;
  const [queries, keys] = (options.promoteDtype ?? promoteDtype)([query, key], { dtype }) as [tf.Tensor, tf.Tensor];
  checkShapes(queries, keys);
  const scaled = tf.div(queries, Math.fround(Math.sqrt(queries.shape.at(-1)!)));
  let scores = scoresOf(scaled, keys, options);
  if (bias !== null) scores = tf.add(scores, bias);
  const mask = wholeMask(scores, options);
  if (mask !== null) scores = tf.where(tf.cast(mask, 'bool'), scores, tf.scalar(leastFloat));
  const weights = softmax(scores);
  options.sow?.(weights);
  return dropped(weights, options);
}

/**
 * Weighted sum of values: query [..., q, h, d], key [..., k, h, d], value [..., k, h, v] → [..., q, h, v]. Keys and
 * values may have fewer heads, which are then shared by groups of queries. Flax `dot_product_attention`.
 */
export function attention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: AttentionOptions = {},
): tf.Tensor {
  const promote = options.promoteDtype ?? promoteDtype;
  const [queries, keys, values] = promote([query, key, value], { dtype: options.dtype }) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  checkValues(keys, values);
  const weights = attentionWeights(queries, keys, options);
  if (options.valuesEinsum) return options.valuesEinsum('...hqk,...khd->...qhd', weights, values);
  if (options.dotGeneral) return headsFirst(options.dotGeneral(weights, values, overKeys(values.rank)));
  return headsFirst(tf.matMul(weights, repeatHeads(headsFirst(values), queries.shape.at(-2)!)));
}

/** A cache of keys or values [...batch, length, heads, depth] with the new one [...batch, 1, heads, depth] at `index`. */
export function writeToCache(cache: tf.Tensor, step: tf.Tensor, index: tf.Tensor): tf.Tensor {
  const length = cache.shape.at(-3)!;
  const isHere = tf.reshape(tf.equal(tf.range(0, length, 1, 'int32'), clampedIndex(index, length)), [length, 1, 1]);
  return tf.where(isHere, step, cache);
}

/** Mask [1, …, 1, length] of the places up to `index`, of the rank of a cache [...batch, length, heads, depth]. */
export function cacheMask(cacheShape: readonly number[], index: tf.Tensor): tf.Tensor {
  const length = cacheShape.at(-3)!;
  const seen = tf.lessEqual(tf.range(0, length, 1, 'int32'), tf.cast(index, 'int32'));
  return tf.reshape(seen, [...cacheShape.slice(1).map(() => 1), length]);
}

/** Throws unless there is one new place for each sequence of a cache. */
export function checkCacheStep(who: string, cacheShape: readonly number[], step: readonly number[]): void {
  const expected = [...cacheShape.slice(0, -3), 1, ...cacheShape.slice(-2)];
  if (expected.length === step.length && expected.every((size, i) => size === step[i])) return;
  throw mistake(
    who,
    `expected one position of shape ${shapeText(expected)} for its cache, got ${shapeText(step)}.`,
    'While decoding, pass one position in each call, with the batch that the cache was made for.',
  );
}

function scoresOf(queries: tf.Tensor, keys: tf.Tensor, options: AttentionWeightsOptions): tf.Tensor {
  if (options.scoresEinsum) return options.scoresEinsum('...qhd,...khd->...hqk', queries, keys);
  if (options.dotGeneral) return options.dotGeneral(queries, keys, overDepth(keys.rank));
  return tf.matMul(headsFirst(queries), repeatHeads(headsFirst(keys), queries.shape.at(-2)!), false, true);
}

function overDepth(rank: number): DimensionNumbers {
  const batch = [...Array.from({ length: rank - 3 }, (_, axis) => axis), rank - 2];
  return [
    [[rank - 1], [rank - 1]],
    [batch, batch],
  ];
}

function overKeys(rank: number): DimensionNumbers {
  const lead = Array.from({ length: rank - 3 }, (_, axis) => axis);
  return [
    [[rank - 1], [rank - 3]],
    [
      [...lead, rank - 3],
      [...lead, rank - 2],
    ],
  ];
}

/** The least finite float32, as `jnp.finfo(float32).min`. */
const leastFloat = -3.4028234663852886e38;

/** Past the end the last place is written, as `lax.dynamic_update_slice` does. */
function clampedIndex(index: tf.Tensor, length: number): tf.Tensor {
  return tf.minimum(tf.cast(index, 'int32'), tf.scalar(length - 1, 'int32'));
}

/** [..., n, h, d] ⇄ [..., h, n, d]. */
function headsFirst(x: tf.Tensor): tf.Tensor {
  const order = [...x.shape.keys()];
  [order[x.rank - 3], order[x.rank - 2]] = [x.rank - 2, x.rank - 3];
  return tf.transpose(x, order);
}

/** Each head of [..., heads, n, d] as often as makes `wanted` of them. */
function repeatHeads(x: tf.Tensor, wanted: number): tf.Tensor {
  const heads = x.shape.at(-3)!;
  if (heads === wanted) return x;
  const times = wanted / heads;
  const apart = tf.expandDims(x, x.rank - 2);
  const repeated = tf.tile(
    apart,
    apart.shape.map((_, axis) => (axis === x.rank - 2 ? times : 1)),
  );
  return tf.reshape(repeated, [...x.shape.slice(0, -3), wanted, ...x.shape.slice(-2)]);
}

function wholeMask(scores: tf.Tensor, { mask = null, isCausal = false }: AttentionWeightsOptions): tf.Tensor | null {
  if (!isCausal) return mask;
  const [queries, keys] = [scores.shape.at(-2)!, scores.shape.at(-1)!];
  const causal = tf.greaterEqual(tf.reshape(tf.range(0, queries), [queries, 1]), tf.range(0, keys));
  return combineMasks(mask, tf.reshape(causal, [...scores.shape.slice(0, -2).map(() => 1), queries, keys]));
}

function dropped(weights: tf.Tensor, options: AttentionWeightsOptions): tf.Tensor {
  const { dropoutRate = 0, deterministic = false, broadcastDropout = true, dropoutRng = null } = options;
  if (deterministic || dropoutRate === 0) return weights;
  if (dropoutRng === null) {
    throw mistake('dotProductAttention', 'expected dropoutRng, got none.', 'Pass a key, or { deterministic: true }.');
  }
  const keep = 1 - dropoutRate;
  const lead = weights.shape.slice(0, -2);
  const shape = [...(broadcastDropout ? lead.map(() => 1) : lead), ...weights.shape.slice(-2)];
  return tf.mul(weights, tf.div(tf.cast(bernoulli(dropoutRng, keep, shape), 'float32'), keep));
}

function checkShapes(query: tf.Tensor, key: tf.Tensor): void {
  const batch = (x: tf.Tensor) => x.shape.slice(0, -3).join();
  const [heads, keyHeads] = [query.shape.at(-2)!, key.shape.at(-2)!];
  const fits = query.rank === key.rank && batch(query) === batch(key) && query.shape.at(-1) === key.shape.at(-1);
  if (fits && heads % keyHeads === 0) return;
  throw mistake(
    'dotProductAttention',
    `expected queries [..., q, heads, depth] and keys [..., k, heads, depth], got ${shapeText(query.shape)} and ${shapeText(key.shape)}.`,
    "Batch axes and depth must agree, and the keys' heads divide the queries'.",
  );
}

function checkValues(key: tf.Tensor, value: tf.Tensor): void {
  const lead = (x: tf.Tensor) => x.shape.slice(0, -1).join();
  if (key.rank === value.rank && lead(key) === lead(value)) return;
  throw mistake(
    'dotProductAttention',
    `expected keys [..., k, heads, depth] and values [..., k, heads, width], got ${shapeText(key.shape)} and ${shapeText(value.shape)}.`,
    'Only their last axes may differ.',
  );
}

/** What a layer attends with. */
export interface AttentionArguments<O> {
  readonly queries: tf.Tensor;
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
  readonly options: O;
}

/** The arguments of a layer's call, keys defaulting to queries and values to keys; the options come last. */
export function attentionArguments<O extends object>(
  who: string,
  queries: tf.Tensor,
  rest: readonly unknown[],
): AttentionArguments<O> {
  const isInput = (value: unknown) => value instanceof tf.Tensor || value === null || value === undefined;
  const place = rest.findIndex((each) => !isInput(each));
  const inputs = place < 0 ? rest : rest.slice(0, place);
  const [keys, values] = inputs as (tf.Tensor | null | undefined)[];
  if (keys instanceof tf.Tensor || !(values instanceof tf.Tensor)) {
    const known = keys ?? queries;
    return { queries, keys: known, values: values ?? known, options: (place < 0 ? {} : rest[place]) as O };
  }
  throw mistake(
    who,
    'expected keys beside the values, got values alone.',
    'Pass the same tensor as keys, and leave the values out.',
  );
}

/** Features of each head; throws when they do not divide. */
export function headFeatures(who: string, features: number, heads: number): number {
  if (features % heads === 0) return features / heads;
  throw mistake(
    who,
    `expected features that ${heads} heads divide, got ${features}.`,
    'Choose qkvFeatures (the width of the queries where left out) as a multiple of numHeads.',
  );
}
