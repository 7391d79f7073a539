import type { Options } from '../core/tree-typing.js';
import { applyModule, initModule, initVariables } from './entry.js';
import type { ApplyResult, CaptureFilter, InitOptions, Module, TabulateOptions } from './module.js';
import type { MethodArgs, ModuleFunction } from './signatures.js';
import { summaryOf } from './summary.js';
import type { CollectionFilter, RngKeys, Variables, VariablesInput } from './variables.js';

/** `fn(module, ...args)` as a function of variables and arguments. */
export function apply<
  M extends Module,
  A extends readonly unknown[],
  R,
  const Mut extends CollectionFilter = false,
  Cap extends CaptureFilter = CaptureFilter,
>(
  fn: ModuleFunction<M, A, R>,
  module: M,
  options: Options<{ mutable: Mut; captureIntermediates: Cap }> = {},
): (variables: VariablesInput, args: A, options?: Options<{ rngs: RngKeys }>) => ApplyResult<R, Mut, Cap> {
  return (variables, args, { rngs } = {}) =>
    applyModule(module, variables, { args, options: { ...options, rngs, method: fn } }) as ApplyResult<R, Mut, Cap>;
}

/** `fn(module, ...args)` as a function that creates the variables. */
export function init<M extends Module, A extends readonly unknown[]>(
  fn: ModuleFunction<M, A, unknown>,
  module: M,
  options: InitOptions = {},
): (rngs: RngKeys, args: A) => Variables {
  return (rngs, args) => initVariables(module, rngs, { args, options: { ...options, method: fn } });
}

/** As `init`, giving `[output, variables]`. */
export function initWithOutput<M extends Module, A extends readonly unknown[], R>(
  fn: ModuleFunction<M, A, R>,
  module: M,
  options: InitOptions = {},
): (rngs: RngKeys, args: A) => [output: R, variables: Variables] {
  return (rngs, args) => {
    const run = { args, options: { ...options, method: fn } };
    return initModule(module, rngs, run) as [output: R, variables: Variables];
  };
}

/** A function that gives the module's summary table. */
export function tabulate<M extends Module>(
  module: M,
  rngs: RngKeys,
  options: TabulateOptions = {},
): (args: MethodArgs<M, 'call'>) => string {
  return (args) => summaryOf(module, rngs, { args, options });
}
