import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { treeMap } from '../core/tree.js';
import { mistake } from '../functional/mistake.js';
import type { Filter } from './filters.js';
import { variablesOf } from './graph.js';
import { clone, state } from './graphdef.js';
import { type Path, pathText, Pytree } from './pytree.js';
import { entriesOf, type State } from './state.js';
import { ownedCopy, Variable, writeCopy } from './variable.js';

/**
 * Exponential moving average of a model's variables: decay · average + (1 − decay) · value, started at their values.
 * Flax `nnx.EMA`.
 */
export class EMA extends Pytree {
  readonly decay: number;
  readonly filter: Filter;
  /** The averages, as variables of the same types and paths. */
  readonly params: State;

  constructor(params: object, decay: number, options: Options<{ /** Default '...'. */ only: Filter }> = {}) {
    super();
    this.decay = decay;
    this.filter = options.only ?? '...';
    this.params = copied(state(params, this.filter)) as State;
  }

  /** One step towards the values of `params`. */
  update(params: object): void {
    const given = valuesByPath(params);
    tf.tidy(() => {
      for (const [path, average] of entriesOf(this.params)) {
        const value = given.get(path.join('/'));
        if (value === undefined) throw absent('EMA.update', path);
        const variable = average as Variable<unknown>;
        const next = treeMap((old: unknown, now: unknown) => this.#mixed(old, now), Variable.stored(variable), value);
        writeCopy(variable, next);
      }
    });
  }

  /** A copy of the model with the averages as values; unlike Flax's it does not change with later updates. */
  applyTo<M extends object>(model: M): M {
    const copy = clone(model);
    const variables = new Map(variablesOf(copy).map(([path, variable]) => [path.join('/'), variable]));
    for (const [path, average] of entriesOf(this.params)) {
      const variable = variables.get(path.join('/'));
      if (variable === undefined) throw absent('EMA.applyTo', path);
      writeCopy(variable, Variable.stored(average as Variable<unknown>));
    }
    return copy;
  }

  #mixed(old: unknown, now: unknown): unknown {
    if (!(old instanceof tf.Tensor) || !(now instanceof tf.Tensor) || old.dtype !== 'float32') return now;
    return tf.add(tf.mul(old, this.decay), tf.mul(now, 1 - this.decay));
  }
}

function copied(tree: object): object {
  const entries = Object.entries(tree).map(([name, each]: [string, object]) => [
    name,
    each instanceof Variable ? ownedCopy(each, Variable.stored(each as Variable<unknown>)) : copied(each),
  ]);
  return Object.fromEntries(entries) as object;
}

function valuesByPath(params: object): Map<string, unknown> {
  return new Map(variablesOf(params).map(([path, variable]) => [path.join('/'), Variable.stored(variable)]));
}

function absent(who: string, path: Path): Error {
  return mistake(
    who,
    `expected the variables that the average was made of, got none at ${pathText(path)}.`,
    'Pass a model of the same structure.',
  );
}
