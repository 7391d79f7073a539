import type * as tf from '@tensorflow/tfjs';
import { collections } from '../catalogue/collections.js';
import type { Key, Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { Variable, type VariableType } from './variable.js';

/** A trainable parameter. Linen collection `params`. */
export class Param<T = tf.Tensor> extends Variable<T> {}
/** Running statistics. Linen collection `batch_stats`. */
export class BatchStat<T = tf.Tensor> extends Variable<T> {}
/** Decoding caches. Linen collection `cache`. */
export class Cache<T = tf.Tensor> extends Variable<T> {}
/** Sown values. Linen collection `intermediates`. */
export class Intermediate<T = tf.Tensor> extends Variable<T> {}
/** Values added to read a gradient. Linen collection `perturbations`. */
export class Perturbation<T = tf.Tensor> extends Intermediate<T> {}
/** Low-rank adapter parameters. */
export class LoRAParam<T = tf.Tensor> extends Param<T> {}
/** State of random streams. */
export class RngState<T = unknown> extends Variable<T> {
  /** Name of the stream. */
  get tag(): string {
    return String(this.getMetadata('tag'));
  }
}
/** A stream's key. */
export class RngKey extends RngState<Key> {}
/** A stream's counter: a uint32, or one per slice once the stream is split or stacked by vmap; host-resident. */
export class RngCount extends RngState<Uint32Array> {}
/** Optimizer state. */
export class OptState<T = tf.Tensor> extends Variable<T> {}
/** Optimizer state that mirrors no variable. */
export class OptArray<T = tf.Tensor> extends OptState<T> {}
/** Optimizer state that mirrors a variable. */
export class OptVariable<T = tf.Tensor> extends OptState<T> {}
/** State of metrics. */
export class MetricState<T = tf.Tensor> extends Variable<T> {}

const builtIn: { readonly [name: string]: VariableType } = { Param, BatchStat, Cache, Intermediate, Perturbation };
const byName = new Map<string, VariableType>(
  collections.map(({ collection, variable }) => [collection, builtIn[variable]!]),
);

/** The variable class for a Linen collection. */
export function variableTypeFromName(
  name: string,
  options: Options<{ base: VariableType; /** Default false. */ allowRegister: boolean }> = {},
): VariableType {
  const known = byName.get(name);
  if (known !== undefined) return known;
  if (!options.allowRegister) throw unknownName(`a registered collection, got '${name}'`);
  const base = (options.base ?? Variable) as unknown as typeof Variable;
  const type = { [name]: class extends base<unknown> {} }[name]!;
  byName.set(name, type);
  return type;
}

/** The Linen collection for a variable class. */
export function variableNameFromType(
  type: VariableType,
  options: Options<{ /** Default false. */ allowRegister: boolean }> = {},
): string {
  for (const [name, each] of byName) if (each === type) return name;
  if (!options.allowRegister) throw unknownName(`a registered Variable class, got ${type.name}`);
  byName.set(type.name, type);
  return type.name;
}

/** Ties a Linen collection to a variable class. */
export function registerVariableName(
  name: string,
  type: VariableType,
  options: Options<{ /** Default false. */ overwrite: boolean }> = {},
): void {
  if (byName.has(name) && !options.overwrite) {
    throw mistake('nnx.registerVariableName', `expected a new name, got '${name}'.`, 'Pass { overwrite: true }.');
  }
  byName.set(name, type);
}

function unknownName(expected: string): Error {
  return mistake(
    'nnx',
    `expected ${expected}.`,
    'Tie the two with nnx.registerVariableName(name, type), or pass { allowRegister: true }.',
  );
}
