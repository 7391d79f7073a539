import * as tf from '@tensorflow/tfjs';
import { isKey, type Key } from '../core/key.js';
import { currentLevel } from '../core/levels.js';
import { mistake } from '../functional/mistake.js';
import { bindAt, settle } from './attachment.js';
import { callAsMethod, isMethodOf, type Method } from './method.js';
import { classNameOf, isModule, whoIs } from './module-state.js';
import { ModuleScope, type Root } from './scope.js';
import {
  type CollectionFilter,
  copyDicts,
  DenyList,
  type Dict,
  inFilter,
  isDict,
  type RngKeys,
  type Variables,
  type VariablesInput,
} from './variables.js';

/** What `init` and `apply` are told besides the arguments. */
export interface RunOptions {
  readonly method?: unknown;
  readonly rngs?: RngKeys | undefined;
  readonly mutable?: CollectionFilter | undefined;
  readonly captureIntermediates?: boolean | ((module: never, methodName: string) => boolean) | undefined;
  /** Runs an initializer. Default at once. */
  readonly make?: Root['make'] | undefined;
}

/** Creates a module's variables by running a method once: `[output, variables]`. */
export function initModule(
  module: object,
  rngs: RngKeys,
  { args, options }: { args: readonly unknown[]; options: RunOptions },
): [output: unknown, variables: Variables] {
  const mutable = options.mutable ?? new DenyList('intermediates');
  const scope = rootScope(module, {}, { ...options, rngs, mutable, initializing: true });
  const output = runOn(bindAt(module, scope), options.method, args);
  return [output, scope.mutableVariables()];
}

/** As `initModule`, freeing all tensors but the variables. */
export function initVariables(module: object, rngs: RngKeys, run: { args: readonly unknown[]; options: RunOptions }) {
  return tf.tidy(() => initModule(module, rngs, run)[1] as unknown as tf.TensorContainer) as unknown as Variables;
}

/** Runs a method with variables: the output, or `[output, updates]` when something is mutable. */
export function applyModule(
  module: object,
  variables: VariablesInput,
  { args, options }: { args: readonly unknown[]; options: RunOptions },
): unknown {
  const scope = rootScope(module, variables, options);
  const output = runOn(bindAt(module, scope), options.method, args);
  return (options.mutable ?? false) === false && !options.captureIntermediates
    ? output
    : [output, scope.mutableVariables()];
}

/** A scope at the root of these variables. */
export function rootScope(
  module: object,
  variables: VariablesInput,
  options: RunOptions & { readonly initializing?: boolean },
): ModuleScope {
  const mutable = mutableWith(options);
  const root: Root = {
    path: [],
    collections: ownCollections(module, variables, mutable),
    mutable: (name) => inFilter(mutable, name),
    rngs: streams(module, options.rngs),
    initializing: options.initializing ?? false,
    capture: captureOf(options.captureIntermediates),
    adopted: new Map(),
    lifted: false,
    level: currentLevel(),
    make: options.make ?? ((body) => body()),
  };
  return ModuleScope.root(root);
}

/** Calls the method that `method` names, refers to or is, on a bound module. */
function runOn(module: object, method: unknown, args: readonly unknown[]): unknown {
  if (typeof method === 'function') {
    if (isMethodOf(module, method as Method)) return callAsMethod(module, method as Method, args);
    settle(module);
    return (method as (...all: unknown[]) => unknown)(module, ...args);
  }
  const name = typeof method === 'string' ? method : 'call';
  settle(module);
  const found = (module as Dict)[name];
  if (typeof found === 'function') return (found as Method).apply(module, [...args]);
  if (isModule(found)) return runOn(found, undefined, args);
  throw mistake(
    whoIs(module),
    `expected a method or submodule '${name}', got ${found === undefined ? 'none' : typeof found}.`,
    "Name one that the class has: { method: 'encode' }, or pass a function (module, ...args) => ….",
  );
}

function mutableWith({ mutable = false, captureIntermediates = false }: RunOptions): CollectionFilter {
  if (captureIntermediates === false || inFilter(mutable, 'intermediates')) return mutable;
  if (mutable === false) return ['intermediates'];
  if (typeof mutable === 'string') return [mutable, 'intermediates'];
  if (mutable instanceof DenyList) return new DenyList(denied(mutable.deny).filter((name) => name !== 'intermediates'));
  return [...(mutable as Iterable<string>), 'intermediates'];
}

function denied(deny: boolean | string | readonly string[]): string[] {
  if (typeof deny === 'boolean') return [];
  return typeof deny === 'string' ? [deny] : [...deny];
}

function captureOf(capture: RunOptions['captureIntermediates']): Root['capture'] {
  if (typeof capture === 'function') return capture as Root['capture'];
  return capture ? (_module, methodName) => methodName === 'call' : null;
}

function ownCollections(module: object, variables: VariablesInput, mutable: CollectionFilter): Dict {
  if (typeof variables !== 'object' || variables === null) {
    throw mistake(
      whoIs(module),
      `expected variables by collection, got ${String(variables)}.`,
      'Pass what init returned, or { params }.',
    );
  }
  const given = Object.entries(variables as { readonly [collection: string]: object | null | undefined });
  const { params } = variables as { readonly params?: unknown };
  if (isDict(params) && isDict(params['params'])) {
    throw mistake(
      whoIs(module),
      "expected { params: … } once, got 'params' within 'params'.",
      'Pass the variables themselves, not { params: variables }.',
    );
  }
  const present = given.filter((entry): entry is [string, object] => entry[1] !== null && entry[1] !== undefined);
  return Object.fromEntries(present.map(([name, tree]) => [name, inFilter(mutable, name) ? copyDicts(tree) : tree]));
}

function streams(module: object, rngs: RngKeys | undefined): Root['rngs'] {
  if (rngs === undefined || rngs === null) return {};
  const keys: { readonly [stream: string]: Key } = isKey(rngs) ? { params: rngs } : rngs;
  const wrong = typeof rngs === 'object' ? Object.entries(keys).find(([, key]) => !isKey(key)) : ['rngs', rngs];
  if (wrong === undefined) {
    return Object.fromEntries(Object.entries(keys).map(([stream, key]) => [stream, { key, suffix: [] }]));
  }
  throw mistake(
    classNameOf(module),
    `expected a key, or keys by stream, got ${typeof wrong[1]} for '${String(wrong[0])}'.`,
    'Pass jax.random.key(0), or { params: jax.random.key(0), dropout: jax.random.key(1) }.',
  );
}
