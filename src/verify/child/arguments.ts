/** Arguments of methods on both sides, and the sizes of new constructors where only the shapes tell them. */
import type { MethodPlan, ModeFlag } from '../../ir/module-plan.js';
import type { Case } from '../job.js';
import type { Recipe } from '../recipe.js';
import type { Context } from './context.js';
import type { Runtime } from './runtime.js';
import { thrownText, Unverified } from './unverified.js';
import { makeValue, type Making } from './values.js';

/** The sample's arguments, made anew: Linen's and NNX's get equal values, not the same tensors. */
export function argumentsOf(runtime: Runtime, recipes: readonly Recipe[], making: Omit<Making, 'label'>): unknown[] {
  return recipes.map((each, index) => makeValue(runtime, each, { ...making, label: `argument ${index}` }));
}

/** The arguments with the mode flag set; unchanged where the method has none. */
export function withMode(args: readonly unknown[], flag: ModeFlag | null, training: boolean): unknown[] {
  if (flag === null) return [...args];
  const all = Array.from({ length: Math.max(args.length, flag.parameter + 1) }, (_, index) => args[index]);
  const value = training ? flag.training : !flag.training;
  all[flag.parameter] = flag.key === null ? value : { ...Object(all[flag.parameter]), [flag.key]: value };
  return all;
}

/** Where each argument goes in the new method. */
export function nnxMethodArguments(args: readonly unknown[], plan: MethodPlan | undefined): unknown[] {
  if (plan === undefined) return [...args];
  const moved: unknown[] = [];
  plan.positions.forEach((position, index) => {
    if (position !== null && index < args.length) moved[position] = withoutKey(args[index], index, plan.mode);
  });
  return Array.from(moved);
}

function withoutKey(value: unknown, index: number, flag: ModeFlag | null): unknown {
  if (flag === null || flag.key === null || flag.stays || flag.parameter !== index) return value;
  return Object.fromEntries(Object.entries(Object(value)).filter(([name]) => name !== flag.key));
}

const maximumTries = 400;

/**
 * Tries the sizes that occur in the sample until the variables of both sides have the same shapes. Where none does, the
 * best try is given, for the structure to be judged by.
 */
export function solveSizes<M extends object>(
  { runtime: { tf } }: Context,
  search: {
    readonly sample: Case;
    readonly count: number;
    readonly construct: (sizes: readonly number[]) => M;
    readonly problems: (model: M) => number;
  },
): M {
  const { sample, count, construct, problems } = search;
  let best: { readonly sizes: readonly number[]; readonly problems: number } | null = null;
  let thrown: unknown = null;
  for (const sizes of combinations(
    [...new Set([...sample.args.flatMap(dimensions), ...sample.construct.flatMap(numbers)])],
    count,
  )) {
    try {
      const model = construct(sizes);
      const found = problems(model);
      if (found === 0) return model;
      if (best === null || found < best.problems) best = { sizes, problems: found };
      tf.dispose(model as never);
    } catch (error) {
      thrown = error;
    }
  }
  if (best !== null) return construct(best.sizes);
  throw new Unverified('L2N520', `the new constructor's sizes could not be found: ${thrownText(thrown)}`);
}

function* combinations(candidates: readonly number[], count: number): Generator<readonly number[]> {
  const total = Math.min(maximumTries, candidates.length ** count);
  for (let at = 0; at < total; at++) {
    yield Array.from(
      { length: count },
      (_, i) => candidates[Math.floor(at / candidates.length ** i) % candidates.length]!,
    );
  }
}

function dimensions(recipe: Recipe): readonly number[] {
  if (recipe.make === 'tensor') return [...recipe.shape].reverse();
  if (recipe.make === 'list') return recipe.items.flatMap(dimensions);
  return recipe.make === 'record' ? Object.values(recipe.entries).flatMap(dimensions) : [];
}

function numbers(recipe: Recipe): readonly number[] {
  if (recipe.make === 'plain') return Number.isInteger(recipe.value) ? [recipe.value as number] : [];
  if (recipe.make === 'list') return recipe.items.flatMap(numbers);
  return recipe.make === 'record' ? Object.values(recipe.entries).flatMap(numbers) : [];
}
