import { isContainer, settleFields } from '../attachment.js';
import { initState, isModule, stateOf } from '../module-state.js';
import type { ModuleScope } from '../scope.js';

/** The bound modules that a lifted function takes along: the module itself and those in its fields and arguments. */
export function boundModules(roots: readonly unknown[]): ReadonlyMap<object, ModuleScope> {
  const found = new Map<object, ModuleScope>();
  const seen = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isModule(value)) {
      settleFields(value);
      const { scope } = stateOf(value);
      if (scope === null) return;
      for (const [, field] of fieldsOf(value)) visit(field);
      found.set(value, scope);
    } else if (isContainer(value)) Object.values(value).forEach(visit);
  };
  roots.forEach(visit);
  return found;
}

/** Copies of bound modules at other scopes; a module keeps one copy however often it is met. */
export class Rescoping {
  readonly #copies = new Map<object, object>();

  constructor(private readonly scopes: ReadonlyMap<object, ModuleScope>) {}

  /** The value with its bound modules replaced; the same value when it holds none. */
  of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isModule(value)) return this.scopes.has(value) ? this.copy(value) : value;
    if (!isContainer(value)) return value;
    const entries = Object.entries(value);
    const replaced = entries.map(([key, each]) => [key, this.of(each)] as const);
    if (replaced.every(([, each], i) => each === entries[i]![1])) return value;
    return Array.isArray(value) ? replaced.map(([, each]) => each) : Object.fromEntries(replaced);
  }

  /** A copy of a bound module, of the class of `prototype`, before its `setup`. */
  copy(module: object, prototype: object = Object.getPrototypeOf(module) as object): object {
    const known = this.#copies.get(module);
    if (known !== undefined) return known;
    const copy = Object.create(prototype) as object;
    this.#copies.set(module, copy);
    const { name, parent, scope } = stateOf(module);
    const inner = this.scopes.get(module)!;
    Object.assign(initState(copy, name, parent), { scope: inner });
    for (const [original, adopted] of scope!.adopted) if (adopted === module) inner.adopted.set(original, copy);
    for (const [key, value] of fieldsOf(module)) {
      Object.defineProperty(copy, key, { value: this.of(value), writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }
}

/** Own properties of a bound module without what `setup` made of them. */
function fieldsOf(module: object): [name: string, value: unknown][] {
  const { fields, before } = stateOf(module);
  return Object.entries(module).flatMap(([name, value]): [string, unknown][] => {
    if (!before.has(name)) return [[name, value]];
    return fields?.has(name) ? [[name, fields.get(name)]] : [];
  });
}
