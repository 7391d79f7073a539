import * as tf from '@tensorflow/tfjs';
import { customVjp as coreCustomVjp } from '../../core/autodiff/custom.js';
import { vjp as coreVjp } from '../../core/autodiff/vjp.js';
import { treeLeaves, treeMap } from '../../core/tree.js';
import type { Argnums, Options, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import type { Module } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import type { CollectionFilter, Dict, Variables, VariablesInput } from '../variables.js';
import type { LiftOptions } from './options.js';
import { type Groups, pack } from './pack.js';
import { bodyOf, type Core, runLifted, type Transform } from './target.js';

export interface AuxOption<Aux extends boolean> {
  /** `fn` returns `[value, aux]`. Default false. */
  hasAux?: Aux | undefined;
}

/** Gradients of scalar `fn(module, ...primals)` with respect to the primals (not the variables). */
export function grad<M extends Module, A extends readonly unknown[], Aux>(
  fn: ModuleFunction<M, A, readonly [value: tf.Tensor, aux: Aux]>,
  module: M,
  primals: readonly [...A],
  options: LiftOptions & { hasAux: true },
): [grads: A, aux: Aux];
export function grad<M extends Module, A extends readonly unknown[]>(
  fn: ModuleFunction<M, A, tf.Tensor>,
  module: M,
  primals: readonly [...A],
  options?: LiftOptions & AuxOption<false>,
): A;
export function grad(
  fn: ModuleFunction<Module, never[], unknown>,
  module: Module,
  primals: readonly unknown[],
  options: LiftOptions & AuxOption<boolean> = {},
): unknown {
  const { aux, grads } = differentiated(fn, module, { primals, options });
  return options.hasAux === true ? [grads, aux] : grads;
}

/** `[value, gradients]`, as `grad`. */
export function valueAndGrad<M extends Module, A extends readonly unknown[], Aux>(
  fn: ModuleFunction<M, A, readonly [value: tf.Tensor, aux: Aux]>,
  module: M,
  primals: readonly [...A],
  options: LiftOptions & { hasAux: true },
): [value: [value: tf.Tensor, aux: Aux], grads: A];
export function valueAndGrad<M extends Module, A extends readonly unknown[]>(
  fn: ModuleFunction<M, A, tf.Tensor>,
  module: M,
  primals: readonly [...A],
  options?: LiftOptions & AuxOption<false>,
): [value: tf.Tensor, grads: A];
export function valueAndGrad(
  fn: ModuleFunction<Module, never[], unknown>,
  module: Module,
  primals: readonly unknown[],
  options: LiftOptions & AuxOption<boolean> = {},
): unknown {
  const { value, aux, grads } = differentiated(fn, module, { primals, options });
  return [options.hasAux === true ? [value, aux] : value, grads];
}

/** `[output, pullback]`; the pullback gives `[gradients of the variables, ...of the primals]`. */
export function vjp<M extends Module, A extends readonly unknown[], R extends Value>(
  fn: ModuleFunction<M, A, R>,
  module: M,
  primals: readonly [...A],
  options: LiftOptions & Options<{ /** Default 'params'. */ vjpVariables: CollectionFilter }> = {},
): [output: R, pullback: (cotangent: R) => [variables: Variables, ...primals: A]] {
  const { variables = true, rngs = true, vjpVariables = 'params' } = options;
  const transform: Transform = (core, args) => {
    requireOneScope(core, 'nn.vjp');
    const packed = pack(core.scopes, { in: [vjpVariables, variables], out: [variables], rngs: [rngs] });
    const [own = [], others = []] = packed.variables;
    const run = (own: readonly Dict[], ...given: readonly unknown[]): Outcome => {
      const opened = packed.open([own, others], packed.keys);
      return { y: core.call(opened.scopes, given), variables: opened.close() };
    };
    const [outcome, pullback] = coreVjp(run, own, ...args);
    packed.publish(outcome.variables);
    const pull = (cotangent: unknown): unknown[] => {
      const [group, ...rest] = pullback({ y: cotangent, variables: zeros(outcome.variables) as Groups });
      return [group[0], ...rest];
    };
    return [outcome.y, pull];
  };
  return runLifted(module, primals, { bodies: [bodyOf(fn)], transform }) as ReturnType<typeof vjp<M, A, R>>;
}

/** `[output, tangent]` along tangents of primals and variables; collections without tangents stand still. */
export function jvp<M extends Module, A extends readonly unknown[], R extends Value>(
  fn: ModuleFunction<M, A, R>,
  module: M,
  primals: readonly [...A],
  tangents: readonly [...NoInfer<A>],
  variableTangents: VariablesInput,
  options: LiftOptions = {},
): [output: R, tangent: R] {
  const { variables = true, rngs = true } = options;
  const moving = Object.entries(variableTangents as Dict).filter(([, tree]) => treeLeaves(tree).length > 0);
  const transform: Transform = (core, args) => {
    requireOneScope(core, 'nn.jvp');
    const filters = { in: [moving.map(([name]) => name), variables], out: [variables], rngs: [rngs] };
    const packed = pack(core.scopes, filters);
    const [own = [], others = []] = packed.variables;
    const run = (own: readonly Dict[], ...given: readonly unknown[]): Outcome => {
      const opened = packed.open([own, others], packed.keys);
      return { y: core.call(opened.scopes, given), variables: opened.close() };
    };
    const [outcome, pullback] = coreVjp(run, own, ...args);
    packed.publish(outcome.variables);
    const none = zeros(outcome.variables) as Groups;
    const [, pushforward] = coreVjp((y: unknown) => pullback({ y, variables: none }), zeros(outcome.y));
    const [tangent] = pushforward([[Object.fromEntries(moving)], ...(tangents as readonly unknown[])]);
    return [outcome.y, tangent];
  };
  return runLifted(module, primals, { bodies: [bodyOf(fn)], transform }) as [output: R, tangent: R];
}

/**
 * Gives `fn` its own gradient: `forwardFn` returns `[output, residuals]`, `backwardFn` one gradient for the variables
 * and one for each argument. Residuals that hold functions (a pullback of `nn.vjp`) are made anew in the backward pass.
 */
export function customVjp<M extends Module, A extends readonly unknown[], R extends Value, Residuals extends Value>(
  fn: ModuleFunction<M, A, R>,
  forwardFn: ModuleFunction<M, A, readonly [output: R, residuals: Residuals]>,
  backwardFn: (residuals: Residuals, cotangent: R) => readonly unknown[],
  options: Options<{
    /** Default 'params'. */ gradVars: CollectionFilter;
    /** Default []. */ nondiffArgnums: Argnums;
  }> = {},
): ModuleFunction<M, A, R> {
  const { gradVars = 'params', nondiffArgnums = [] } = options;
  const fixed = ([nondiffArgnums].flat() as number[]).map((at) => at - 1);
  const bodies = [bodyOf(fn), bodyOf(forwardFn)];
  const transform: Transform = (core, args) => {
    requireOneScope(core, 'nn.customVjp');
    const packed = pack(core.scopes, { in: [gradVars, true], out: [gradVars, true], rngs: [true] });
    const [own = [], others = []] = packed.variables;
    const drawn = packed.draws();
    const run = (which: number, own: readonly Dict[], given: readonly unknown[]): Outcome => {
      packed.rewind(drawn);
      const opened = packed.open([own, others], packed.keys);
      return { y: core.call(opened.scopes, given, which), variables: opened.close() };
    };
    const made = coreCustomVjp((own: readonly Dict[], ...given: unknown[]) => run(0, own, given), {
      nondiffArgnums: fixed.map((at) => at + 1),
    });
    made.defvjp(
      (own, ...given) => {
        const { y, variables } = run(1, own, given);
        const [output, residuals] = y as [unknown, unknown];
        const kept = treeLeaves(residuals).every((leaf) => typeof leaf !== 'function') ? { residuals } : { own, given };
        return [{ y: output, variables }, kept];
      },
      ((...all: unknown[]) => {
        const [kept, cotangent] = all.slice(-2) as [{ residuals?: unknown; own?: never; given?: never }, Outcome];
        const residuals =
          kept.own === undefined ? kept.residuals : (run(1, kept.own, kept.given!).y as [unknown, unknown])[1];
        const backward = backwardFn as (...all: unknown[]) => readonly unknown[];
        const [variables, ...rest] = backward(...all.slice(0, -2), residuals, cotangent.y);
        return [[variables], ...rest];
      }) as never,
    );
    const outcome = made(own, ...args);
    packed.publish(outcome.variables);
    return outcome.y;
  };
  return (module, ...args) => runLifted(module, args, { bodies, transform }) as R;
}

/** What a run gave and wrote. */
interface Outcome {
  readonly y: unknown;
  readonly variables: Groups;
}

/** Value, aux and gradients of a scalar function of the primals. */
function differentiated(
  fn: ModuleFunction<Module, never[], unknown>,
  module: Module,
  { primals, options }: { primals: readonly unknown[]; options: LiftOptions & AuxOption<boolean> },
): { value: tf.Tensor; aux: unknown; grads: readonly unknown[] } {
  const { variables = true, rngs = true, hasAux = false } = options;
  const transform: Transform = (core, args) => {
    const packed = pack(core.scopes, { in: [variables], out: [variables], rngs: [rngs] });
    const run = (...given: readonly unknown[]) => {
      const opened = packed.open(packed.variables, packed.keys);
      const output = core.call(opened.scopes, given);
      const [value, aux] = (hasAux ? output : [output, null]) as [tf.Tensor, unknown];
      requireScalar(core.who, value);
      return { value, aux, variables: opened.close() };
    };
    const [outcome, pullback] = coreVjp(run, ...args);
    packed.publish(outcome.variables);
    const rest = zeros({ aux: outcome.aux, variables: outcome.variables }) as { aux: unknown; variables: Groups };
    const grads = pullback({ value: tf.onesLike(outcome.value), ...rest });
    return { value: outcome.value, aux: outcome.aux, grads };
  };
  return runLifted(module, primals, { bodies: [bodyOf(fn)], transform }) as ReturnType<typeof differentiated>;
}

function zeros(tree: unknown): unknown {
  return treeMap((leaf: unknown) => (leaf instanceof tf.Tensor ? tf.zerosLike(leaf) : leaf), tree);
}

function requireScalar(who: string, value: unknown): void {
  if (value instanceof tf.Tensor && value.rank === 0) return;
  const got = value instanceof tf.Tensor ? `shape [${value.shape.join(', ')}]` : typeof value;
  throw mistake(
    `nn.grad of ${who}`,
    `expected a function that returns a scalar, got ${got}.`,
    'Reduce the value with tf.sum or tf.mean; with { hasAux: true } return [value, aux].',
  );
}

function requireOneScope(core: Core, what: string): void {
  if (core.scopes.length === 1) return;
  throw mistake(
    `${what} of ${core.who}`,
    'expected a module without other modules in its fields or arguments, got some.',
    'Build them inside the module: the gradients of their variables would have no place in the result.',
  );
}
