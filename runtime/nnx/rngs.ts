import type * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../core/observer.js';
import { isKey, type Key, key as makeKey } from '../core/key.js';
import type { DType, Options, Pytree as PytreeMark, Shape } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import * as random from '../random/distributions.js';
import * as choices from '../random/choices.js';
import { advanced, zeroCounts } from './counts.js';
import { type Filter, toPredicate } from './filters.js';
import { runningModule } from './running.js';
import { keyAt, repeatKey, splitKey } from './stream-keys.js';
import { RngCount, RngKey } from './variable-types.js';

/** A counted stream of keys; calling it draws the next one. */
export interface RngStream extends PytreeMark<'node'> {
  (): Key;
  readonly key: RngKey;
  readonly count: RngCount;
  readonly tag: string;
  /** A new stream that starts from the next key. */
  fork(): RngStream;
  /** A new stream of `n` keys split from the next key. */
  split(n: number | readonly number[]): RngStream;
  /** A new stream of `n` equal keys. */
  broadcast(n: number | readonly number[]): RngStream;
}

/** A seed, a key or a stream. */
export type RngSource = number | Key | RngStream;

/** What a stream is made of. `asked` is the name it was asked for by, where `tag` is only what it falls back to. */
export interface StreamParts {
  readonly key: RngKey;
  readonly count: RngCount;
  readonly tag: string;
  readonly asked: string;
}

const streamParts = new WeakMap<object, StreamParts>();

/** The parts of a stream, or undefined for any other value. */
export function partsOfStream(value: unknown): StreamParts | undefined {
  return typeof value === 'function' ? streamParts.get(value) : undefined;
}

/** A stream over these variables. */
export function streamOf(parts: StreamParts): RngStream {
  const { key, count, tag, asked } = parts;
  const stream = (): Key => draw(parts);
  const derived = (next: Key) => newStream(next, tag, asked);
  Object.assign(stream, { key, count, tag });
  Object.assign(stream, {
    fork: () => derived(draw(parts)),
    split: (n: number | readonly number[]) => derived(splitKey(draw(parts), n)),
    broadcast: (n: number | readonly number[]) => derived(repeatKey(draw(parts), n)),
  });
  streamParts.set(stream, parts);
  return stream as unknown as RngStream;
}

/** A counted stream of keys: `new RngStream(0, { tag: 'dropout' })`. */
export const RngStream = function (source: number | Key, { tag }: { tag: string }): RngStream {
  return newStream(typeof source === 'number' ? makeKey(source) : source, tag, tag);
} as unknown as new (source: number | Key, options: { tag: string }) => RngStream;

/** `fold_in(key, count)`, then one more on the counter. An observer may replace what a running module draws. */
export function draw({ key, count, asked }: StreamParts): Key {
  const counts = count.value;
  const next = keyAt(key.value, counts);
  count.value = advanced(counts, 1) as Uint32Array;
  const module = runningModule();
  const observer = module === null ? null : currentObserver();
  if (module === null || observer?.key === undefined) return next;
  const index = counts instanceof Uint32Array ? (counts[0] ?? 0) : 0;
  return observer.key({ module, path: null, stream: asked, index, key: next });
}

interface RngsMethods extends PytreeMark<'node'> {
  /** The next key of stream `default`. */
  (): Key;
  /** Streams that every project has; missing ones fall back to `default`. */
  readonly default: RngStream;
  readonly params: RngStream;
  readonly dropout: RngStream;
  /** The stream of this name, or `default`. */
  stream(name: string): RngStream;
  /** Whether the stream itself exists. */
  has(name: string): boolean;
  items(): IterableIterator<[name: string, stream: RngStream]>;
  /** New streams that start from the next keys. */
  fork(): Rngs;
  /** New streams of `n` keys each, or by stream filter (the first that matches; null leaves a stream as it is). */
  split(n: number | readonly number[] | readonly (readonly [filter: Filter, n: number | null])[]): Rngs;
  /** New streams of `n` equal keys. */
  broadcast(n: number | readonly number[]): Rngs;
  /** `jax.random.normal` with the next default key. */
  normal(shape?: Shape, options?: Options<{ dtype: DType }>): tf.Tensor;
  /** `jax.random.uniform` with the next default key. */
  uniform(shape?: Shape, options?: Options<{ dtype: DType; minval: number; maxval: number }>): tf.Tensor;
  /** `jax.random.truncatedNormal` with the next default key. */
  truncatedNormal(lower: number, upper: number, shape?: Shape, options?: Options<{ dtype: DType }>): tf.Tensor;
  /** `jax.random.bernoulli` with the next default key. */
  bernoulli(p?: number | tf.Tensor, shape?: Shape): tf.Tensor;
  /** `jax.random.randint` with the next default key. */
  randint(shape: Shape, minval: number, maxval: number): tf.Tensor;
  /** `jax.random.permutation` with the next default key. */
  permutation(x: number | tf.Tensor): tf.Tensor;
  /** `jax.random.categorical` with the next default key. */
  categorical(logits: tf.Tensor, options?: Options<{ axis: number; shape: Shape | null }>): tf.Tensor;
}

/** Random streams by name: `rngs.params()` draws the next key. A stream that is missing falls back to `default`. */
export type Rngs = RngsMethods & RngStreams;
interface RngStreams {
  readonly [stream: string]: RngStream;
}

