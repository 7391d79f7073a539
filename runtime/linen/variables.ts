import type * as tf from '@tensorflow/tfjs';
import type { Key, Options, TreeDict, TreeNode } from '../core/tree-typing.js';

/** One collection: a dict of arrays, nested by module path. `tree.Dense_0.kernel` is a tensor. */
export type Collection = TreeDict<tf.Tensor>;

/** The `params` collection. */
export type Params = Collection;

/** A place in a collection: an array that can also be descended into, iterated or indexed. */
export type VariableNode = TreeNode<tf.Tensor>;

/** What `init` returns: the collections by name. Any other name may be read too. */
export interface Variables {
  readonly params: Params;
  readonly batch_stats: Collection;
  readonly cache: Collection;
  readonly intermediates: Collection;
  readonly perturbations: Collection;
  readonly [collection: string]: Collection;
}

/** What `apply` takes: collections as `init` returned them, or some of them built by hand, nested dicts of tensors. */
export type VariablesInput = { readonly [collection: string]: object | null | undefined } | KnownCollections;
/** Lets an `interface` without index signature count as variables when it has one of these. */
export interface KnownCollections extends Readonly<
  Options<{
    params: object | null;
    batch_stats: object | null;
    cache: object | null;
    intermediates: object | null;
    perturbations: object | null;
  }>
> {}

/** One key (stream `params`), or keys by stream name. */
export type RngKeys = Key | { readonly [stream: string]: Key };

/** All collections but these. */
export class DenyList {
  constructor(readonly deny: boolean | string | readonly string[]) {}
}

/** None, all, one, several, or all but some collections (or streams). */
export type CollectionFilter = boolean | string | readonly string[] | ReadonlySet<string> | DenyList;

/** A collection's value in a module. Setting needs the collection to be mutable. Flax `Variable`. */
export interface VariableRef<T = tf.Tensor> {
  get value(): T;
  set value(value: T extends tf.Tensor ? tf.Tensor : T);
  /** Whether its collection may be set now. */
  isMutable(): boolean;
}

/** A nested dict whose entries may be replaced and deleted. */
export interface MutableCollection {
  [name: string]: VariableNode;
}
/** Whole variables whose collections may be replaced and deleted. */
export interface MutableVariables {
  params: MutableCollection;
  [collection: string]: MutableCollection;
}

/** Whether a filter takes in a collection or stream. */
export function inFilter(filter: CollectionFilter, name: string): boolean {
  if (typeof filter === 'boolean') return filter;
  if (typeof filter === 'string') return filter === name;
  if (filter instanceof DenyList) return !inFilter(filter.deny, name);
  return filter instanceof Set ? filter.has(name) : (filter as readonly string[]).includes(name);
}

/** A dict nested by path, as it is stored. Leaves are whatever initializers gave. */
export interface Dict {
  [name: string]: unknown;
}

/** Whether a value is a dict to descend into: made by a literal or without prototype. */
export function isDict(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A copy of nested dicts with the same leaves. */
export function copyDicts(tree: object): Dict {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [name, isDict(value) ? copyDicts(value) : (value as unknown)]),
  );
}
