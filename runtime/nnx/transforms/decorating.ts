import type { AnyFunction, FunctionTransform } from '../../core/tree-typing.js';

/** A transform with its options given: of a function, or of a method as a decorator (standard or legacy). */
export function asTransform(transform: (f: AnyFunction) => AnyFunction): FunctionTransform {
  const apply = (first: unknown, _second?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown =>
    descriptor === undefined ? transform(first as AnyFunction) : { ...descriptor, value: transform(descriptor.value!) };
  return apply as FunctionTransform;
}

/** As `asTransform`; of a method, its module is the first of the arguments that the options speak of, as in Flax. */
export function asModuleTransform(transform: (f: AnyFunction) => AnyFunction): FunctionTransform {
  const ofMethod = (method: AnyFunction): AnyFunction => {
    const body = method as (this: unknown, ...args: unknown[]) => unknown;
    const lifted = transform((self: never, ...args: never[]) => body.apply(self, args)) as (
      ...args: unknown[]
    ) => unknown;
    return function (this: unknown, ...args: unknown[]) {
      return lifted(this, ...args);
    };
  };
  const apply = (first: unknown, second?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown => {
    if (descriptor !== undefined) return { ...descriptor, value: ofMethod(descriptor.value!) };
    return isMethodContext(second) ? ofMethod(first as AnyFunction) : transform(first as AnyFunction);
  };
  return apply as FunctionTransform;
}

function isMethodContext(context: unknown): boolean {
  return typeof context === 'object' && context !== null && 'kind' in context && context.kind === 'method';
}
