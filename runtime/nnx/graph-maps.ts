import type { Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { type ModuleFilter, toPredicate } from './filters.js';
import { childrenOf, rebuild } from './graph.js';
import { type Path, pathText, Pytree } from './pytree.js';
import { partsOfStream, rngsOf, type RngStream, streamOf, streamsOf } from './rngs.js';
import { Variable } from './variable.js';

/**
 * `f(path, node)` on each node and plain attribute, children first, in a copy that shares the variables. Throws on
 * cycles. Flax `nnx.recursive_map`.
 */
export function recursiveMap<M extends object>(f: (path: Path, node: unknown) => unknown, node: M): M {
  const copy = rebuild(node, { variable: (variable) => variable });
  return mapped({ f, done: new Map(), running: new Set() }, copy, []) as M;
}

/** Groups of paths that lead to the same module or variable. Flax `nnx.find_duplicates`. */
export function findDuplicates(node: object, options: Options<{ only: ModuleFilter }> = {}): Path[][] {
  const chosen = toPredicate(options.only ?? '...');
  const places = new Map<unknown, Path[]>();
  const visit = (value: unknown, path: Path): void => {
    const identity = partsOfStream(value)?.key ?? value;
    const known = places.get(identity);
    if (known !== undefined) {
      if (isShared(value) && chosen(path, value)) known.push(path);
      return;
    }
    if (typeof value !== 'object' && typeof value !== 'function') return;
    const children = childrenOf(value);
    if (children === null && !(value instanceof Variable)) return;
    places.set(identity, [path]);
    for (const [part, child] of children ?? []) visit(child, [...path, part]);
  };
  visit(node, []);
  return [...places.values()].filter((paths) => paths.length > 1);
}

interface Mapping {
  readonly f: (path: Path, node: unknown) => unknown;
  readonly done: Map<unknown, unknown>;
  readonly running: Set<unknown>;
}

function mapped(mapping: Mapping, value: unknown, path: Path): unknown {
  const { f, done, running } = mapping;
  if (done.has(value)) return done.get(value);
  if (running.has(value)) throw cycle(path);
  const children = value instanceof Variable ? null : childrenOf(value);
  if (children === null) {
    const result = f(path, value);
    if (value instanceof Variable) done.set(value, result);
    return result;
  }
  running.add(value);
  const next = children.map(([part, child]) => [part, mapped(mapping, child, [...path, part])] as const);
  const result = f(path, withChildren(value, children, next));
  done.set(value, result);
  return result;
}

type Children = readonly (readonly [part: string | number, child: unknown])[];

/** The node with other children: set in place, or streams over other variables. */
function withChildren(value: unknown, before: Children, after: Children): unknown {
  if (after.every(([, child], i) => child === before[i]![1])) return value;
  const stream = partsOfStream(value);
  if (stream !== undefined) return streamOf({ ...stream, ...Object.fromEntries(after) });
  if (streamsOf(value) !== undefined) return rngsOf(new Map(after as [string, RngStream][]));
  for (const [part, child] of after) Object.assign(value as object, { [part]: child });
  return value;
}

function isShared(value: unknown): boolean {
  return value instanceof Pytree || value instanceof Variable || typeof value === 'function';
}

function cycle(path: Path): Error {
  return mistake(
    `nnx.recursiveMap at ${pathText(path)}`,
    'expected a graph without cycles, got a module within itself.',
    'Take the reference to the parent out, or use nnx.map for variables.',
  );
}
