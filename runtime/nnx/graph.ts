import * as tf from '@tensorflow/tfjs';
import { isKey } from '../core/key.js';
import { List } from './containers.js';
import { type Path, type PathPart, Pytree } from './pytree.js';
import { partsOfStream, rngsOf, type RngStream, streamOf, streamsOf } from './rngs.js';
import { Variable } from './variable.js';
import type { RngCount, RngKey } from './variable-types.js';

/** Stands for a variable in a structure without values. */
export class Slot {
  constructor(readonly variable: Variable<unknown>) {}
}

/** Attributes of a node in sorted order, or null for a variable or a plain value. */
export function childrenOf(value: unknown): readonly (readonly [part: PathPart, child: unknown])[] | null {
  const stream = partsOfStream(value);
  if (stream !== undefined) return [['count', stream.count] as const, ['key', stream.key] as const];
  const streams = streamsOf(value);
  if (streams !== undefined) return sorted([...streams]);
  if (typeof value !== 'object' || value === null || isLeaf(value)) return null;
  if (Array.isArray(value)) return value.map((child: unknown, i) => [i, child] as const);
  return value instanceof Pytree || isPlain(value) ? sorted(Object.entries(value)) : null;
}

/**
 * Everything reachable, each object once under its first path, children before parents, the root last. Arrays and
 * plain objects count as nodes too.
 */
export function* walk(root: unknown, path: Path = [], seen = new Set<unknown>()): IterableIterator<[Path, unknown]> {
  const node = identityOf(root);
  if (seen.has(node)) return;
  if (root instanceof Variable || root instanceof Slot) {
    seen.add(node);
    yield [path, root];
    return;
  }
  const children = childrenOf(root);
  if (children === null) return;
  seen.add(node);
  for (const [part, child] of children) yield* walk(child, [...path, part], seen);
  yield [path, root];
}

/** The variables with their paths, each once, in order of attributes. */
export function variablesOf(root: unknown): [path: Path, variable: Variable<unknown>][] {
  return [...walk(root)].filter((entry): entry is [Path, Variable<unknown>] => entry[1] instanceof Variable);
}

/** How `rebuild` makes the new graph. */
export interface Rebuilding {
  /** What stands for a variable (or a slot of a structure) in the copy. */
  variable(variable: Variable<unknown> | Slot, path: Path): unknown;
  /** Sees each object of the copy, and what it is a copy of. */
  node?(copy: object, path: Path, original: object): void;
  /** What stands for a node in the copy, where it is not copied. */
  known?(original: object): object | undefined;
}

/** A copy of a graph with other variables; sharing and cycles are kept, plain values are shared. */
export function rebuild<T>(root: T, rebuilding: Rebuilding): T {
  return new Copier(rebuilding).copy(root, []) as T;
}

class Copier {
  readonly #made = new Map<unknown, unknown>();
  readonly #variableOf: Rebuilding['variable'];
  readonly #nodeMade: (copy: object, path: Path, original: object) => void;
  readonly #known: (original: object) => object | undefined;

  constructor(rebuilding: Rebuilding) {
    this.#variableOf = (variable, path) => rebuilding.variable(variable, path);
    this.#nodeMade = (copy, path, original) => rebuilding.node?.(copy, path, original);
    this.#known = (original) => rebuilding.known?.(original);
  }

  copy(value: unknown, path: Path): unknown {
    const identity = identityOf(value);
    if (this.#made.has(identity)) return this.#made.get(identity);
    if (value instanceof Variable || value instanceof Slot) {
      const variable = this.#variableOf(value as Variable<unknown> | Slot, path);
      this.#made.set(identity, variable);
      return variable;
    }
    const children = childrenOf(value);
    if (children === null || !holdsState(value)) return value;
    const known = this.#known(identity as object);
    if (known !== undefined) return known;
    return this.#copyNode(value, { identity, children, path });
  }

  #copyNode(
    value: unknown,
    at: { identity: unknown; children: NonNullable<ReturnType<typeof childrenOf>>; path: Path },
  ) {
    const { identity, children, path } = at;
    const copied = () => children.map(([part, child]) => [part, this.copy(child, [...path, part])] as const);
    const special = copyStreams(value, copied);
    if (special !== null) {
      this.#made.set(identity, special);
      return special;
    }
    const copy = emptyLike(value as object);
    this.#made.set(identity, copy);
    for (const [part, child] of copied()) Object.assign(copy, { [part]: child });
    this.#nodeMade(copy, path, value as object);
    return copy;
  }
}

/** Whether a variable or traversed object is in the value. A plain array or object without any is a plain value. */
function holdsState(value: unknown, seen = new Set<unknown>()): boolean {
  if (value instanceof Variable || value instanceof Slot || value instanceof Pytree) return true;
  if (partsOfStream(value) !== undefined || streamsOf(value) !== undefined) return true;
  const children = seen.has(value) ? null : childrenOf(value);
  seen.add(value);
  return children !== null && children.some(([, child]) => holdsState(child, seen));
}

function copyStreams(value: unknown, copied: () => (readonly [PathPart, unknown])[]): object | null {
  const stream = partsOfStream(value);
  if (stream !== undefined) {
    const { count, key } = Object.fromEntries(copied()) as { count: RngCount; key: RngKey };
    return streamOf({ ...stream, count, key });
  }
  if (streamsOf(value) === undefined) return null;
  return rngsOf(new Map(copied() as [string, RngStream][]));
}

/** A new object of the same class, with the attributes in the same order. */
function emptyLike(value: object): object {
  if (Array.isArray(value)) return value instanceof List ? new List() : [];
  const copy = Object.create(Object.getPrototypeOf(value) as object) as object;
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(value));
}

const streamIdentities = new WeakMap<RngKey, object>();

/** Streams asked for twice are two functions over the same variables: one identity for each key. */
export function identityOf(value: unknown): unknown {
  const stream = partsOfStream(value);
  if (stream === undefined) return value;
  const identity = streamIdentities.get(stream.key) ?? {};
  streamIdentities.set(stream.key, identity);
  return identity;
}

function isLeaf(value: object): boolean {
  return value instanceof tf.Tensor || value instanceof Variable || value instanceof Slot || isKey(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
