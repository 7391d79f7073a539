import type { Key } from '../../core/key.js';
import { currentLevel } from '../../core/levels.js';
import { type Counters, copyCounters, restoreCounters } from '../counters.js';
import { type Accepts, ModuleScope, type Root } from '../scope.js';
import { type CollectionFilter, copyDicts, type Dict, inFilter } from '../variables.js';

/** Collections by name, of each scope, for each filter: `groups[filter][scope]`. */
export type Groups = readonly (readonly Dict[])[];
/** Keys by stream, of each scope, for each filter. */
export type KeyGroups = readonly (readonly { readonly [stream: string]: Key }[])[];

/** Which collections go in and come out, and which streams go in, each group by its own way. */
export interface PackFilters {
  readonly in: readonly CollectionFilter[];
  readonly out: readonly CollectionFilter[];
  readonly rngs: readonly CollectionFilter[];
}

/** How the scopes of a run differ from those outside. */
export interface OpenOptions {
  /** Collections that may change, of those that may outside. Default all. */
  readonly mutable?: Accepts;
  /** Whether paths outside are folded into the keys already. Default false. */
  readonly folded?: boolean;
}

/** Scopes made for one run of a lifted function, and how to take out what it wrote. */
export interface Opened {
  readonly scopes: readonly ModuleScope[];
  close(): Groups;
}

/** Variables and keys of some scopes, taken out for a transform to pass through a function. Flax `lift.pack`. */
export interface Pack {
  readonly variables: Groups;
  readonly keys: KeyGroups;
  open(variables: Groups, keys: KeyGroups, options?: OpenOptions): Opened;
  /** The keys with those of one scope replaced. */
  foldedKeys(scope: ModuleScope, keys: { readonly [stream: string]: Key }): KeyGroups;
  /** Stores in the scopes what came out. */
  publish(groups: Groups): void;
  /** Draws made so far; `rewind` sets them back to that. */
  draws(): readonly Counters[];
  rewind(saved: readonly Counters[]): void;
  /** Whether any stream goes in. */
  hasKeys(): boolean;
  /** Whether any of the scopes may change a collection of the filter. */
  mayChange(filter: CollectionFilter): boolean;
}

export function pack(scopes: readonly ModuleScope[], filters: PackFilters): Pack {
  const roots = outermost(scopes);
  const byGroup = <T>(
    wanted: readonly CollectionFilter[],
    of: (scope: ModuleScope) => { readonly [name: string]: T },
  ): { [name: string]: T }[][] => wanted.map((_, i) => roots.map((scope) => grouped(of(scope), wanted, i)));
  const written: Accepts = (name) => filters.out.some((filter) => inFilter(filter, name));
  return {
    variables: byGroup(filters.in, (scope) => scope.variables() as unknown as Dict),
    keys: byGroup(filters.rngs, keysOf),
    foldedKeys: (scope, keys) =>
      byGroup(filters.rngs, (root) =>
        isBelow(root, scope, 0) && isBelow(scope, root, 0) ? { ...keys } : keysOf(root),
      ),
    open: (variables, keys, { mutable = () => true, folded = false } = {}) => {
      const inner = roots.map((scope, i) => {
        const collections = copyDicts(Object.assign({}, ...variables.map((group) => group[i])) as Dict);
        const given = Object.assign({}, ...keys.map((group) => group[i])) as { [stream: string]: Key };
        return innerScope(scope, {
          collections,
          rngs: withSuffixes(given, folded ? null : scope),
          mutable: (name) => scope.isMutableCollection(name) && written(name) && mutable(name),
        });
      });
      return {
        scopes: places(scopes, roots, inner),
        close: () =>
          filters.out.map((_, i) =>
            inner.map((scope) => grouped(scope.mutableVariables() as unknown as Dict, filters.out, i)),
          ),
      };
    },
    publish: (groups) => {
      for (const group of groups) group.forEach((collections, i) => store(roots[i]!, collections));
    },
    draws: () => roots.map((scope) => copyCounters(scope.counters)),
    rewind: (saved) => roots.forEach((scope, i) => restoreCounters(scope.counters, saved[i]!)),
    hasKeys: () =>
      roots.some(({ streams }) => Object.keys(streams).some((name) => filters.rngs.some((f) => inFilter(f, name)))),
    mayChange: (filter) =>
      roots.some((scope) => knownCollections(scope, filter).some((name) => scope.isMutableCollection(name))),
  };
}

