import * as tf from '@tensorflow/tfjs';
import { tensorsOf, treeMap } from '../../core/tree.js';
import type { Options } from '../../core/tree-typing.js';
import * as linen from '../../linen/module.js';
import { compact } from '../../linen/compact.js';
import { scopeOf, whoIs } from '../../linen/module-state.js';
import { variablesOf } from '../graph.js';
import { graphdef } from '../graphdef.js';
import type { Path } from '../pytree.js';
import { Rngs } from '../rngs.js';
import { entriesOf, nest, type StateInput } from '../state.js';
import { looseCopy, Variable } from '../variable.js';
import { RngState } from '../variable-types.js';
import { bridgeMistake, isDict, nested, type Place, placesOf, placesOfState } from './collections.js';

/** A constructor's arguments with `rngs` left out of the trailing options. */
export type LinenArgs<A extends readonly unknown[]> = A extends readonly [...infer Head, infer Last]
  ? Last extends { rngs: Rngs }
    ? Record<never, never> extends Omit<Last, 'rngs'>
      ? [...Head, options?: Omit<Last, 'rngs'>]
      : [...Head, options: Omit<Last, 'rngs'>]
    : A
  : A;

type NnxClass = new (...args: never[]) => object;
type Entry = readonly [path: Path, variable: Variable<unknown>];

/**
 * An NNX module as a Linen module: its variables are in the collections that belong to their types. The NNX module is
 * built anew at each run, with streams from the run's keys. Flax `nnx.bridge.ToLinen`.
 */
export class NnxInLinen<M> extends linen.Module {
  static readonly moduleName = 'ToLinen';

  constructor(
    readonly nnxClass: NnxClass,
    readonly args: readonly unknown[],
    readonly skipRng: boolean,
    options: linen.ModuleOptions = {},
  ) {
    super(options);
  }

  declare call: (
    ...args: M extends { call(...args: infer A): unknown } ? A : never
  ) => M extends { call(...args: never[]): infer R } ? R : never;
}

Object.defineProperty(NnxInLinen.prototype, 'call', {
  value: compact(runInLinen as never),
  writable: true,
  configurable: true,
});

/** Wraps an NNX class; `args` are its constructor's, without `rngs`. Flax `to_linen`. */
export function toLinen<C extends new (...args: never[]) => object>(
  nnxClass: C,
  args: LinenArgs<ConstructorParameters<C>>,
  options: linen.ModuleOptions & Options<{ /** Default false. */ skipRng: boolean }> = {},
): NnxInLinen<InstanceType<C>> {
  const { skipRng = false, ...placement } = options;
  return new NnxInLinen(nnxClass, args as readonly unknown[], skipRng, placement);
}

function runInLinen(this: NnxInLinen<unknown>, ...args: unknown[]): unknown {
  const starting = this.isInitializing();
  const module = built(this, starting);
  const entries = variablesOf(module);
  const owned = tensorsOf(entries.map(([, variable]) => Variable.stored(variable)));
  try {
    const filled = entries.map(starting ? borrowed : fillerFrom(this, entries));
    if (starting) store(this, placesOfState(filled));
    const run = graphdef(module).apply(nest(filled)) as unknown as Run;
    const [output, [, after]] = run(...args);
    if (!starting) store(this, placesOfState(variablesIn(after)));
    return output;
  } finally {
    tf.dispose(owned);
  }
}

type Run = (...all: unknown[]) => readonly [output: unknown, updates: readonly [unknown, object]];

/** The NNX module, with streams that start from the keys of this run. */
function built(wrapper: NnxInLinen<unknown>, starting: boolean): object {
  const { nnxClass, args, skipRng } = wrapper;
  const make = nnxClass as unknown as new (...all: unknown[]) => object;
  if (skipRng) return new make(...args);
  const rngs = streamsOf(wrapper, starting);
  const last = args.at(-1);
  const hasOptions = isDict(last) && args.length >= nnxClass.length;
  return hasOptions ? new make(...args.slice(0, -1), { ...last, rngs }) : new make(...args, { rngs });
}

/** A stream for each key of the run; `default` is seed 0 where it is missing and nothing is created. */
function streamsOf(wrapper: NnxInLinen<unknown>, starting: boolean): Rngs {
  const names = Object.keys(scopeOf(wrapper as never, 'draw keys').streams);
  const sources = names.map((name) => [name, wrapper.makeRng(name)] as const);
  return new Rngs({ ...(starting ? {} : { default: 0 }), ...Object.fromEntries(sources) });
}

/** The variable over a copy of its value that belongs to the enclosing scope. */
function borrowed([path, variable]: Entry): Entry {
  const copy = treeMap(
    (leaf: unknown) => (leaf instanceof tf.Tensor ? tf.clone(leaf) : leaf),
    Variable.stored(variable),
  );
  return [path, looseCopy(variable, copy)];
}

/** Gives variables the values that Linen has for them. */
function fillerFrom(wrapper: NnxInLinen<unknown>, entries: readonly Entry[]): (entry: Entry) => Entry {
  const known = new Set(entries.map(([path]) => path.join('/')));
  const given = new Map(placesOf(wrapper.variables).map((place) => [place.path.join('/'), place]));
  const unknown = [...given.values()].find(({ path }) => !known.has(path.join('/')));
  if (unknown !== undefined) {
    throw bridgeMistake(whoIs(wrapper as never), unknown.path, [
      `expected variables that ${wrapper.nnxClass.name} has, got one of '${unknown.collection}' that it has not.`,
      'Pass the variables that init returned for the same class and arguments.',
    ]);
  }
  return (entry) => {
    const place = entry[1] instanceof RngState ? undefined : given.get(entry[0].join('/'));
    return place === undefined ? borrowed(entry) : [entry[0], looseCopy(entry[1], place.value)];
  };
}

/** Sets the variables of collections that may change. */
function store(wrapper: NnxInLinen<unknown>, places: readonly Place[]): void {
  for (const [collection, tree] of Object.entries(nested(places))) {
    if (!wrapper.isMutableCollection(collection)) continue;
    for (const [name, value] of Object.entries(tree)) wrapper.putVariable(collection, name, value);
  }
}

function variablesIn(state: object): Entry[] {
  return entriesOf(state as StateInput).map(([path, variable]) => [path, variable as Variable<unknown>]);
}
