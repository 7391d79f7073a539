import type { AnyFunction, Argnums, FunctionTransform, Options, Value } from '../../core/tree-typing.js';
import { currentLevel, isRecording } from '../../core/levels.js';
import { currentObserver } from '../../core/observer.js';
import { tensorsOf } from '../../core/tree.js';
import { isCapturing } from '../capture-frame.js';
import { CompiledStep } from './compiled-step.js';
import { asTransform } from './decorating.js';
import { ownResult } from './lending.js';
import { isGraph } from './operands.js';
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

/**
 * Traces once for each structure of the modules among the arguments and for the shapes, dtypes and plain values of the
 * rest; replays after. Variables are set in place, and so are other attributes that `f` sets; every intermediate is
 * freed. A module that `f` closes over may be read, not set. Another function object is traced anew, whatever its text:
 * make it once. Within another transform, and while `nnx.capture` collects, `f` runs as if written there. Flax `nnx.jit`.
 */
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
  if (typeof first !== 'function' && descriptor === undefined)
    return asTransform((f) => compiled(f, first as JitOptions));
  if (descriptor !== undefined) return { ...descriptor, value: compiled(descriptor.value!) };
  const isContext = typeof second === 'object' && second !== null && 'kind' in second;
  return compiled(first as AnyFunction, isContext ? {} : (second as JitOptions | undefined));
}

/** As `jit`, with the first arguments already given. */
export function jitPartial<P extends readonly unknown[], A extends readonly unknown[], R extends Value>(
  f: (...args: [...P, ...A]) => R,
  ...partial: P
): (...args: A) => R {
  const call = jit(f as unknown as (...args: unknown[]) => R);
  return (...args) => call(...partial, ...args);
}

/** A compiled function with its first arguments held and checked once. */
export function cachedPartial<P extends readonly unknown[], A extends readonly unknown[], R>(
  f: (...args: [...P, ...A]) => R,
  ...partial: P
): (...args: A) => R {
  return (...args) => f(...partial, ...args);
}

function compiled(f: AnyFunction, options: JitOptions = {}): AnyFunction {
  const body = f as (this: unknown, ...args: unknown[]) => unknown;
  const positions = [options.staticArgnums ?? []].flat() as number[];
  const names = [options.staticArgnames ?? []].flat() as string[];
  const step = new CompiledStep(f, { positions, names });
  return function (this: unknown, ...args: unknown[]) {
    if (runsInPlace()) return transaction(() => ownResult(body.apply(this, args)));
    const result = step.call(this, args);
    donate(args, options, result);
    return result;
  };
}

/** Whether the function must run as if written here: a transform, a capture or an observer sees what it does. */
function runsInPlace(): boolean {
  return currentLevel() !== null || isRecording() || isCapturing() || currentObserver() !== null;
}

/** Disposes the donated tensors that are not in the result. */
function donate(args: readonly unknown[], options: JitOptions, result: unknown): void {
  const positions = [options.donateArgnums ?? []].flat() as number[];
  const names = [options.donateArgnames ?? []].flat() as string[];
  if (positions.length === 0 && names.length === 0) return;
  const last = args.at(-1) as { readonly [name: string]: unknown } | undefined;
  const given = [...positions.map((at) => args.at(at)), ...names.map((name) => last?.[name])];
  const kept = new Set(tensorsOf(result));
  for (const tensor of tensorsOf(given.filter((each) => !isGraph(each)))) if (!kept.has(tensor)) tensor.dispose();
}
