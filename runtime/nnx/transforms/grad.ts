import type * as tf from '@tensorflow/tfjs';
import { valueAndGrad as differentiate } from '../../core/autodiff/grad.js';
import type { Options, Pytree as PytreeMark } from '../../core/tree-typing.js';
import { type Filter, toPredicate } from '../filters.js';
import { variablesOf } from '../graph.js';
import { letGo, whileLent } from '../ownership.js';
import { Pytree } from '../pytree.js';
import { type Entry, type State, stateLike } from '../state.js';
import { levelNow } from '../trace-level.js';
import { Variable } from '../variable.js';
import { Param } from '../variable-types.js';
import { ownResult } from './lending.js';
import { transaction } from './transactions.js';

/** An argument and the variables in it that are differentiated. */
export class DiffState {
  constructor(
    readonly argnum: number,
    readonly filter: Filter,
  ) {}
}

/** What is differentiated: a position (its `Param`s), a `DiffState`, or several. */
export type DiffArgnums = number | DiffState | readonly (number | DiffState)[];
type GradOf<T> = T extends PytreeMark<'node'> ? State : T;
/** Gradients: a `State` for a module, else a tree like the argument. */
export type Gradients<A extends readonly unknown[], N> = N extends DiffState
  ? State
  : N extends readonly unknown[]
    ? { -readonly [I in keyof N]: N[I] extends number ? GradOf<A[N[I]]> : State }
    : N extends number
      ? GradOf<A[N]>
      : never;

export interface DiffOptions<N extends DiffArgnums> extends Options<{
  /** Default 0. */
  argnums: N;
  /** Default false. */
  holomorphic: boolean;
  /** Default false. */
  allowInt: boolean;
}> {}

/** Gradient of scalar `f`; for a module, a `State` of its `Param`s. With `hasAux`, `[gradient, aux]`. */
export function grad<A extends readonly unknown[] = tf.Tensor[], Aux = unknown, const N extends DiffArgnums = 0>(
  f: (...args: A) => readonly [value: tf.Tensor, aux: Aux],
  options: DiffOptions<N> & { hasAux: true },
): (...args: A) => [grads: Gradients<A, N>, aux: Aux];
export function grad<A extends readonly unknown[] = tf.Tensor[], const N extends DiffArgnums = 0>(
  f: (...args: A) => tf.Tensor,
  options?: DiffOptions<N> & { hasAux?: false | undefined },
): (...args: A) => Gradients<A, N>;
export function grad(f: AnyLoss, options: AnyOptions = {}): (...args: unknown[]) => unknown {
  return (...args) =>
    transaction(() => {
      const { aux, gradients } = run(f, options, args);
      return options.hasAux ? [gradients, aux] : gradients;
    });
}

/** `[value, gradient]` of scalar `f`; with `hasAux`, `[[value, aux], gradient]`. */
export function valueAndGrad<
  A extends readonly unknown[] = tf.Tensor[],
  Aux = unknown,
  const N extends DiffArgnums = 0,
>(
  f: (...args: A) => readonly [value: tf.Tensor, aux: Aux],
  options: DiffOptions<N> & { hasAux: true },
): (...args: A) => [value: [value: tf.Tensor, aux: Aux], grads: Gradients<A, N>];
export function valueAndGrad<A extends readonly unknown[] = tf.Tensor[], const N extends DiffArgnums = 0>(
  f: (...args: A) => tf.Tensor,
  options?: DiffOptions<N> & { hasAux?: false | undefined },
): (...args: A) => [value: tf.Tensor, grads: Gradients<A, N>];
export function valueAndGrad(f: AnyLoss, options: AnyOptions = {}): (...args: unknown[]) => unknown {
  return (...args) =>
    transaction(() => {
      const { value, aux, gradients } = run(f, options, args);
      return [options.hasAux ? [value, aux] : value, gradients];
    });
}

type AnyLoss = (...args: never[]) => unknown;
type AnyOptions = DiffOptions<DiffArgnums> & { hasAux?: boolean | undefined };

/** What is differentiated at one position: the variables of a module, or the argument itself. */
interface Target {
  readonly position: number;
  readonly entries: readonly Entry[] | null;
  readonly primal: unknown;
}

function run(f: AnyLoss, { argnums = 0, hasAux = false, allowInt }: AnyOptions, args: readonly unknown[]) {
  const targets = ([argnums].flat() as (number | DiffState)[]).map((each) => targetOf(each, args));
  const loss = (...primals: unknown[]): readonly [tf.Tensor, unknown] => {
    const result = withPrimals(targets, primals, () => {
      const given = [...args];
      targets.forEach(({ position, entries }, i) => {
        if (entries === null) given[position] = primals[i];
      });
      return (f as (...all: unknown[]) => unknown)(...given);
    });
    return (hasAux ? result : [result, null]) as readonly [tf.Tensor, unknown];
  };
  const positions = targets.map((_, i) => i);
  const differentiated = differentiate(loss, { argnums: positions, hasAux: true, allowInt });
  const [[value, aux], gradients] = differentiated(...targets.map(({ primal }) => primal));
  const states = (gradients as readonly unknown[]).map((each, i) => asGradient(targets[i]!, each));
  return { value, aux, gradients: Array.isArray(argnums) ? states : states[0] };
}

function targetOf(argnum: number | DiffState, args: readonly unknown[]): Target {
  const { argnum: at, filter } = typeof argnum === 'number' ? new DiffState(argnum, Param) : argnum;
  const position = at < 0 ? at + args.length : at;
  const argument = args[position];
  if (typeof argnum === 'number' && !holdsModules(argument)) return { position, entries: null, primal: argument };
  const chosen = toPredicate(filter);
  const entries = variablesOf(argument).filter(([path, variable]) => chosen(path, variable));
  return { position, entries, primal: entries.map(([, variable]) => Variable.stored(variable as Variable<unknown>)) };
}

function holdsModules(argument: unknown): boolean {
  if (argument instanceof Pytree) return true;
  return Array.isArray(argument) && argument.some((each) => each instanceof Pytree);
}

/** Runs `body` with the primals as the variables' values; what `body` sets stays set. */
function withPrimals<R>(targets: readonly Target[], primals: readonly unknown[], body: () => R): R {
  const level = levelNow();
  const swaps = targets.flatMap(({ entries }, i) =>
    (entries ?? []).map(([, entry], j) => {
      const value = (primals[i] as readonly unknown[])[j];
      const variable = entry as Variable<unknown>;
      return { variable, value, own: Variable.exchange(variable, { value, level }) };
    }),
  );
  const lent = swaps.map(({ value }) => value);
  try {
    return whileLent(lent, () => ownResult(body()));
  } finally {
    for (const { variable, value, own } of swaps) {
      const now = Variable.exchange(variable, own);
      if (now.value === value) continue;
      Variable.exchange(variable, now);
      letGo(own.value, now.value);
    }
  }
}

function asGradient({ entries }: Target, gradient: unknown): unknown {
  return entries === null ? gradient : stateLike(entries, gradient as readonly tf.Tensor[]);
}
