import { mistake } from '../functional/mistake.js';
import {
  classNameOf,
  initState,
  isModule,
  type ModuleState,
  runningModule,
  stateOf,
  whileRunning,
  whoIs,
} from './module-state.js';
import type { ModuleScope } from './scope.js';

/** What a module's constructor was told about its place. */
export interface Placement {
  readonly name?: string | null | undefined;
  readonly parent?: object | null | undefined;
}

/**
 * Gives a new module its place, as Flax's `__post_init__`: a child of the running module, at once inside a compact
 * method or with a name, later (under its attribute's name) inside `setup`; nowhere at top level.
 */
export function place(module: object, placement: Placement): void {
  const parent = placement.parent === undefined ? runningModule() : placement.parent;
  const state = initState(module, placement.name ?? null, parent);
  if (parent === null) return;
  const parentState = stateOf(parent);
  if (parentState.setup === 'running' && state.name === null) {
    state.pending = true;
    return;
  }
  if (!mayCreate(parentState)) throw misplaced(module, parent);
  attach(module, parent, state.name ?? automaticName(module, parentState));
}

/** Whether submodules and variables may be created now. */
export function mayCreate(state: ModuleState): boolean {
  return state.setup === 'running' || state.inCompact;
}

/** A bound copy of a module at the root of a scope. */
export function bindAt<M extends object>(module: M, scope: ModuleScope): M {
  const copy = unboundCopy(module);
  stateOf(copy).scope = scope;
  return copy;
}

/** A copy with the fields as they were before binding, and no place. */
export function unboundCopy<M extends object>(module: M, placement: { name?: string | null } = {}): M {
  const copy = Object.create(Object.getPrototypeOf(module) as object) as M;
  Object.defineProperties(copy, Object.getOwnPropertyDescriptors(module));
  for (const [key, value] of stateOf(module).before) Object.assign(copy, { [key]: value });
  initState(copy, placement.name ?? null, null);
  for (const key of Object.keys(copy)) {
    if (copy[key as keyof M] === undefined) delete copy[key as keyof M];
  }
  return copy;
}

/** A copy with some fields changed, placed as a newly built module would be. */
export function copyWith<M extends object>(module: M, updates: Placement & Partial<M>): M {
  const { name, parent, ...fields } = updates as Placement & { readonly [field: string]: unknown };
  const copy = unboundCopy(module);
  Object.assign(copy, fields);
  place(copy, { name, parent });
  return copy;
}

/**
 * Stands above all modules' prototypes: reading an attribute that a bound module lacks runs its `setup` first, which
 * may create it. Flax does the same in `__getattr__`.
 */
export const attributesOnDemand: object = new Proxy(Object.prototype, {
  get(prototype, key, receiver: object) {
    if (typeof key === 'string' && isModule(receiver) && !Object.hasOwn(prototype, key)) {
      settle(receiver);
      if (Object.hasOwn(receiver, key)) return receiver[key as keyof typeof receiver];
    }
    return Reflect.get(prototype, key, receiver) as unknown;
  },
});

/** Makes a bound module ready for use: adopts modules in its fields, then runs `setup`, once. */
export function settle(module: object): void {
  const state = stateOf(module);
  settleFields(module);
  if (state.scope === null || state.setup !== 'not yet') return;
  state.setup = 'running';
  try {
    runSetup(module, state);
  } finally {
    state.setup = 'done';
  }
}

/** Adopts the modules in a bound module's fields, and leaves `setup` for later: lifted methods run it inside. */
export function settleFields(module: object): void {
  const state = stateOf(module);
  if (state.pending && state.parent !== null) adoptFields(state.parent);
  if (state.scope === null || state.fields !== null) return;
  adoptFields(module);
  state.fields = new Map(Object.entries(module));
}

