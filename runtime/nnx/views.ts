import { currentObserver } from '../core/observer.js';
import type { Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { type ModuleFilter, toPredicate } from './filters.js';
import { childrenOf, rebuild, walk } from './graph.js';
import { type AttributeValues, Module, setAttributes, type SetAttributesOptions } from './module.js';
import type { Path, PathPart } from './pytree.js';

/** The view's modes; those that a layer does not have are ignored. */
export interface ViewAttributes extends Options<{
  deterministic: boolean;
  useRunningAverage: boolean;
  decode: boolean;
  batchSize: number | readonly number[];
  maxLength: number;
}> {}

/** A second structure with other modes that shares the variables. */
export function view<M extends object>(model: M, attributes: ViewAttributes & SetAttributesOptions): M {
  const { only, raiseIfNotFound, ...modes } = attributes;
  return withAttributes(model, modes, { only, raiseIfNotFound });
}

/** A second structure with other attributes that shares the variables. */
export function withAttributes<M extends object>(
  model: M,
  attributes: AttributeValues,
  options: SetAttributesOptions = {},
): M {
  const copy = rebuild(model, {
    variable: (variable) => variable,
    node: (part, _path, original) => currentObserver()?.derived?.(part, original),
  });
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  setAttributes(copy, Object.fromEntries(given), options);
  return copy;
}

/** What `view` can set on this model, as text. */
export function viewInfo(model: object, options: Options<{ only: ModuleFilter }> = {}): string {
  const chosen = toPredicate(options.only ?? '...');
  const lines = [...iterModules(model)]
    .filter(([path, module]) => chosen(path, module))
    .map(([path, module]) => ({ path, modes: modeNames.filter((name) => Object.hasOwn(module, name)) }))
    .filter(({ modes }) => modes.length > 0)
    .map(({ path, modes }) => `${path.join('.') || '.'}: ${modes.join(', ')}`);
  return lines.join('\n');
}

const modeNames = ['deterministic', 'useRunningAverage', 'decode', 'batchSize', 'maxLength'];

/** `[path, module]` of each module once, children before parents, attributes in sorted order. */
export function* iterModules(model: object): IterableIterator<[path: Path, module: Module]> {
  for (const [path, node] of walk(model)) if (node instanceof Module) yield [path, node];
}

/** `[name, module]` of the direct submodules. */
export function* iterChildren(model: object): IterableIterator<[name: PathPart, module: Module]> {
  for (const [name, child] of childrenOf(model) ?? []) if (child instanceof Module) yield [name, child];
}

/** `[path, node]` of everything reachable, children first. */
export function iterGraph(node: object): IterableIterator<[path: Path, node: unknown]> {
  if (childrenOf(node) === null) {
    throw mistake('nnx.iterGraph', 'expected a module, array or dict.', 'Pass one that holds variables.');
  }
  return walk(node);
}