const rngsStreams = new WeakMap<object, ReadonlyMap<string, RngStream>>();

/** The streams of an `Rngs` by name, or undefined for any other value. */
export function streamsOf(value: unknown): ReadonlyMap<string, RngStream> | undefined {
  return typeof value === 'function' ? rngsStreams.get(value) : undefined;
}

/** An `Rngs` over these streams. */
export function rngsOf(streams: ReadonlyMap<string, RngStream>): Rngs {
  const draws = (): Key => streamNamed(streams, 'default')();
  const methods = rngsMethods(streams);
  const rngs = new Proxy(draws, {
    get(target, name) {
      if (typeof name !== 'string' || name === 'then') return Reflect.get(target, name) as unknown;
      if (streams.has(name)) return streams.get(name);
      if (Object.hasOwn(methods, name)) return methods[name as keyof typeof methods];
      return name in target ? (Reflect.get(target, name) as unknown) : streamNamed(streams, name);
    },
    has: (_target, name) => typeof name === 'string' && streams.has(name),
  });
  rngsStreams.set(rngs, streams);
  return rngs as unknown as Rngs;
}

/** Random streams by name. Flax `Rngs`: counters start at 0, and each draw is `fold_in(key, count)`. */
export const Rngs = function (
  first?: RngSource | Rngs | { readonly [stream: string]: RngSource } | null,
  named: { readonly [stream: string]: RngSource } = {},
): Rngs {
  const copied = streamsOf(first);
  if (copied !== undefined) return rngsOf(restarted(copied));
  const isSource = typeof first === 'number' || isKey(first) || partsOfStream(first) !== undefined;
  const sources = isSource ? { default: first as RngSource, ...named } : { ...first, ...named };
  return rngsOf(restarted(new Map(Object.entries(sources as { [stream: string]: RngSource }))));
} as unknown as {
  /** A default seed, named seeds, or both. */
  new (defaultSource?: RngSource | null, streams?: { readonly [stream: string]: RngSource }): Rngs;
  new (streams: { readonly [stream: string]: RngSource }): Rngs;
  new (rngs: Rngs): Rngs;
};

function restarted(sources: ReadonlyMap<string, RngSource>): Map<string, RngStream> {
  return new Map([...sources].map(([name, source]) => [name, newStream(keyOf(name, source), name, name)]));
}

function keyOf(name: string, source: RngSource): Key {
  if (typeof source === 'number') return makeKey(source);
  if (isKey(source)) return source;
  const parts = partsOfStream(source);
  if (parts !== undefined) return parts.key.value;
  throw mistake('nnx.Rngs', `expected a seed, key or stream for '${name}', got ${typeof source}.`, 'Pass a number.');
}

function newStream(key: Key, tag: string, asked: string): RngStream {
  return streamOf({ key: new RngKey(key, { tag }), count: new RngCount(zeroCounts(key.shape), { tag }), tag, asked });
}

/** The stream, or `default` under the name it was asked for by. */
function streamNamed(streams: ReadonlyMap<string, RngStream>, name: string): RngStream {
  const stream = streams.get(name);
  if (stream !== undefined) return stream;
  const fallback = partsOfStream(streams.get('default'));
  if (fallback !== undefined) return streamOf({ ...fallback, asked: name });
  throw mistake(
    'nnx.Rngs',
    `expected stream '${name}' or 'default', got ${[...streams.keys()].join(', ') || 'none'}.`,
    `Make it: new nnx.Rngs(0), or new nnx.Rngs({ ${name}: 0 }).`,
  );
}

function rngsMethods(
  streams: ReadonlyMap<string, RngStream>,
): Omit<RngsMethods, 'default' | 'params' | 'dropout' | keyof PytreeMark> {
  const each = (change: (stream: RngStream) => RngStream): Rngs =>
    rngsOf(new Map([...streams].map(([name, stream]) => [name, change(stream)])));
  const next = () => streamNamed(streams, 'default')();
  return {
    stream: (name) => streamNamed(streams, name),
    has: (name) => streams.has(name),
    items: () => streams.entries(),
    fork: () => each((stream) => stream.fork()),
    split: (n) => each((stream) => splitStream(stream, n)),
    broadcast: (n) => each((stream) => stream.broadcast(n)),
    normal: (shape, options) => random.normal(next(), shape, options),
    uniform: (shape, options) => random.uniform(next(), shape, options),
    truncatedNormal: (lower, upper, shape, options) => random.truncatedNormal(next(), lower, upper, shape, options),
    bernoulli: (p, shape) => random.bernoulli(next(), p, shape),
    randint: (shape, minval, maxval) => random.randint(next(), shape, minval, maxval),
    permutation: (x) => choices.permutation(next(), x),
    categorical: (logits, options) => choices.categorical(next(), logits, options),
  };
}

function splitStream(
  stream: RngStream,
  n: number | readonly number[] | readonly (readonly [filter: Filter, n: number | null])[],
): RngStream {
  if (typeof n === 'number' || typeof n[0] !== 'object') return stream.split(n as number | readonly number[]);
  const rules = n as readonly (readonly [filter: Filter, n: number | null])[];
  const rule = rules.find(([filter]) => toPredicate(filter)([stream.tag, 'key'], stream.key));
  return rule?.[1] == null ? stream.fork() : stream.split(rule[1]);
}
