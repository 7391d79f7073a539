import { tidyTree } from '../../core/lifetime.js';
import { isKey } from '../../core/key.js';
import type { Key, Options } from '../../core/tree-typing.js';
import type * as linen from '../../linen/module.js';
import type { DefaultMethod, MethodArgs, MethodName, MethodResult } from '../../linen/signatures.js';
import type { CollectionFilter } from '../../linen/variables.js';
import { walk } from '../graph.js';
import { type CallableModule, Module } from '../module.js';
import { Rngs } from '../rngs.js';
import { Variable } from '../variable.js';
import { bridgeMistake, isDict, nested, type Place, placesOf, placesOfState, variableIn } from './collections.js';

type Attributes = { [name: string]: unknown };
interface RunOptions {
  readonly method?: unknown;
  readonly rngs?: Rngs | null | undefined;
  readonly mutable?: CollectionFilter | undefined;
}

/** Wrappers whose next call creates their variables. */
const initializing = new WeakSet<object>();

/**
 * A Linen module as an NNX module: its variables are attributes, named as in Linen, of the types that belong to their
 * collections. Flax `nnx.bridge.ToNNX`.
 */
export class LinenInNnx<M extends linen.Module> extends Module {
  readonly rngs: Rngs | null;

  constructor(
    readonly module: M,
    rngs: Rngs | Key | null,
  ) {
    super();
    this.rngs = rngs === null ? null : isKey(rngs) ? new Rngs({ params: rngs }) : rngs.fork();
  }

  /** Creates the variables by running the method once. */
  lazyInit<K extends MethodName<M> = DefaultMethod<M>>(
    args: MethodArgs<M, K>,
    options: Options<{ method: K }> = {},
  ): this {
    tidyTree(() => {
      create(this as unknown as AnyWrapper, args, options);
      return null;
    });
    return this;
  }

  /** Runs `call`. Collections stay as they are: `apply(args, { mutable })` says which may change. */
  call(...args: MethodArgs<M, 'call'>): MethodResult<M, 'call'> {
    return run(this as unknown as AnyWrapper, args, {}) as MethodResult<M, 'call'>;
  }

  /** Runs any method; collections that may change are written back. */
  apply<K extends MethodName<M> = DefaultMethod<M>>(
    args: MethodArgs<M, K>,
    options: Options<{ method: K; rngs: Rngs | null; /** Default false. */ mutable: CollectionFilter }> = {},
  ): MethodResult<M, K> {
    return run(this as unknown as AnyWrapper, args, options) as MethodResult<M, K>;
  }
}

/** Wraps a Linen module; call `lazyInit` before use. Flax `ToNNX`. */
export function toNNX<M extends linen.Module>(
  module: M,
  options: Options<{ rngs: Rngs | Key | null }> = {},
): LinenInNnx<M> {
  return new LinenInNnx(module, options.rngs ?? null);
}

/**
 * Creates the variables of wrapped modules in `model` by running it once on `args`. Flax `nnx.bridge.lazy_init`.
 */
export function lazyInit<M extends CallableModule>(model: M, args: Parameters<M['call']>): M {
  const wrappers = [...walk(model)].flatMap(([, node]) => (node instanceof LinenInNnx ? [node] : []));
  for (const wrapper of wrappers) initializing.add(wrapper);
  try {
    tidyTree(() => {
      (model.call as (...all: unknown[]) => unknown)(...(args as readonly unknown[]));
      return null;
    });
  } finally {
    for (const wrapper of wrappers) initializing.delete(wrapper);
  }
  return model;
}

type AnyWrapper = LinenInNnx<linen.Module>;
type AnyRun = (...args: unknown[]) => unknown;

function create(wrapper: AnyWrapper, args: readonly unknown[], { method }: RunOptions): unknown {
  const { module } = wrapper;
  const initialize = module.initWithOutput.bind(module) as unknown as AnyRun;
  const [output, variables] = initialize(keysOf(wrapper.rngs), args, { method }) as [unknown, object];
  write(wrapper, placesOf(variables));
  return output;
}

function run(wrapper: AnyWrapper, args: readonly unknown[], options: RunOptions): unknown {
  if (initializing.has(wrapper)) return create(wrapper, args, options);
  const { method, mutable = false } = options;
  const rngs = keysOf(options.rngs === undefined ? wrapper.rngs : options.rngs);
  const { module } = wrapper;
  const result = (module.apply as unknown as AnyRun)(variablesOf(wrapper), args, { method, rngs, mutable });
  if (mutable === false) return result;
  const [output, updates] = result as [unknown, object];
  write(wrapper, placesOf(updates));
  return output;
}

/** One key from each stream; `default` stands for `params` where that is missing. */
function keysOf(rngs: Rngs | null): { [stream: string]: Key } {
  const keys = rngs === null ? {} : Object.fromEntries([...rngs.items()].map(([name, stream]) => [name, stream()]));
  if (Object.hasOwn(keys, 'params') || keys['default'] === undefined) return keys;
  const { default: params, ...others } = keys;
  return { ...others, params };
}

/** The attributes of a wrapper that hold variables, as Linen's collections. */
function variablesOf(wrapper: AnyWrapper): object {
  const entries = variableEntries(wrapper as unknown as Attributes, []);
  return nested(placesOfState(entries));
}

function variableEntries(tree: Attributes, path: readonly string[]): [string[], Variable<unknown>][] {
  return Object.entries(tree).flatMap(([name, each]): [string[], Variable<unknown>][] => {
    if (path.length === 0 && own.has(name)) return [];
    if (each instanceof Variable) return [[[...path, name], each as Variable<unknown>]];
    return isDict(each) ? variableEntries(each as Attributes, [...path, name]) : [];
  });
}

/** Attributes that are the wrapper's own. */
const own = new Set(['module', 'rngs']);

function write(wrapper: AnyWrapper, places: readonly Place[]): void {
  const seen = new Map<string, string>();
  for (const { collection, path, value } of places) {
    const text = path.join('/');
    const other = seen.get(text);
    if (other !== undefined) throw clash(path, `'${other}' and '${collection}'`);
    seen.set(text, collection);
    writeAt(wrapper as unknown as Attributes, path as readonly string[], { collection, value });
  }
}

function writeAt(root: Attributes, path: readonly string[], { collection, value }: Omit<Place, 'path'>): void {
  if (path[0]! in Module.prototype || own.has(path[0]!) || path[0] === 'lazyInit' || path[0] === 'apply') {
    throw clash(path, `'${collection}' and the wrapper itself`);
  }
  let place = root;
  for (const part of path.slice(0, -1)) place = (place[part] ??= {}) as Attributes;
  const name = path.at(-1)!;
  const before = place[name];
  if (before instanceof Variable) (before as Variable<unknown>).setValue(value);
  else place[name] = variableIn(collection, value);
}

function clash(path: readonly (string | number)[], owners: string): Error {
  return bridgeMistake('nnx.bridge.toNNX', path, [
    `expected one owner of each name, got ${owners}.`,
    'Rename the variable in the Linen module: collections become attributes of one object.',
  ]);
}
