import { attach, settle } from './attachment.js';
import { compact, decorated } from './compact.js';
import { leaveUnwrapped, type Method } from './method.js';
import { scopeOf } from './module-state.js';
import { Module } from './module.js';

/** As `compact`, in a child scope named after the method; a class may have several. Flax `compact_name_scope`. */
export const compactNameScope: typeof compact = (...given: readonly unknown[]) =>
  decorated(given, (method, name) => {
    const scoped: Method = function (...args) {
      return scopeFor(this, method, name ?? method.name).call(this, args);
    };
    Object.defineProperty(scoped, 'name', { value: method.name });
    leaveUnwrapped(scoped);
    return scoped;
  }) as never;

/** Stands in the tree of modules for a method that has a scope of its own. */
class NameScope extends Module {
  static readonly moduleName: string = 'CompactNameScope';

  constructor(private readonly method: Method) {
    super({ parent: null });
  }

  static {
    const { call } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperty(this.prototype, 'call', compact(this.prototype, 'call', call));
  }

  call(module: object, args: readonly unknown[]): unknown {
    return this.method.apply(module, [...args]);
  }
}

const scopes = new WeakMap<object, Map<Method, NameScope>>();

/** The scope of a method of a bound module: the same one in each call. */
function scopeFor(module: object, method: Method, name: string): NameScope {
  scopeOf(module, `run ${name}()`);
  settle(module);
  const known = scopes.get(module) ?? new Map<Method, NameScope>();
  scopes.set(module, known);
  const scope = known.get(method) ?? new NameScope(method);
  if (!known.has(method)) attach(scope, module, name);
  known.set(method, scope);
  return scope;
}
