import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import type * as nn from 'linen2nnx/linen';
import type * as nnx from 'linen2nnx/nnx';

/** A layer of both styles, built as the recording script built it. */
export interface Case {
  readonly linen?: () => nn.CallableModule;
  readonly nnx?: (rngs: nnx.Rngs) => nnx.CallableModule;
  /** Options of the call in both styles, made anew each time. */
  readonly options?: () => object;
  readonly nnxOptions?: () => object;
  /** Collections that change. */
  readonly mutable?: readonly string[];
  /** Seed of the stream 'dropout' of `apply`. */
  readonly dropout?: number;
  /** Parameters of an orthogonal initializer, and what follows from them: near to 1e-5 instead of 4 ulp. */
  readonly orthogonal?: boolean;
  /** Variables of ours that Flax's NNX lacks, by the first part of their path. */
  readonly extension?: string;
}
export type Cases = { readonly [layer: string]: { readonly [configuration: string]: Case } };

/** An array as the recording scripts write it. */
export interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly base64: string;
}
export type RecordedTree = Recorded | { readonly [name: string]: RecordedTree } | readonly RecordedTree[];

/** An input: numbers from a seed, or several. */
export type InputSpec =
  { readonly seed: number; readonly shape: number[]; readonly below?: number } | readonly InputSpec[];

export interface RecordedCase {
  readonly inputs: readonly InputSpec[];
  readonly linen?: Sides;
  readonly nnx?: Sides;
}
interface Sides {
  readonly variables?: RecordedTree;
  readonly state?: RecordedTree;
  readonly output: RecordedTree;
  readonly updates?: RecordedTree;
  readonly after?: RecordedTree;
  readonly grads?: RecordedTree;
}
export type Recording = { readonly [layer: string]: { readonly [configuration: string]: RecordedCase } };

/** A recording of fixtures/flax, without its versions. */
export function recordingOf<T = Recording>(file: string): T {
  const url = new URL(`../../../fixtures/flax/${file}`, import.meta.url);
  const { versions: _versions, ...content } = JSON.parse(readFileSync(url, 'utf8')) as { readonly versions: unknown };
  return content as T;
}

/** The input that a seed stands for. */
export function inputOf(spec: InputSpec): unknown {
  if (Array.isArray(spec)) return spec.map(inputOf);
  const { seed, shape, below } = spec as Exclude<InputSpec, readonly InputSpec[]>;
  const key = jax.random.key(seed);
  if (below !== undefined) return jax.random.randint(key, shape, 0, below);
  return jax.random.uniform(key, shape, { minval: -1, maxval: 1 });
}

/** The numbers of a recorded array. */
export function numbersOf({ dtype, base64 }: Recorded): Float32Array | Int32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return dtype === 'float32' ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
}

export function isRecorded(value: unknown): value is Recorded {
  return typeof value === 'object' && value !== null && 'base64' in value;
}

/** Leaves by path; names in camelCase where `camel`, as ours are in NNX. */
export function leavesOf(tree: unknown, { camel = false, path = '' } = {}): Map<string, tf.Tensor | Recorded> {
  if (tree instanceof tf.Tensor || isRecorded(tree)) return new Map([[path, tree]]);
  if (typeof tree !== 'object' || tree === null) return new Map();
  const entries = Object.entries(tree).flatMap(([name, each]) => [
    ...leavesOf(each, { camel, path: `${path}/${camel ? camelCase(name) : name}` }),
  ]);
  return new Map(entries);
}

/** A recorded tree as tensors. */
export function tensorsOf(tree: RecordedTree): never {
  if (isRecorded(tree)) {
    const dtype = tree.dtype === 'float32' ? 'float32' : 'int32';
    return tf.tensor(numbersOf(tree), [...tree.shape], dtype) as never;
  }
  if (Array.isArray(tree)) return tree.map((each: RecordedTree) => tensorsOf(each)) as never;
  return Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, tensorsOf(each)])) as never;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
