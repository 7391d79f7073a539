import { mistake } from '../functional/mistake.js';
import type { ModuleScope } from './scope.js';

/** What a module instance knows of itself besides its fields. Kept apart, so that bound instances are shallow copies. */
export interface ModuleState {
  name: string | null;
  parent: object | null;
  /** Null while unbound. */
  scope: ModuleScope | null;
  /** Built inside a running `setup` without a name: attached when the attribute it is assigned to is known. */
  pending: boolean;
  setup: 'not yet' | 'running' | 'done';
  inCompact: boolean;
  /** Own properties after the adoption of fields and before `setup`; null until then. */
  fields: ReadonlyMap<string, unknown> | null;
  /** Next number of each class name, for automatic names. */
  readonly cursors: Map<string, number>;
  /** Fields as they were before binding, where binding or `setup` changed them. */
  readonly before: Map<string, unknown>;
}

const states = new WeakMap<object, ModuleState>();
/** The modules whose methods are running, innermost last. */
const running: object[] = [];

export function initState(module: object, name: string | null, parent: object | null): ModuleState {
  const state: ModuleState = {
    name,
    parent,
    scope: null,
    pending: false,
    setup: 'not yet',
    inCompact: false,
    fields: null,
    cursors: new Map(),
    before: new Map(),
  };
  states.set(module, state);
  return state;
}

export function stateOf(module: object): ModuleState {
  const state = states.get(module);
  if (state === undefined)
    throw new Error('The receiver is not a Linen module.\nCall the method on a module instance.');
  return state;
}

/** Whether a value is a Linen module. */
export function isModule(value: unknown): value is object {
  return typeof value === 'object' && value !== null && states.has(value);
}

/** The module whose method is running, or null. */
export function runningModule(): object | null {
  return running.at(-1) ?? null;
}

/** Runs `body` as a method of `module`. */
export function whileRunning<R>(module: object, body: () => R): R {
  running.push(module);
  try {
    return body();
  } finally {
    running.pop();
  }
}

/** Name of the class as automatic names spell it: `static moduleName`, else the class's own. */
export function classNameOf(module: object): string {
  const constructor = module.constructor as { readonly name: string; readonly moduleName?: unknown };
  return Object.hasOwn(constructor, 'moduleName') && typeof constructor.moduleName === 'string'
    ? constructor.moduleName
    : constructor.name;
}

/** The module as messages name it: `Dense at Block_0.Dense_0`. */
export function whoIs(module: object): string {
  const path = stateOf(module).scope?.path ?? [];
  return path.length === 0 ? classNameOf(module) : `${classNameOf(module)} at ${path.join('.')}`;
}

/** The scope of a bound module. */
export function scopeOf(module: object, doing: string): ModuleScope {
  const { scope } = stateOf(module);
  if (scope !== null) return scope;
  throw mistake(
    whoIs(module),
    `expected a bound module to ${doing}, got an unbound one.`,
    'Run it through module.init(…) or module.apply(variables, …), or hold variables with module.bind(variables).',
  );
}
