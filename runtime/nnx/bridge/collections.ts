import { RngState, variableNameFromType, variableTypeFromName } from '../variable-types.js';
import { type Path, pathText } from '../pytree.js';
import { Variable, type VariableType } from '../variable.js';

/** A place in Linen's variables: its collection, the names below it, and the value. */
export interface Place {
  readonly collection: string;
  readonly path: Path;
  readonly value: unknown;
}

/** The leaves of Linen variables, or of their updates. */
export function placesOf(variables: object): Place[] {
  return Object.entries(variables).flatMap(([collection, tree]: [string, unknown]) => leavesOf(collection, tree, []));
}

/** Linen variables of these places. */
export function nested(places: readonly Place[]): { [collection: string]: { [name: string]: unknown } } {
  const root: { [collection: string]: { [name: string]: unknown } } = {};
  for (const { collection, path, value } of places) {
    let dict = (root[collection] ??= {});
    for (const part of path.slice(0, -1)) dict = (dict[part] ??= {}) as { [name: string]: unknown };
    dict[path.at(-1)!] = value;
  }
  return root;
}

/** The variables of a module as places in collections; streams have none. */
export function placesOfState(entries: readonly (readonly [path: Path, variable: Variable<unknown>])[]): Place[] {
  return entries.flatMap(([path, variable]) => {
    if (variable instanceof RngState) return [];
    const collection = variableNameFromType(variable.constructor as VariableType, { allowRegister: true });
    return [{ collection, path: path.map(String), value: Variable.stored(variable) }];
  });
}

/** A new variable of the type that belongs to a collection. */
export function variableIn(collection: string, value: unknown): Variable<unknown> {
  const type = variableTypeFromName(collection, { allowRegister: true }) as unknown as new (v: unknown) => Variable;
  return new type(value) as Variable<unknown>;
}

/** A mistake in the house form, with the path where it was made. */
export function bridgeMistake(who: string, path: Path, [what, fix]: readonly [what: string, fix: string]): Error {
  const place = path.length === 0 ? who : `${who} at ${pathText(path)}`;
  return new Error(`${place}: ${what}\n${fix}`);
}

function leavesOf(collection: string, tree: unknown, path: Path): Place[] {
  if (!isDict(tree)) return [{ collection, path, value: tree }];
  return Object.entries(tree).flatMap(([name, each]) => leavesOf(collection, each, [...path, name]));
}

export function isDict(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
