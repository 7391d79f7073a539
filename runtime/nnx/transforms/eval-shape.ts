import { evalShape as shapesOf } from '../../core/abstract.js';
import type { MapLeaves, Pytree as PytreeMark, ShapeDtypeStruct, Value } from '../../core/tree-typing.js';
import { Variable } from '../variable.js';
import { callLent, type Outcome, valuesOf } from './lending.js';
import { takeApart } from './operands.js';
import { transaction } from './transactions.js';

/**
 * Shapes and dtypes of `f(...args)`, without arithmetic. Modules that `f` makes come back with `ShapeDtypeStruct`s as
 * values, and may be given as arguments; what `f` sets is dropped. Flax `nnx.eval_shape`.
 */
export function evalShape<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...args: { [I in keyof A]: A[I] | MapLeaves<A[I], ShapeDtypeStruct> }
): R extends PytreeMark ? R : MapLeaves<R, ShapeDtypeStruct> {
  const who = 'nnx.evalShape';
  const body = f as unknown as (...all: unknown[]) => unknown;
  return transaction(() => {
    const given = takeApart(args, { who });
    let outcome: Outcome | null = null;
    const run = (plain: readonly unknown[], values: readonly unknown[]): unknown[][] => {
      const found = callLent((all: readonly never[]) => body(...all), { who, args: given, plain, values });
      outcome = found;
      return [[...found.plain], [...found.made]];
    };
    const inputs = [given.plain.map(({ value }) => value), valuesOf(given.operands)];
    const [shapes, made] = shapesOf(run as never, ...(inputs as never[])) as unknown as readonly unknown[][];
    const { parts } = outcome!;
    parts.operands.forEach(({ variable }, i) => Variable.store(variable, made![i]));
    return parts.rebuild(shapes!);
  }) as never;
}
