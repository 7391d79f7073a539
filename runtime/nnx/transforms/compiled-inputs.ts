import * as tf from '@tensorflow/tfjs';
import type { Key } from '../../core/key.js';
import { CountsFrom, countsFromTensor, countsToTensor } from '../counts.js';
import type { Traversal } from '../traversal.js';
import { Variable } from '../variable.js';
import { RngCount } from '../variable-types.js';
import { counterOf } from './counter-source.js';

/** The values of a graph's variables, as a compiled function takes them. */
export class CompiledInputs {
  readonly #variables: readonly Variable<unknown>[];
  /** Positions of counters, with the position of the stream's key; -1 where the key is not part of the graph. */
  readonly #counters: readonly (readonly [count: number, key: number])[];

  constructor({ variables, streams }: Traversal) {
    this.#variables = variables;
    const keyOf = new Map(streams.map(({ count, key }) => [count as unknown, variables.indexOf(key as never)]));
    this.#counters = variables.flatMap((variable, i): [number, number][] =>
      variable instanceof RngCount ? [[i, keyOf.get(variable) ?? -1]] : [],
    );
  }

  /** Which variables are counters with a key, as text. */
  get kinds(): string {
    return this.#counters.map((pair) => pair.join(':')).join();
  }

  /** The values of now: counters as sources of keys, or as tensors where their key is not known. */
  read(): unknown[] {
    const values = this.#variables.map(Variable.stored);
    for (const [count, key] of this.#counters) {
      const counts = CompiledInputs.hostCounts(values[count]);
      values[count] = key < 0 ? countsToTensor(counts) : counterOf(values[key] as Key, counts as Uint32Array);
    }
    return values;
  }

  /** What is put into the variables while the function is traced. */
  static lent({ variables, streams }: Traversal, values: readonly unknown[]): unknown[] {
    const place = new Map<unknown, number>(variables.map((variable, i) => [variable, i]));
    const lent = [...values];
    for (const { count, key } of streams) {
      const at = place.get(count)!;
      lent[at] = new CountsFrom(values[place.get(key)!] as Key, values[at] as Key);
    }
    return lent;
  }

  /** Counters on the host: a loop or a branch around the call may have put them into a tensor. */
  static hostCounts(value: unknown): unknown {
    return value instanceof tf.Tensor ? countsFromTensor(value) : value;
  }

  /** The value of a new variable. */
  static hostValue(variable: Variable<unknown>, value: unknown): unknown {
    return variable instanceof RngCount ? CompiledInputs.hostCounts(value) : value;
  }
}
