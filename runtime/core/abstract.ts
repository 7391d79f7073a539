import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from './key-source.js';
import { leftOut } from './kernels/left-out.js';
import type { Spec } from './kernels/record.js';
import { kernelTable } from './kernels/table.js';
import { HandleLevel } from './handle-level.js';
import { atLevel, tensorOf } from './levels.js';
import { type MapLeaves, type Shape, ShapeDtypeStruct, type Value } from './tree-typing.js';
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
    const inputs = treeMap((leaf: unknown) => (isSpec(leaf) ? tensorOf(backend.abstract(leaf)) : leaf), args);
    const result = f(...(inputs as unknown as A));
    if (result instanceof Promise) throw promised(result);
    return treeMap(structOf, result);
  }) as MapLeaves<R, ShapeDtypeStruct>;
}

/** A level whose tensors have no values. */
class AbstractBackend extends HandleLevel<null> {
  override run(
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
    return Array.isArray(shapes) ? shapes.map((spec) => this.abstract(spec)) : this.abstract(shapes);
  }

  abstract(spec: Omit<Spec, 'shape'> & { readonly shape: Shape }): tf.TensorInfo {
    return this.make(null, spec);
  }

  override liftKeys({ shape }: KeySource): KeySource {
    return new AbstractKeys(shape, this);
  }

  override sample(source: KeySource, { shape, dtype }: SampleRequest): tf.Tensor {
    return tensorOf(this.abstract({ shape: [...source.shape, ...shape], dtype }));
  }

  override write(_values: unknown, shape: number[], dtype: tf.DataType): object {
    return this.abstract({ shape, dtype }).dataId;
  }

  override readSync(): never {
    throw valueRead();
  }

  protected override release(): void {}
}

/** Keys that were made with a tensor of the level: their words are not known. */
class AbstractKeys implements KeySource {
  constructor(
    readonly shape: Shape,
    readonly level: AbstractBackend,
  ) {}

  get words(): never {
    throw valueRead();
  }

  split(num: number): KeySource {
    return new AbstractKeys([...this.shape, num], this.level);
  }

  foldIn(): KeySource {
    return this;
  }

  select(shape: Shape): KeySource {
    return new AbstractKeys(shape, this.level);
  }

  stack(sources: readonly KeySource[]): KeySource {
    return new AbstractKeys([sources.length, ...this.shape], this.level);
  }

  sample(request: SampleRequest): tf.Tensor {
    return this.level.sample(this, request);
  }
}

function valueRead(): Error {
  return new Error(
    'jax.evalShape: expected a function of shapes, got one that reads the value of a tensor.\n' +
      'There are no values here. Pass what decides as a plain number or boolean, or use `tf.where`.',
  );
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
  const reason = leftOut.get(kernelName);
  return new Error(
    `jax.evalShape: expected a kernel whose shape rule is known, got ${kernelName}${reason === undefined ? '' : `: ${reason}`}.\n` +
      'Run the function on tensors instead, or keep this operation out of it.',
  );
}
