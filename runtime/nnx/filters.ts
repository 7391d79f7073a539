import type { Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { type Path, type PathPart, Pytree } from './pytree.js';
import { Variable, type VariableType } from './variable.js';
import { RngState } from './variable-types.js';

/** Selects by path and value. */
export type Predicate = (path: Path, value: unknown) => boolean;
/**
 * A variable class (and its subclasses), a stream name, `'...'` or true for all, null or false for none, a
 * predicate, or any of several.
 */
export type Filter = VariableType | Predicate | string | boolean | null | readonly Filter[] | FilterObject;
/** Any traversed class. */
export type NodeType = abstract new (...args: never[]) => Pytree;
/** As `Filter`, for modules. */
export type ModuleFilter = NodeType | Filter | readonly ModuleFilter[];

/** A filter made by one of the classes below. */
export interface FilterObject {
  matches(path: Path, value: unknown): boolean;
}

/** Values of a class. */
export class OfType implements FilterObject {
  constructor(private readonly type: abstract new (...args: never[]) => unknown) {}
  matches(_path: Path, value: unknown): boolean {
    return value instanceof this.type;
  }
}
/** Variables whose `tag` is this. */
export class WithTag implements FilterObject {
  constructor(private readonly tag: string) {}
  matches(_path: Path, value: unknown): boolean {
    return value instanceof RngState ? value.tag === this.tag : tagOf(value) === this.tag;
  }
}
/** Paths with this part; with `exact` false, a part that contains it. */
export class PathContains implements FilterObject {
  readonly #exact: boolean;
  constructor(
    private readonly part: PathPart,
    options: Options<{ /** Default true. */ exact: boolean }> = {},
  ) {
    this.#exact = options.exact ?? true;
  }
  matches(path: Path): boolean {
    const wanted = String(this.part);
    return path.some((part) => (this.#exact ? String(part) === wanted : String(part).includes(wanted)));
  }
}
/** These paths. */
export class PathIn implements FilterObject {
  readonly #paths: ReadonlySet<string>;
  constructor(...paths: Path[]) {
    this.#paths = new Set(paths.map((path) => path.join('/')));
  }
  matches(path: Path): boolean {
    return this.#paths.has(path.join('/'));
  }
}
/** All filters match. */
export class All implements FilterObject {
  readonly #filters: readonly Predicate[];
  constructor(...filters: Filter[]) {
    this.#filters = filters.map(toPredicate);
  }
  matches(path: Path, value: unknown): boolean {
    return this.#filters.every((filter) => filter(path, value));
  }
}
/** One filter matches at least. */
export class Any implements FilterObject {
  readonly #filters: readonly Predicate[];
  constructor(...filters: Filter[]) {
    this.#filters = filters.map(toPredicate);
  }
  matches(path: Path, value: unknown): boolean {
    return this.#filters.some((filter) => filter(path, value));
  }
}
/** The filter does not match. */
export class Not implements FilterObject {
  readonly #filter: Predicate;
  constructor(filter: Filter) {
    this.#filter = toPredicate(filter);
  }
  matches(path: Path, value: unknown): boolean {
    return !this.#filter(path, value);
  }
}
/** Everything. */
export class Everything implements FilterObject {
  matches(): boolean {
    return true;
  }
}
/** Nothing. */
export class Nothing implements FilterObject {
  matches(): boolean {
    return false;
  }
}

/** Any filter as a predicate. */
export function toPredicate(filter: Filter | ModuleFilter): Predicate {
  if (filter === '...' || filter === true) return () => true;
  if (filter === null || filter === false) return () => false;
  if (typeof filter === 'string') return toPredicate(new WithTag(filter));
  if (Array.isArray(filter)) return toPredicate(new Any(...(filter as readonly Filter[])));
  if (typeof filter !== 'function') return (path, value) => (filter as FilterObject).matches(path, value);
  return isClass(filter) ? toPredicate(new OfType(filter)) : (filter as Predicate);
}

/** One predicate for each filter; `'...'` may only come last. */
export function toPredicates(filters: readonly Filter[]): Predicate[] {
  const early = filters.slice(0, -1).some((filter) => filter === '...' || filter === true);
  if (early) throw mistake('nnx', "expected '...' as the last filter, got more after it.", 'Put it last.');
  return filters.map(toPredicate);
}

function isClass(filter: unknown): filter is abstract new (...args: never[]) => unknown {
  const prototype: unknown = (filter as { readonly prototype?: unknown }).prototype;
  const bases: unknown[] = [Variable.prototype, Pytree.prototype];
  return bases.includes(prototype) || prototype instanceof Variable || prototype instanceof Pytree;
}

function tagOf(value: unknown): unknown {
  return value instanceof Variable ? (value as Variable<unknown>).getMetadata('tag') : undefined;
}
