import type * as tf from '@tensorflow/tfjs';
import type { Pytree as PytreeMark } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { type Filter, type Predicate, toPredicate, toPredicates } from './filters.js';
import { type Path, type PathPart, pathText } from './pytree.js';
import { looseCopy, Variable, writeCopy } from './variable.js';

/** A place in a state: a variable, or a dict of further places. */
export type StateNode = Variable & StateDict & StateNames;
/** Variables by attribute path: `state.block.linear.kernel.value` is a tensor. A pytree. */
export type State = StateDict & PytreeMark<'state'>;
export interface StateDict {
  readonly [name: string]: StateNode;
}
/** Attention's `value` is a place; a variable's `value` is a tensor: at run time one of both, here both. */
export interface StateNames {
  get value(): StateNode;
  set value(value: unknown);
}
/** A state, or nested dicts of variables or tensors. */
export type StateInput = State | PureDict;
/** Nested dicts of tensors. */
export type PureDict = { readonly [name: string]: unknown };
/** Paths and variables, sorted by path. */
export type FlatState = [path: Path, variable: Variable][];
/** One state for each filter. */
export type States<F extends readonly unknown[]> = { -readonly [I in keyof F]: State };

/** An entry of a state: a variable, or a plain value in a pure dict. */
export type Entry = readonly [path: Path, value: unknown];

/** The entries of a state in order of paths. */
export function entriesOf(state: StateInput, path: Path = []): Entry[] {
  return Object.entries(state as PureDict).flatMap(([name, value]) =>
    isDict(value) ? entriesOf(value, [...path, name]) : [[[...path, name], value] as const],
  );
}

/** Entries as nested dicts. */
export function nest(entries: Iterable<Entry>): State {
  const root: { [name: string]: unknown } = {};
  for (const [path, value] of entries) {
    let place = root;
    for (const part of path.slice(0, -1)) place = (place[part] ??= {}) as typeof root;
    place[path.at(-1)!] = value;
  }
  return root as State;
}

/** Entries sorted into one list for each filter, the first that matches; the rest come last. */
export function sortEntries(entries: readonly Entry[], predicates: readonly Predicate[]): Entry[][] {
  const lists: Entry[][] = [...predicates, null].map(() => []);
  for (const entry of entries) {
    const index = predicates.findIndex((predicate) => predicate(entry[0], entry[1]));
    lists[index < 0 ? predicates.length : index]!.push(entry);
  }
  return lists;
}

/** One state for each filter; leftovers are an error. */
export function exhaustive(entries: readonly Entry[], filters: readonly Filter[], who: string): State[] {
  const lists = sortEntries(entries, toPredicates(filters));
  const left = lists.pop()!;
  if (left.length === 0) return lists.map(nest);
  throw mistake(
    who,
    `expected filters that take in all variables, got ${left.length} left over, first ${pathText(left[0]![0])}.`,
    "Add '...' as the last filter.",
  );
}

/** One state from several; later ones win. */
export function mergeState(...states: [StateInput, ...StateInput[]]): State {
  return nest(states.flatMap((state) => entriesOf(state)));
}

/** One state for each filter; leftovers are an error. */
export function splitState<F extends readonly [Filter, ...Filter[]]>(state: StateInput, ...filters: F): States<F> {
  return exhaustive(entriesOf(state), filters, 'nnx.splitState') as States<F>;
}

/** The matching part of a state. */
export function filterState(state: StateInput, filter: Filter): State {
  const predicate = toPredicate(filter);
  return nest(entriesOf(state).filter(([path, value]) => predicate(path, value)));
}

/** `f(path, variable)` on each entry. */
export function mapState(f: (path: Path, variable: Variable) => Variable, state: StateInput): State {
  return nest(entriesOf(state).map(([path, value]) => [path, f(path, value as Variable)]));
}

/** Paths and variables. */
export function toFlatState(state: StateInput): FlatState {
  const entries = entriesOf(state).map(([path, value]): FlatState[number] => [path, value as Variable]);
  return entries.sort(([a], [b]) => comparePaths(a, b));
}

/** The inverse of `toFlatState`. */
export function fromFlatState(flat: Iterable<readonly [path: Path, variable: Variable]>): State {
  return nest(flat);
}

/** Nested dicts of tensors. */
export function toPureDict(state: StateInput): { [name: string]: unknown } {
  return nest(entriesOf(state).map(([path, value]) => [path, valueOf(value)])) as { [name: string]: unknown };
}

/** Writes nested dicts of tensors into a state, in place; the state takes copies. */
export function replaceByPureDict(state: State, pure: PureDict): void {
  for (const [path, value] of entriesOf(pure)) {
    const variable = at(state, path);
    if (!(variable instanceof Variable)) throw noEntry('nnx.replaceByPureDict', path);
    writeCopy(variable as Variable<unknown>, value);
  }
}

/** Dicts whose keys are numerals become lists. */
export function restoreIntPaths(pure: PureDict): { [name: string]: unknown } {
  return restored(pure) as { [name: string]: unknown };
}

/** A tree with tensors in place of variables. */
export function asPure<T>(tree: T): T extends State ? PureDict : T {
  return pureOf(tree) as T extends State ? PureDict : T;
}

/** The entry at a path, or undefined. */
export function at(state: StateInput, path: Path): unknown {
  return path.reduce<unknown>((place, part) => (isDict(place) ? place[part] : undefined), state);
}

/** A variable's value, or a plain value itself. */
export function valueOf(entry: unknown): unknown {
  return entry instanceof Variable ? Variable.stored(entry as Variable<unknown>) : entry;
}

/** A state of variables like these that refer to other values. */
export function stateLike(entries: readonly Entry[], values: readonly tf.Tensor[]): State {
  return nest(entries.map(([path, variable], i) => [path, looseCopy(variable as object, values[i])]));
}

export function noEntry(who: string, path: Path): Error {
  return mistake(
    who,
    `expected entries that the model has, got one at ${pathText(path)}.`,
    'Pass a state of a model with the same structure.',
  );
}

function restored(tree: unknown): unknown {
  if (!isDict(tree)) return tree;
  const entries = Object.entries(tree).map(([name, value]) => [name, restored(value)] as const);
  const isList = entries.length > 0 && entries.every(([name], i) => name === String(i));
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function pureOf(tree: unknown): unknown {
  if (tree instanceof Variable) return Variable.stored(tree as Variable<unknown>);
  if (Array.isArray(tree)) return tree.map(pureOf);
  if (!isDict(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, pureOf(value)]));
}

function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareParts(a: PathPart, b: PathPart): number {
  if (/^\d+$/.test(String(a)) && /^\d+$/.test(String(b))) return Number(a) - Number(b);
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function isDict(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
