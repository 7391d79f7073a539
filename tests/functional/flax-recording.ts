import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';

/** An array as `fixtures/flax/record.py` writes it. */
export interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | boolean)[];
}

/** Nested dicts of recorded arrays. */
export interface RecordedTree {
  readonly [name: string]: Recorded & RecordedTree;
}

/** What real Flax computed: `linen.json` or `nnx.json`. */
export function recording(file: string): RecordedTree & { readonly [name: string]: never } {
  const url = new URL(`../../fixtures/flax/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as never;
}

export function tensorOf({ shape, dtype, data }: Recorded): tf.Tensor {
  return tf.tensor(data.map(Number), [...shape], dtype.startsWith('float') ? 'float32' : 'int32');
}

/** A tree of recorded arrays as a tree of tensors. */
export function tensorsIn(tree: RecordedTree): never {
  const entries = Object.entries(tree).map(([name, each]) => [
    name,
    isRecorded(each) ? tensorOf(each) : tensorsIn(each),
  ]);
  return Object.fromEntries(entries) as never;
}

/** Same paths, and at each place values within `ulps` units in the last place (default 4). */
export function expectUlps(actual: unknown, recorded: RecordedTree, ulps = 4): void {
  eachPair(actual, recorded, (tensor, { data }, path) => {
    const distances = [...tensor.dataSync()].map((value, i) => ulpDistance(value, Number(data[i])));
    expect({ path, far: distances.filter((distance) => !(distance <= ulps)) }).toEqual({ path, far: [] });
  });
}

/** Same paths, and at each place |a − b| ≤ tolerance · (1 + |b|). */
export function expectNear(actual: unknown, recorded: RecordedTree, tolerance = 1e-5): void {
  eachPair(actual, recorded, (tensor, { data }, path) => {
    const far = [...tensor.dataSync()].filter((value, i) => !near(value, Number(data[i]), tolerance));
    expect({ path, far }).toEqual({ path, far: [] });
  });
}

export function near(a: number, b: number, tolerance: number): boolean {
  return Number.isNaN(b) ? Number.isNaN(a) : Math.abs(a - b) <= tolerance * (1 + Math.abs(b));
}

function eachPair(
  actual: unknown,
  recorded: unknown,
  visit: (tensor: tf.Tensor, recorded: Recorded, path: string) => void,
) {
  const [mine, theirs] = [flatten(actual), flatten(recorded)];
  expect([...mine.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [path, each] of theirs) {
    const tensor = mine.get(path) as tf.Tensor;
    expect({ path, shape: tensor.shape }).toEqual({ path, shape: (each as Recorded).shape });
    visit(tensor, each as Recorded, path);
  }
}

function flatten(tree: unknown, path = ''): Map<string, unknown> {
  if (tree instanceof tf.Tensor || isRecorded(tree)) return new Map([[path, tree]]);
  const entries = Object.entries(tree as object).flatMap(([name, each]) => [...flatten(each, `${path}/${name}`)]);
  return new Map(entries);
}

function isRecorded(value: unknown): value is Recorded {
  return typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data);
}

function ulpDistance(a: number, b: number): number {
  const [x, y] = [...new Int32Array(Float32Array.of(a, b).buffer)].map((bits) =>
    bits < 0 ? -(bits & 0x7fffffff) : bits,
  );
  return Math.abs(x! - y!);
}
