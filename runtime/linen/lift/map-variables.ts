import { tidyTree } from '../../core/lifetime.js';
import type { Value } from '../../core/tree-typing.js';
import type { Module, ModuleClass } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import {
  type CollectionFilter,
  copyDicts,
  type Dict,
  inFilter,
  type Variables,
  type VariablesInput,
} from '../variables.js';
import type { MapVariablesOptions, MethodsOption } from './options.js';
import { pack } from './pack.js';
import { liftTarget, type Transform } from './target.js';

/**
 * Transforms collections on their way in and out of a module. Written variables are stored only with `mutable` or
 * `init`. Flax `map_variables`; unlike Flax, `init` runs the module twice only where the collections may change.
 */
export function mapVariables<C extends ModuleClass>(
  target: C,
  mappedCollections?: CollectionFilter,
  options?: MapVariablesOptions & MethodsOption<InstanceType<C>>,
): C;
export function mapVariables<M extends Module, A extends readonly unknown[], R extends Value>(
  target: ModuleFunction<M, A, R>,
  mappedCollections?: CollectionFilter,
  options?: MapVariablesOptions,
): ModuleFunction<M, A, R>;
export function mapVariables(
  target: unknown,
  mappedCollections: CollectionFilter = 'params',
  options: MapVariablesOptions & { readonly methods?: readonly string[] | undefined } = {},
): unknown {
  const transform = mappingTransform(mappedCollections, options);
  return liftTarget(target, { prefix: 'Map_variables', methods: options.methods, transform });
}

function mappingTransform(mapped: CollectionFilter, options: MapVariablesOptions): Transform {
  const { variables = true, rngs = true, init = false, mutable = false } = options;
  const written = init || mutable;
  const stored: readonly CollectionFilter[] = written ? [mapped, variables] : [false, variables];
  return (core, args) => {
    const packed = pack(core.scopes, { in: [mapped, variables], out: stored, rngs: [rngs] });
    const [before = [], others = []] = packed.variables;
    let target = before;
    if (init && packed.mayChange(mapped)) {
      target = tidyTree(() => {
        const opened = packed.open([before, others], packed.keys);
        core.call(opened.scopes, args);
        return through(opened.close()[0]!, options.transOutFn);
      });
    }
    const opened = packed.open([through(target, options.transInFn), others], packed.keys, {
      mutable: (name) => written || !inFilter(mapped, name),
    });
    const output = core.call(opened.scopes, args);
    const [after = [], rest = []] = opened.close();
    packed.publish([written ? through(after, options.transOutFn) : after, rest]);
    return output;
  };
}

function through(group: readonly Dict[], f: ((variables: Variables) => VariablesInput) | undefined): readonly Dict[] {
  return f === undefined
    ? group
    : group.map((collections) => f(copyDicts(collections) as unknown as Variables) as Dict);
}