/** Makes the modules in a module's fields that are at one scope's children children of another. */
export function moveFields(module: object, from: ModuleScope, to: ModuleScope): void {
  const visit = (value: unknown): void => {
    if (isModule(value)) {
      const state = stateOf(value);
      if (state.scope?.parent !== from) return;
      if (to.isReserved(state.name!, null)) throw nameInUse(value, module, state.name!);
      state.scope = to.child(state.name!);
    } else if (typeof value === 'object' && value !== null && isContainer(value)) Object.values(value).forEach(visit);
  };
  Object.values(module).forEach(visit);
}

/** Gives a module its name, its parent and the child scope of that name. */
export function attach(module: object, parent: object, name: string): void {
  const state = stateOf(module);
  const scope = stateOf(parent).scope!;
  if (scope.isReserved(name, null)) throw nameInUse(module, parent, name);
  Object.assign(state, { name, parent, pending: false, scope: scope.child(name) });
}

/** A plain array or object, whose modules belong to the one that holds it. */
export function isContainer(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function automaticName(module: object, parent: ModuleState): string {
  const prefix = classNameOf(module);
  const number = parent.cursors.get(prefix) ?? 0;
  parent.cursors.set(prefix, number + 1);
  return `${prefix}_${number}`;
}

function runSetup(module: object, state: ModuleState): void {
  const { setup } = module as { setup?: unknown };
  if (typeof setup !== 'function') return;
  const before = new Map(Object.entries(module));
  whileRunning(module, () => setup.call(module) as unknown);
  for (const [key, value] of Object.entries(module)) {
    if (before.get(key) !== value && !state.before.has(key)) state.before.set(key, before.get(key));
  }
  adoptFields(module);
}

/** Brings modules in fields under this module, named after the field. */
function adoptFields(module: object): void {
  const { before } = stateOf(module);
  for (const [key, value] of Object.entries(module)) {
    const adopted = adoptTree(value, { owner: module, name: key, seen: new Set() });
    if (adopted === value) continue;
    if (!before.has(key)) before.set(key, value);
    Object.defineProperty(module, key, { value: adopted, writable: true, enumerable: true, configurable: true });
  }
}

interface Adoption {
  readonly owner: object;
  readonly name: string;
  readonly seen: Set<object>;
}

/** The value with its modules adopted; the same value when it holds none. */
function adoptTree(value: unknown, adoption: Adoption): unknown {
  if (typeof value !== 'object' || value === null || adoption.seen.has(value)) return value;
  if (isModule(value)) return adopt(value, adoption);
  if (!isContainer(value)) return value;
  adoption.seen.add(value);
  const entries = Object.entries(value);
  const adopted = entries.map(([key, each]) => [key, adoptTree(each, under(adoption, key))] as const);
  if (adopted.every(([, each], i) => each === entries[i]![1])) return value;
  return Array.isArray(value) ? adopted.map(([, each]) => each) : Object.fromEntries(adopted);
}

function under(adoption: Adoption, key: string): Adoption {
  return { ...adoption, name: `${adoption.name}_${key}` };
}

/** One copy for each module built outside, however often it is passed: sharing survives. */
function adopt(module: object, { owner, name }: Adoption): object {
  const state = stateOf(module);
  if (state.parent !== null || state.scope !== null) {
    if (state.pending) attach(module, owner, name);
    return module;
  }
  const { adopted } = stateOf(owner).scope!;
  const copy = adopted.get(module) ?? unboundCopy(module);
  adopted.set(module, copy);
  if (stateOf(copy).scope === null) attach(copy, owner, name);
  return copy;
}

function misplaced(module: object, parent: object): Error {
  return mistake(
    whoIs(parent),
    `expected submodules in setup() or in a method under @nn.compact, got a new ${classNameOf(module)} elsewhere.`,
    'Decorate the method with @nn.compact, or create the submodule in setup().',
  );
}

function nameInUse(module: object, parent: object, name: string): Error {
  return mistake(
    whoIs(parent),
    `expected a free name for its ${classNameOf(module)}, got '${name}', which is already taken.`,
    'Give one of the two another name, or leave the name out to get an automatic one.',
  );
}