/** The entries that belong to filter `index`: those that no earlier one takes. */
function grouped<T>(
  entries: { readonly [name: string]: T },
  wanted: readonly CollectionFilter[],
  index: number,
): { [name: string]: T } {
  return Object.fromEntries(
    Object.entries(entries).filter(([name]) => wanted.findIndex((filter) => inFilter(filter, name)) === index),
  );
}

/** Scopes that are not below another one of them, each once. */
function outermost(scopes: readonly ModuleScope[]): ModuleScope[] {
  const roots: ModuleScope[] = [];
  for (const scope of scopes) {
    if (scopes.some((other) => isBelow(scope, other, 1)) || roots.some((root) => isBelow(scope, root, 0))) continue;
    roots.push(scope);
  }
  return roots;
}

/** Whether `scope` is at `other` or further down, by `least` names or more. */
function isBelow(scope: ModuleScope, other: ModuleScope, least: number): boolean {
  const extra = scope.below.length - other.below.length;
  return scope.shared === other.shared && extra >= least && other.below.every((name, i) => name === scope.below[i]);
}

/** For each scope the one at the same place below the inner roots; the same place is the same scope. */
function places(
  scopes: readonly ModuleScope[],
  roots: readonly ModuleScope[],
  inner: readonly ModuleScope[],
): ModuleScope[] {
  const known = new Map<string, ModuleScope>();
  return scopes.map((scope) => {
    const at = roots.findIndex((root) => isBelow(scope, root, 0));
    const start = roots[at]!.below.length;
    let place = inner[at]!;
    for (let end = start + 1; end <= scope.below.length; end++) {
      const path = JSON.stringify([at, ...scope.below.slice(start, end)]);
      place = known.get(path) ?? place.child(scope.below[end - 1]!);
      known.set(path, place);
    }
    return place;
  });
}

function innerScope(scope: ModuleScope, lifted: Pick<Root, 'collections' | 'rngs' | 'mutable'>): ModuleScope {
  const inside = { path: scope.path, adopted: new Map<object, object>(), lifted: true, level: currentLevel() };
  return ModuleScope.root({ ...scope.shared, ...lifted, ...inside }, scope.counters);
}

function keysOf(scope: ModuleScope): { [stream: string]: Key } {
  return Object.fromEntries(Object.entries(scope.streams).map(([stream, { key }]) => [stream, key]));
}

function withSuffixes(keys: { readonly [stream: string]: Key }, scope: ModuleScope | null): Root['rngs'] {
  const streams = scope?.streams;
  return Object.fromEntries(
    Object.entries(keys).map(([stream, key]) => [stream, { key, suffix: streams?.[stream]?.suffix ?? [] }]),
  );
}

function store(scope: ModuleScope, collections: Dict): void {
  for (const [collection, variables] of Object.entries(collections)) {
    if (!scope.isMutableCollection(collection)) continue;
    for (const [name, value] of Object.entries(variables as Dict)) {
      scope.putVariable(collection, name, value, scope.path.join('.'));
    }
  }
}

/** Names a filter stands for, as far as they are known: those it spells out and those that exist. */
function knownCollections(scope: ModuleScope, filter: CollectionFilter): string[] {
  const spelt =
    typeof filter === 'string' ? [filter] : typeof filter === 'object' && 'has' in filter ? [...filter] : [];
  const listed = Array.isArray(filter) ? (filter as readonly string[]) : spelt;
  const usual = ['params', ...Object.keys(scope.shared.collections)];
  return [...new Set([...listed, ...usual])].filter((name) => inFilter(filter, name));
}
