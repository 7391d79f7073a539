import { mistake } from '../../functional/mistake.js';
import { settle } from '../attachment.js';
import { callAsMethod, isMethodOf, leaveUnwrapped, type Method } from '../method.js';
import { classNameOf, isModule, scopeOf, stateOf, whileRunning, whoIs } from '../module-state.js';
import type { ModuleClass } from '../module.js';
import type { ModuleScope } from '../scope.js';
import { boundModules, Rescoping } from './rescope.js';

/** A function of modules, ready to run on other scopes in place of those of its modules. */
export interface Core {
  /** Names the module in messages. */
  readonly who: string;
  readonly scopes: readonly ModuleScope[];
  /** Runs the function (number `which`, where there are several) with the modules at these scopes. */
  call(scopes: readonly ModuleScope[], args: readonly unknown[], which?: number): unknown;
}

/** What a lifted transform does: runs the function with its scopes' variables and keys passed through it. */
export type Transform = (core: Core, args: readonly unknown[]) => unknown;
/** What runs on the module's copy. */
export type Body = (module: object, args: readonly unknown[]) => unknown;

/** The transform in the form that was asked for: of a class, of a function of a module, or of a method. */
export function liftTarget(
  target: unknown,
  { prefix, methods, transform }: { prefix: string; methods?: readonly string[] | undefined; transform: Transform },
): unknown {
  if (isModuleClass(target)) return liftClass(target, prefix, { methods: methods ?? ['call'], transform });
  if (typeof target === 'function') return liftFunction(target as (...args: unknown[]) => unknown, transform);
  throw mistake(
    `nn.${prefix.toLowerCase()}`,
    `expected a module class or a function of a module, got ${isModule(target) ? 'a module' : typeof target}.`,
    'Pass the class, or (module, …) => module.call(…), and build the module afterwards.',
  );
}

/** A decorator for methods, standard, legacy or as a wrapper. */
export function liftDecorator(transform: Transform): (...given: readonly unknown[]) => unknown {
  return (...given) => {
    const [method, , descriptor] = given;
    if (given.length < 3) return liftMethod(method as Method, transform);
    const described = descriptor as TypedPropertyDescriptor<Method>;
    return { ...described, value: liftMethod(described.value!, transform) };
  };
}

/** Whether the arguments are those of a decorator without options: of a standard or of a legacy one. */
export function isDecorated(given: readonly unknown[]): boolean {
  const context = given[1] as { readonly kind?: unknown } | string | symbol | undefined;
  if (given.length >= 3 && (typeof context === 'string' || typeof context === 'symbol')) return true;
  return typeof context === 'object' && context.kind === 'method';
}

/** Runs `bodies` under a transform, as functions of the module. */
export function runLifted(
  module: object,
  args: readonly unknown[],
  run: { bodies: readonly Body[]; transform: Transform; prototype?: object },
): unknown {
  scopeOf(module, 'run a lifted method');
  const outer = stateOf(module);
  const { inCompact, setup } = outer;
  const cursors = [...outer.cursors];
  const bound = boundModules([args, module]);
  const modules = [...bound.keys()];
  const core: Core = {
    who: whoIs(module),
    scopes: [...bound.values()],
    call(scopes, given, which = 0) {
      const rescoping = new Rescoping(new Map(modules.map((each, i) => [each, scopes[i]!])));
      const copy = rescoping.copy(module, run.prototype);
      const state = stateOf(copy);
      Object.assign(state, { inCompact, setup: setup === 'running' ? setup : 'not yet' });
      for (const [name, number] of cursors) state.cursors.set(name, number);
      const output = run.bodies[which]!(
        copy,
        given.map((each) => rescoping.of(each)),
      );
      for (const [name, number] of state.cursors) outer.cursors.set(name, number);
      return output;
    },
  };
  return run.transform(core, args);
}

/** A function of a module, as it runs on a copy: like a method that is not compact. */
export function bodyOf(fn: (...args: never[]) => unknown): Body {
  return (module, args) => {
    if (isMethodOf(module, fn as Method)) return callAsMethod(module, fn as Method, args);
    settle(module);
    return whileRunning(module, () => (fn as (...all: unknown[]) => unknown)(module, ...args));
  };
}

function liftFunction(fn: (...args: never[]) => unknown, transform: Transform): (...args: unknown[]) => unknown {
  return (module, ...args) => {
    if (!isModule(module)) {
      throw mistake(
        'nn',
        `expected a module as the first argument of a lifted function, got ${typeof module}.`,
        'Call it as lifted(this, …), inside a method.',
      );
    }
    return runLifted(module, args, { bodies: [bodyOf(fn)], transform });
  };
}

function liftMethod(method: Method, transform: Transform): Method {
  const lifted: Method = function (...args) {
    return runLifted(this, args, { bodies: [(module, given) => callAsMethod(module, method, given)], transform });
  };
  Object.defineProperty(lifted, 'name', { value: method.name });
  leaveUnwrapped(lifted);
  return lifted;
}

type AnyClass = new (...args: never[]) => object;

/** A subclass whose methods run under the transform, on copies of the class itself. Flax names it `ScanBlock`. */
function liftClass(
  base: ModuleClass,
  prefix: string,
  lift: { methods: readonly string[]; transform: Transform },
): ModuleClass {
  const parent = base as unknown as AnyClass;
  const prototype = parent.prototype as object;
  const Lifted = class extends parent {
    constructor(...args: never[]) {
      super(...args);
      for (const name of lift.methods) liftOwn(this, name, { ...lift, prototype });
    }
  };
  const moduleName = `${prefix}${classNameOf({ constructor: base })}`;
  Object.defineProperty(Lifted, 'name', { value: moduleName });
  Object.defineProperty(Lifted, 'moduleName', { value: moduleName });
  for (const name of lift.methods) {
    const body: Body = (module, args) => (module as { [name: string]: Method })[name]!.apply(module, [...args]);
    const lifted: Method = function (...args) {
      return runLifted(this, args, { bodies: [body], transform: lift.transform, prototype });
    };
    leaveUnwrapped(lifted);
    Object.defineProperty(Lifted.prototype, name, { value: lifted, writable: true, configurable: true });
  }
  return Lifted as unknown as ModuleClass;
}

/** A method assigned as a field would hide the lifted one: it runs under the transform too. */
function liftOwn(
  module: object,
  name: string,
  { transform, prototype }: { transform: Transform; prototype: object },
): void {
  const own: unknown = Object.getOwnPropertyDescriptor(module, name)?.value;
  if (typeof own !== 'function') return;
  const body: Body = (copy, args) => {
    Object.defineProperty(copy, name, { value: own, writable: true, enumerable: true, configurable: true });
    return (own as Method).apply(copy, [...args]);
  };
  const lifted: Method = function (...args) {
    return runLifted(this, args, { bodies: [body], transform, prototype });
  };
  leaveUnwrapped(lifted);
  Object.defineProperty(module, name, { value: lifted, writable: true, enumerable: true, configurable: true });
}

function isModuleClass(target: unknown): target is ModuleClass {
  if (typeof target !== 'function') return false;
  const { prototype } = target as { readonly prototype?: unknown };
  return typeof prototype === 'object' && prototype !== null && 'param' in prototype && 'makeRng' in prototype;
}
