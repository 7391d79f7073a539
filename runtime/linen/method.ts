import { currentObserver } from '../core/observer.js';
import { mistake } from '../functional/mistake.js';
import { settle } from './attachment.js';
import { guarded } from './attribute-guard.js';
import { classNameOf, type ModuleState, scopeOf, stateOf, whileRunning, whoIs } from './module-state.js';

/** Any method, before and after wrapping. */
export type Method = (this: object, ...args: unknown[]) => unknown;

/** What an interceptor is told. */
export interface Interception {
  readonly module: object;
  readonly methodName: string;
  readonly origMethod: Method;
}
type Interceptor = (next: (...args: unknown[]) => unknown, args: unknown[], context: Interception) => unknown;

interface MethodRecord {
  /** Null for a wrapper assigned to a field: it is looked up on the instance. */
  readonly name: string | null;
  readonly body: Method;
  readonly compact: boolean;
}

const records = new WeakMap<Method, MethodRecord>();
const unwrapped = new WeakSet<Method>();
const prepared = new WeakSet<object>();
const interceptors: Interceptor[] = [];

/** A method that keeps the module machinery informed: Flax wraps every method of a module so. */
export function wrapMethod(body: Method, name: string | null, { compact }: { compact: boolean }): Method {
  const record: MethodRecord = { name, body, compact };
  const wrapper: Method = function (...args) {
    return callMethod(this, record, wrapper, args);
  };
  Object.defineProperty(wrapper, 'name', { value: body.name });
  records.set(wrapper, record);
  return wrapper;
}

/** Leaves a method as it is. */
export function leaveUnwrapped(method: Method): void {
  unwrapped.add(method);
}

/** Wraps the methods of a class and of those above it, once, and checks that at most one is compact. */
export function prepareClass(prototype: object, base: object): void {
  const chain = prototypes(prototype, base);
  for (const each of chain.filter((each) => !prepared.has(each))) {
    prepared.add(each);
    wrapMethodsOf(each);
  }
  const names = chain.flatMap((each) => Object.getOwnPropertyNames(each));
  const compact = [...new Set(names)].filter((name) => recordOf(methodNamed(prototype, name))?.compact);
  if (compact.length > 1) throw severalCompact(prototype, compact);
}

/** Whether the function is a method of the module: by its own, its class's or an inherited name. */
export function isMethodOf(module: object, method: Method): boolean {
  for (let each: object | null = module; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    for (const name of Object.getOwnPropertyNames(each)) {
      const found = ownMethod(each, name);
      if (found !== undefined && (found === method || recordOf(found)?.body === method)) return true;
    }
  }
  return false;
}

/** Calls a method that may have been taken from its class before it was wrapped. */
export function callAsMethod(module: object, method: Method, args: readonly unknown[]): unknown {
  if (records.has(method) || unwrapped.has(method)) return method.apply(module, [...args]);
  return callMethod(module, { name: method.name, body: method, compact: false }, method, args);
}

/** Runs `body` with every module method passing through `interceptor`. */
export function whileIntercepting<R>(interceptor: Interceptor, body: () => R): R {
  interceptors.push(interceptor);
  try {
    return body();
  } finally {
    interceptors.pop();
  }
}

function callMethod(module: object, record: MethodRecord, wrapper: Method, args: readonly unknown[]): unknown {
  const state = stateOf(module);
  const name = record.name ?? fieldNameOf(module, wrapper) ?? 'call';
  settle(module);
  if (!record.compact) return runMethod(module, { ...record, name }, args);
  if (state.scope === null) throw unboundCompact(module, name);
  const outermost = !state.inCompact;
  state.inCompact = true;
  try {
    return runMethod(module, { ...record, name }, args);
  } finally {
    leaveCompact(state, outermost);
  }
}

/** Names are free again after each compact run; draws go on. */
function leaveCompact(state: ModuleState, outermost: boolean): void {
  state.scope = state.scope!.rewound();
  if (!outermost) return;
  state.inCompact = false;
  state.cursors.clear();
}

function runMethod(module: object, { name, body }: MethodRecord & { name: string }, args: readonly unknown[]): unknown {
  const context: Interception = { module, methodName: name, origMethod: body };
  const direct = (...given: unknown[]): unknown => body.apply(module, given);
  const run = interceptors.reduceRight<(...given: unknown[]) => unknown>(
    (next, interceptor) =>
      (...given) =>
        interceptor(next, given, context),
    direct,
  );
  const running = (): unknown => whileRunning(module, () => run(...args));
  const output = stateOf(module).scope === null ? running() : guarded(module, running);
  report(module, name, { args, output });
  return output;
}

function report(module: object, method: string, { args, output }: { args: readonly unknown[]; output: unknown }): void {
  const { scope } = stateOf(module);
  currentObserver()?.call?.({ module, path: scope?.path ?? null, method, args, output });
  if (!scope?.capture?.(module, method)) return;
  sow(module, 'intermediates', { name: method === 'call' ? '__call__' : method, value: output });
}

/** A value that is sown, and how it is added to those before. */
export interface Sowing {
  readonly name: string;
  readonly value: unknown;
  readonly reduceFn?: (accumulated: unknown, value: unknown) => unknown;
  readonly initFn?: () => unknown;
}

/** Adds a value to a collection when it is mutable; says whether it did. */
export function sow(module: object, collection: string, sowing: Sowing): boolean {
  const { name, value, reduceFn = append, initFn = () => [] } = sowing;
  const scope = scopeOf(module, `sow '${name}'`);
  if (!scope.isMutableCollection(collection)) return false;
  const stored = scope.hasVariable(collection, name);
  if (!stored) scope.reserve(name, collection);
  const before = stored ? scope.getVariable(collection, name) : initFn();
  scope.putVariable(collection, name, reduceFn(before, value), whoIs(module));
  return true;
}

function append(accumulated: unknown, value: unknown): unknown {
  return [...(accumulated as readonly unknown[]), value];
}

function wrapMethodsOf(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = ownMethod(prototype, name);
    if (name === 'constructor' || name === 'setup' || method === undefined) continue;
    if (records.has(method) || unwrapped.has(method)) continue;
    Object.defineProperty(prototype, name, { value: wrapMethod(method, name, { compact: false }) });
  }
}

function prototypes(prototype: object, base: object): object[] {
  const chain: object[] = [];
  for (let each = prototype; each !== base; each = Object.getPrototypeOf(each) as object) chain.push(each);
  return chain;
}

function methodNamed(holder: object, name: string): Method | undefined {
  for (let each: object | null = holder; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    if (Object.hasOwn(each, name)) return ownMethod(each, name);
  }
  return undefined;
}

function ownMethod(holder: object, name: string): Method | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
  return typeof value === 'function' ? (value as Method) : undefined;
}

function recordOf(method: Method | undefined): MethodRecord | undefined {
  return method === undefined ? undefined : records.get(method);
}

function fieldNameOf(module: object, wrapper: Method): string | undefined {
  return Object.entries(module).find(([, value]) => value === wrapper)?.[0];
}

function unboundCompact(module: object, name: string): Error {
  return mistake(
    whoIs(module),
    `expected a bound module for the compact method ${name}(), got an unbound one.`,
    'Create the variables with module.init(key, [x]) and run module.apply(variables, [x]).',
  );
}

function severalCompact(prototype: object, names: readonly string[]): Error {
  return mistake(
    classNameOf({ constructor: prototype.constructor }),
    `expected one method under @nn.compact, got ${names.length}: ${names.join(', ')}.`,
    'Move what they share to setup(), or mark the others with @nn.compactNameScope.',
  );
}
