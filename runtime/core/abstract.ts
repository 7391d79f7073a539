import * as tf from '@tensorflow/tfjs';
import type { Spec } from './kernels/record.js';
import { kernelTable } from './kernels/table.js';
import { LevelBackend, atLevel, tensorOf } from './levels.js';
import { type MapLeaves, ShapeDtypeStruct, type Value } from './tree-typing.js';
import { treeMap } from './tree.js';

/**
 * Shapes and dtypes of `f(...args)`, without arithmetic; arguments are tensors or `ShapeDtypeStruct`s. Keys come back
 * as they are. Throws where `f` reads a value, returns a promise, or runs a kernel whose shape rule is not known.
 * Mirrors `jax.eval_shape`.
 */
export function evalShape<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...args: { [I in keyof A]: A[I] | MapLeaves<A[I], ShapeDtypeStruct> }
): MapLeaves<R, ShapeDtypeStruct> {
  const backend = new AbstractBackend();
  return atLevel(backend, () => {
    const inputs = treeMap((leaf: unknown) => (isSpec(leaf) ? tensorOf(backend.make(leaf)) : leaf), args);
    const result = f(...(inputs as unknown as A));
    if (result instanceof Promise) throw promised(result);
    return treeMap(structOf, result);
  }) as MapLeaves<R, ShapeDtypeStruct>;
}

/** A backend whose tensors have no values. */
class AbstractBackend extends LevelBackend {
  readonly #references = new Map<object, number>();

  make({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: tf.DataType }): tf.TensorInfo {
    const dataId = {};
    this.#references.set(dataId, 1);
    return { dataId, shape: [...shape], dtype };
  }

  run(
    kernelName: string,
    inputs: Readonly<Record<string, Spec | null | undefined>>,
    attrs: object,
  ): tf.TensorInfo[] | tf.TensorInfo {
    const record = kernelTable.get(kernelName);
    if (record === undefined) throw unknownKernel(kernelName);
    const given = Object.fromEntries(
      Object.entries(inputs).filter((entry): entry is [string, Spec] => entry[1] != null),
    );
    const shapes = record.shapes(given, attrs);
    return Array.isArray(shapes) ? shapes.map((spec) => this.make(spec)) : this.make(shapes);
  }

  override write(_values: unknown, shape: number[], dtype: tf.DataType): object {
    return this.make({ shape, dtype }).dataId;
  }

  override readSync(): never {
    throw new Error(
      'jax.evalShape: expected a function of shapes, got one that reads the value of a tensor.\n' +
        'There are no values here. Pass what decides as a plain number or boolean, or use `tf.where`.',
    );
  }

  override read(): never {
    return this.readSync();
  }

  override incRef(dataId: object): void {
    this.#references.set(dataId, this.refCount(dataId) + 1);
  }

  override refCount(dataId: object): number {
    return this.#references.get(dataId) ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const left = force ? 0 : this.refCount(dataId) - 1;
    if (left > 0) this.#references.set(dataId, left);
    else this.#references.delete(dataId);
    return left <= 0;
  }

  override numDataIds(): number {
    return this.#references.size;
  }
}

function isSpec(leaf: unknown): leaf is tf.Tensor | ShapeDtypeStruct {
  return leaf instanceof tf.Tensor || leaf instanceof ShapeDtypeStruct;
}

function structOf(leaf: unknown): unknown {
  if (isSpec(leaf)) return new ShapeDtypeStruct(leaf.shape, leaf.dtype);
  if (typeof leaf === 'number') return new ShapeDtypeStruct([]);
  return typeof leaf === 'boolean' ? new ShapeDtypeStruct([], 'bool') : leaf;
}

function promised(result: Promise<unknown>): Error {
  result.catch(() => undefined);
  return new Error(
    'jax.evalShape: expected a function that returns tensors, got one that returns a promise.\n' +
      'Await before the call: shapes cannot be followed across `await`.',
  );
}

function unknownKernel(kernelName: string): Error {
  return new Error(
    `jax.evalShape: expected a kernel whose shape rule is known, got ${kernelName}.\n` +
      'Run the function on tensors instead, or keep this operation out of it.',
  );
}
