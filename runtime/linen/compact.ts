import type { AnyFunction } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { leaveUnwrapped, type Method, whileIntercepting, wrapMethod } from './method.js';
import type { Module } from './module.js';

/**
 * Lets the method create submodules and variables where they are used. Works as a standard decorator, as a legacy
 * decorator (`experimentalDecorators`) and as a wrapper: `call = nn.compact(function (this: Block, x) { … })`.
 */
export function compact<This extends Module, F extends (this: This, ...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function compact<F extends AnyFunction>(
  target: Module,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
): TypedPropertyDescriptor<F>;
export function compact<F extends AnyFunction>(method: F, context?: undefined): F;
export function compact(...given: readonly unknown[]): unknown {
  return decorated(given, (method, name) => wrapMethod(method, name, { compact: true }));
}

/** Leaves the method out of state handling: callable unbound, not intercepted. */
export const nowrap: typeof compact = (...given: readonly unknown[]) =>
  decorated(given, (method) => {
    leaveUnwrapped(method);
    return method;
  }) as never;

/** What an interceptor is told. */
export interface InterceptorContext {
  readonly module: Module;
  readonly methodName: string;
  readonly origMethod: AnyFunction;
}
/** Takes the place of each method call; `next` goes on with it. */
export type MethodInterceptor = (
  next: (...args: unknown[]) => unknown,
  args: unknown[],
  context: InterceptorContext,
) => unknown;
/** Runs `body` with every module method passing through `interceptor`. The last one added is nearest to the method. */
export function interceptMethods<R>(interceptor: MethodInterceptor, body: () => R): R {
  return whileIntercepting(
    (next, args, context) => interceptor(next, args, context as unknown as InterceptorContext),
    body,
  );
}

/** The one of `a` and `b` that is set; an error when both or neither are. Flax `merge_param`. */
export function mergeParam<T>(name: string, a: T | null | undefined, b: T | null | undefined): NonNullable<T> {
  const given = [a, b].filter((each) => each !== null && each !== undefined);
  if (given.length === 1) return given[0]!;
  throw mistake(
    name,
    `expected it in the constructor or in the call, got it in ${given.length === 0 ? 'neither' : 'both'}.`,
    given.length === 0 ? `Pass { ${name}: … } to one of them.` : 'Leave it out of one of them.',
  );
}

/** Applies `change` in whichever form the decorator was used. */
export function decorated(given: readonly unknown[], change: (method: Method, name: string | null) => Method): unknown {
  const [first, second, descriptor] = given;
  if (given.length >= 3) {
    const described = descriptor as TypedPropertyDescriptor<Method>;
    return { ...described, value: change(described.value!, String(second)) };
  }
  const context = second as { readonly name: string | symbol } | undefined;
  return change(first as Method, context === undefined ? null : String(context.name));
}
