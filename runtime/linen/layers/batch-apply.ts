import type { AnyFunction, Options } from '../../core/tree-typing.js';
import { batchApply } from '../../functional/batch-apply.js';
import { isModule } from '../module-state.js';
import type { CallableModule, Layer } from '../module.js';

type Callee<T> = T extends AnyFunction ? T : T extends { call: infer F extends AnyFunction } ? F : never;

/** Merges the leading `numDims` (default 2) axes of the arguments, calls `f`, and splits them again. */
export class BatchApply<F extends CallableModule | AnyFunction = Layer> {
  readonly numDims: number;

  constructor(
    readonly f: F,
    options: Options<{ numDims: number }> = {},
  ) {
    this.numDims = options.numDims ?? 2;
  }

  call(...args: Parameters<Callee<F>>): ReturnType<Callee<F>> {
    const { f } = this;
    const run = (isModule(f) ? (f as CallableModule).call.bind(f) : f) as (...all: readonly unknown[]) => unknown;
    return batchApply(run, args, this.numDims) as never;
  }
}
