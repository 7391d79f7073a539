import * as tf from '@tensorflow/tfjs';
import { type CustomVjp, customVjp as customArrays } from '../../core/autodiff/custom.js';
import type { Argnums, Options, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { toPredicate } from '../filters.js';
import { variablesOf } from '../graph.js';
import { at, type State, valueOf } from '../state.js';
import { DiffState } from './grad.js';
import { callLent, type Outcome, storeAll, storeChanged, valuesOf } from './lending.js';
import { isGraph, type Parts, takeApart } from './operands.js';
import { transaction } from './transactions.js';

type Body = (...args: readonly unknown[]) => unknown;

/**
 * Gives `f` its own gradient. `backward` returns one gradient for each argument: for a module a `State` (or nested dicts
 * of tensors) of those of its variables that have one; null, or a missing entry, stands for zeros. Arguments in
 * `nondiffArgnums` come first in `backward`; with a `DiffState`, those variables have none. Flax `nnx.custom_vjp`.
 */
export function customVjp<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: Options<{ /** Default []. */ nondiffArgnums: Argnums | readonly (number | DiffState)[] }> = {},
): CustomVjp<A, R> {
  const nondiff = [options.nondiffArgnums ?? []].flat() as (number | DiffState)[];
  let rule: { readonly forward: Body; readonly backward: Body } | null = null;
  const call = (...args: A): R => {
    if (rule === null) {
      throw mistake(
        'nnx.customVjp',
        `expected a gradient for ${f.name || 'the function'}, got none.`,
        'Call `.defvjp(forward, backward)` before the function.',
      );
    }
    return transaction(() => new CustomCall({ ...rule!, f: f as never, nondiff }, args).run()) as R;
  };
  return Object.assign(call, {
    defvjp(forward: unknown, backward: unknown) {
      rule = { forward: forward as Body, backward: backward as Body };
    },
  });
}

interface Rule {
  readonly f: Body;
  readonly forward: Body;
  readonly backward: Body;
  readonly nondiff: readonly (number | DiffState)[];
}

type Flat = readonly [plain: readonly unknown[], made: readonly unknown[], after: readonly unknown[]];

/** One call, over the arrays in its arguments. */
class CustomCall {
  readonly #args: Parts;
  #outcome: Outcome | null = null;

  constructor(
    private readonly rule: Rule,
    private readonly given: readonly unknown[],
  ) {
    this.#args = takeApart(given, { who: 'nnx.customVjp' });
  }

  run(): unknown {
    const lifted = customArrays((plain: readonly unknown[], values: readonly unknown[]) =>
      this.#flat(this.rule.f, plain, values),
    );
    lifted.defvjp(
      (plain, values) => {
        let residuals: unknown = null;
        const outputs = this.#flat(
          (...args) => {
            const [output, kept] = this.rule.forward(...args) as readonly [unknown, unknown];
            residuals = kept;
            return output;
          },
          plain,
          values,
        );
        return [outputs, residuals as never];
      },
      (residuals, cotangents) => this.#backward(residuals, cotangents as unknown as Flat),
    );
    const plain = this.#args.plain.map(({ value }) => value);
    const [results, made, after] = lifted(plain, valuesOf(this.#args.operands)) as Flat;
    const { changed, parts } = this.#outcome!;
    storeChanged(this.#args.operands, { changed, after });
    storeAll(parts.operands, made);
    return parts.rebuild(results);
  }

  #flat(f: Body, plain: readonly unknown[], values: readonly unknown[]): Flat {
    const call = { who: 'nnx.customVjp', args: this.#args, plain, values };
    const outcome = callLent((all: readonly unknown[]) => f(...all), call);
    this.#outcome = outcome;
    return [outcome.plain, outcome.made, outcome.after.map((value, i) => (outcome.changed[i] ? value : null))];
  }

  #backward(residuals: unknown, [cotangents]: Flat): readonly unknown[] {
    const { nondiff, backward } = this.rule;
    const fixed = nondiff.filter((each): each is number => typeof each === 'number');
    const cotangent = this.#outcome!.parts.rebuild(cotangents);
    const gradients = backward(...fixed.map((i) => this.given[i]), residuals, cotangent) as readonly unknown[];
    const free = this.given.flatMap((_, i) => (fixed.includes(i) ? [] : [i]));
    if (gradients.length !== free.length) {
      throw mistake(
        'nnx.customVjp',
        `expected ${free.length} gradients from backward, one for each argument, got ${gradients.length}.`,
        'Return a list; null stands for zeros.',
      );
    }
    const byArgument = new Map(free.map((argument, i) => [argument, gradients[i]]));
    return [this.#plainGradients(byArgument), this.#stateGradients(byArgument)];
  }

  #plainGradients(byArgument: ReadonlyMap<number, unknown>): unknown[] {
    return this.#args.plain.map(({ path, value }) => {
      const [argument, ...rest] = path;
      const gradient = rest.reduce<unknown>(
        (tree, part) => (tree as { readonly [part: string]: unknown } | null)?.[part] ?? null,
        byArgument.get(argument as number) ?? null,
      );
      return gradient ?? (value instanceof tf.Tensor ? null : value);
    });
  }

  #stateGradients(byArgument: ReadonlyMap<number, unknown>): unknown[] {
    const excluded = this.rule.nondiff.filter((each): each is DiffState => each instanceof DiffState);
    const gradients = new Map<unknown, unknown>();
    this.given.forEach((argument, i) => {
      const state = byArgument.get(i);
      if (!isGraph(argument) || state === null || state === undefined) return;
      for (const [path, variable] of variablesOf(argument)) {
        const without = excluded.some(({ argnum, filter }) => argnum === i && toPredicate(filter)(path, variable));
        if (!without) gradients.set(variable, valueOf(at(state as State, path)));
      }
    });
    return this.#args.operands.map(({ variable }) => gradients.get(variable) ?? null);
  }
}
