import type * as tf from '@tensorflow/tfjs';
import type { LeafOf, Options, TreeDict } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import {
  copyDicts,
  type Dict,
  isDict,
  type MutableCollection,
  type MutableVariables,
  type Params,
  type VariableNode,
  type Variables,
} from './variables.js';

/** `Variables` or `Params` out of a nested dict built by hand: it is variables when it has `params`. Flax `freeze`. */
export function freeze(variables: { readonly params: object }): Variables;
export function freeze(tree: object): Params;
export function freeze(tree: object): unknown {
  return copyDicts(tree);
}

/** A copy that may be changed: nested plain objects, same tensors. Set leaves through `copy` or `flattenDict`. */
export function unfreeze(variables: Variables): MutableVariables;
export function unfreeze(tree: object): MutableCollection;
export function unfreeze(tree: object): unknown {
  return copyDicts(tree);
}

/** A copy with entries added or replaced. Flax `core.copy`. */
export function copy<T extends Variables | Params>(tree: T, addOrReplace: object): T {
  return { ...copyDicts(tree), ...addOrReplace } as T;
}

/** `[the rest, the entry]`. Flax `core.pop`. */
export function pop<T extends Variables | Params>(tree: T, name: string): [rest: T, entry: VariableNode] {
  const { [name]: entry, ...rest } = copyDicts(tree);
  if (entry === undefined) throw mistake('pop', `expected an entry '${name}', got none.`, 'Name one that is there.');
  return [rest as T, entry as VariableNode];
}

/** Paths joined by `sep` (default '/') → leaves. Flax `traverse_util.flatten_dict`. */
export function flattenDict<T extends object>(
  tree: T,
  options: Options<{ sep: string; /** Default false. */ keepEmptyNodes: boolean }> = {},
): { [path: string]: [LeafOf<T>] extends [never] ? tf.Tensor : LeafOf<T> } {
  const { sep = '/', keepEmptyNodes = false } = options;
  const visit = (dict: Dict, path: readonly string[]): [string, unknown][] =>
    Object.entries(dict).flatMap(([name, value]) => {
      const here = [...path, name];
      if (!isDict(value)) return [[here.join(sep), value]] as [string, unknown][];
      if (Object.keys(value).length > 0) return visit(value, here);
      return keepEmptyNodes ? ([[here.join(sep), {}]] as [string, unknown][]) : [];
    });
  return Object.fromEntries(visit(tree as Dict, [])) as ReturnType<typeof flattenDict<T>>;
}

/** The inverse of `flattenDict`. */
export function unflattenDict<L>(
  flat: { readonly [path: string]: L },
  options: Options<{ sep: string }> = {},
): TreeDict<L extends tf.Tensor ? tf.Tensor : L> {
  const root: Dict = {};
  for (const [path, leaf] of Object.entries(flat)) {
    const parts = path.split(options.sep ?? '/');
    const last = parts.pop()!;
    let place = root;
    for (const part of parts) {
      if (!isDict(place[part])) place[part] = {};
      place = place[part] as Dict;
    }
    place[last] = leaf;
  }
  return root as TreeDict<L extends tf.Tensor ? tf.Tensor : L>;
}
