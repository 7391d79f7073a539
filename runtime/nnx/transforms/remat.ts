import type * as tf from '@tensorflow/tfjs';
import { checkpoint, type CheckpointOptions } from '../../core/remat.js';
import type { AnyFunction, FunctionTransform, Value } from '../../core/tree-typing.js';
import { asTransform } from './decorating.js';
import { callLent, type Outcome, storeAll, storeChanged, valuesOf } from './lending.js';
import { takeApart } from './operands.js';
import { transaction } from './transactions.js';

/**
 * Recomputes intermediates in the backward pass; modules among the arguments are set once. Function, or decorator (bare
 * or with options). Flax `nnx.remat`.
 */
export function remat<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options?: CheckpointOptions,
): (...args: A) => R;
export function remat<This, F extends (this: This, ...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function remat<F extends AnyFunction>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
): TypedPropertyDescriptor<F>;
export function remat(options: CheckpointOptions): FunctionTransform;
export function remat(first: unknown, second?: unknown, descriptor?: TypedPropertyDescriptor<AnyFunction>): unknown {
  if (typeof first !== 'function' && descriptor === undefined) {
    return asTransform((f) => recomputing(f, first as CheckpointOptions));
  }
  if (descriptor !== undefined) return { ...descriptor, value: recomputing(descriptor.value!, {}) };
  const isContext = typeof second === 'object' && second !== null && 'kind' in second;
  return recomputing(first as AnyFunction, isContext ? {} : ((second as CheckpointOptions | undefined) ?? {}));
}

const who = 'nnx.remat';
type Flat = readonly [plain: readonly unknown[], made: readonly unknown[], after: readonly unknown[]];

function recomputing(f: AnyFunction, { policy, preventCse, staticArgnums }: CheckpointOptions): AnyFunction {
  const body = f as (this: unknown, ...args: unknown[]) => unknown;
  const positions = [staticArgnums ?? []].flat() as number[];
  return function (this: unknown, ...args: unknown[]) {
    return transaction(() => {
      const fixed = positions.map((position) => (position < 0 ? position + args.length : position));
      const free = args.map((arg, i) => (fixed.includes(i) ? null : arg));
      const given = takeApart([this, ...free], { who });
      let outcome: Outcome | null = null;
      const run = (plain: readonly unknown[], values: readonly unknown[]): Flat => {
        const call = ([self, ...rest]: readonly unknown[]): unknown =>
          body.apply(
            self,
            rest.map((arg, i) => (fixed.includes(i) ? args[i] : arg)),
          );
        const found = callLent(call, { who, args: given, plain, values });
        // The backward pass runs it again, when the results of the first run are long in place.
        outcome ??= found;
        return [found.plain, found.made, found.after.map((value, i) => (found.changed[i] ? value : null))];
      };
      const lifted = checkpoint(run as never, { policy, preventCse }) as unknown as typeof run;
      const [plain, made, after] = lifted(
        given.plain.map(({ value }) => value),
        valuesOf(given.operands),
      );
      const { changed, parts } = outcome!;
      storeChanged(given.operands, { changed, after });
      storeAll(parts.operands, made);
      return parts.rebuild(plain);
    });
  };
}
