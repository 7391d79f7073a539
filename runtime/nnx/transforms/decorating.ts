import type { AnyFunction, FunctionTransform } from '../../core/tree-typing.js';

/** A transform with its options given: of a function, or of a method as a decorator (standard or legacy). */
export function asTransform(transform: (f: AnyFunction) => AnyFunction): FunctionTransform {
  const apply = (first: unknown, _second?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown =>
    descriptor === undefined ? transform(first as AnyFunction) : { ...descriptor, value: transform(descriptor.value!) };
  return apply as FunctionTransform;
}
