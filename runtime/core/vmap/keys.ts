import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from '../key-source.js';
import { ones } from '../kernels/running.js';
import type { Operand } from '../kernels/record.js';
import { currentLevel } from '../levels.js';
import type { Shape } from '../tree-typing.js';
import { valueRead } from './mistakes.js';

/** The level at which keys are those of one example. */
interface KeyLevel {
  readonly size: number;
  lower<R>(body: () => R): R;
  operand(tensor: tf.Tensor): Operand;
  sample(source: KeySource, request: SampleRequest): tf.Tensor;
}

/** Keys that differ from example to example: `below` holds those of all examples, [n, ...shape]. */
export class MappedKeys implements KeySource {
  readonly shape: Shape;

  constructor(
    readonly level: KeyLevel,
    readonly below: KeySource,
    readonly origin: string | null,
  ) {
    this.shape = below.shape.slice(1);
  }

  /** Of keys that all examples share. */
  static repeated(level: KeyLevel, source: KeySource): MappedKeys {
    const count = sizeOf(source.shape);
    const indices = Array.from({ length: level.size * count }, (_, i) => i % count);
    return new MappedKeys(level, source.select([level.size, ...source.shape], indices), null);
  }

  get words(): never {
    throw valueRead(this.origin);
  }

  split(num: number): KeySource {
    return this.#with(this.below.split(num));
  }

  foldIn(data: number | tf.Tensor): KeySource {
    if (typeof data === 'number') return this.#with(this.below.foldIn(data));
    const operand = this.level.operand(data);
    return this.#with(this.level.lower(() => lifted(this.below).foldIn(this.#integers(operand))));
  }

  select(shape: Shape, indices: ArrayLike<number>): KeySource {
    const { size } = this.level;
    const count = sizeOf(this.shape);
    const all = Array.from(
      { length: size * indices.length },
      (_, i) => Math.floor(i / indices.length) * count + indices[i % indices.length]!,
    );
    return this.#with(this.below.select([size, ...shape], all));
  }

  stack(sources: readonly KeySource[]): KeySource {
    const belows = sources.map((source) => (source as MappedKeys).below);
    const stacked = this.level.lower(() => {
      const all = belows.map(lifted);
      return all[0]!.stack(all);
    });
    return this.#with(movedKeys(stacked, 1, 0));
  }

  sample(request: SampleRequest): tf.Tensor {
    return this.level.sample(this, request);
  }

  #with(below: KeySource): MappedKeys {
    return new MappedKeys(this.level, below, this.origin);
  }

  /** One integer for all keys, or one for each key of each example. */
  #integers({ tensor, mapped, shape }: Operand): tf.Tensor {
    if (!mapped && tensor.size === 1) return tensor;
    const own = tf.reshape(tensor, [
      mapped ? this.level.size : 1,
      ...(sizeOf(shape) === 1 ? ones(this.shape.length) : this.shape),
    ]);
    return tf.broadcastTo(own, [...this.below.shape]);
  }
}

/** Keys with one of their axes moved to another place. */
export function movedKeys(source: KeySource, from: number, to: number): KeySource {
  if (from === to) return source;
  const order = [...source.shape.keys()].toSpliced(from, 1).toSpliced(to, 0, from);
  const strides = source.shape.map((_, axis) => sizeOf(source.shape.slice(axis + 1)));
  const shape = order.map((axis) => source.shape[axis]!);
  const indices = order.reduce<number[]>(
    (places, axis) =>
      places.flatMap((place) => Array.from({ length: source.shape[axis]! }, (_, i) => place + i * strides[axis]!)),
    [0],
  );
  return source.select(shape, indices);
}

function lifted(source: KeySource): KeySource {
  return currentLevel()?.liftKeys(source) ?? source;
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
