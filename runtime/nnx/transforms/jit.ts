import type { AnyFunction, Argnums, FunctionTransform, Options, Value } from '../../core/tree-typing.js';
import { transaction } from './transactions.js';

/** Options of `jit`. */
export interface JitOptions extends Options<{
  /** Arguments that are plain values; a new one compiles again. Default []. */
  staticArgnums: Argnums;
  /** Keys of a trailing options object that are plain values. Default []. */
  staticArgnames: string | readonly string[];
  /** Arguments whose tensors may be disposed by the call. Default []. */
  donateArgnums: Argnums;
  /** Keys of a trailing options object whose tensors may be disposed. Default []. */
  donateArgnames: string | readonly string[];
  /** Keep arguments the function does not read. Default false. */
  keepUnused: boolean;
  /** Default false. */
  inline: boolean;
}> {}

/** Modules among the arguments are updated in place; every intermediate is freed. */
export function jit<A extends readonly unknown[] = import('@tensorflow/tfjs').Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options?: JitOptions,
): (...args: A) => R;
export function jit<This, F extends (this: This, ...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function jit<F extends AnyFunction>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
): TypedPropertyDescriptor<F>;
export function jit(options: JitOptions): FunctionTransform;
export function jit(first: unknown, second?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown {
  if (typeof first !== 'function' && descriptor === undefined) return jitted;
  return jitted(first, second, descriptor);
}

/** As `jit`, with the first arguments already given. */
export function jitPartial<P extends readonly unknown[], A extends readonly unknown[], R extends Value>(
  f: (...args: [...P, ...A]) => R,
  ...partial: P
): (...args: A) => R {
  return jit((...args: A) => f(...partial, ...args));
}

/** A compiled function with its first arguments held and checked once. */
export function cachedPartial<P extends readonly unknown[], A extends readonly unknown[], R>(
  f: (...args: [...P, ...A]) => R,
  ...partial: P
): (...args: A) => R {
  return (...args) => f(...partial, ...args);
}

/** A function or method (in either decorator form) as one step. */
function jitted(first: unknown, _context?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown {
  if (descriptor !== undefined) return { ...descriptor, value: step(descriptor.value!) };
  return step(first as AnyFunction);
}

function step(f: AnyFunction): AnyFunction {
  const body = f as (this: unknown, ...args: unknown[]) => unknown;
  return function (this: unknown, ...args: unknown[]) {
    return transaction(() => body.apply(this, args));
  };
}
