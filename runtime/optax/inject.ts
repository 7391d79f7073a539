import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { type CountState, increment, zeroCount } from './moments.js';
import type { ScheduleLike } from './schedules.js';
import { asTensor, defineTransformation } from './transformation.js';
import type { AnyTransformation, GradientTransformation, OptState } from './transformation.js';

/** State of `injectHyperparams`; set an entry of `hyperparams` to change it from outside. */
export interface InjectHyperparamsState {
  readonly count: tf.Tensor;
  hyperparams: { [name: string]: tf.Tensor };
  readonly innerState: OptState;
}

/**
 * `factory` as a function of the same arguments whose numbers and schedules live in the state, under the argument's or
 * option's name. Arguments are named as in the source of `factory`; numbers that are not passed keep their defaults and
 * are not in the state. Throws for a hyperparameter in the state that was not passed. Mirrors `optax.inject_hyperparams`.
 */
export function injectHyperparams<A extends readonly unknown[]>(
  factory: (...args: A) => AnyTransformation,
  options: Options<{
    /** Arguments and options left alone. Default []. */ staticArgs: string | readonly string[];
  }> = {},
): (...args: A) => GradientTransformation<InjectHyperparamsState> {
  const fixed = new Set([options.staticArgs ?? []].flat() as string[]);
  const names = parameterNames(factory);
  return (...args) => {
    const found = hyperparametersOf(args, names, fixed);
    const made = (values: Values) => factory(...(filled(args, names, values) as unknown as A));
    return defineTransformation<CountState & { readonly hyperparams: Values; readonly innerState: unknown }>({
      init: (params) => {
        const hyperparams = valuesAt(found, zeroCount());
        return { count: zeroCount(), hyperparams, innerState: made(hyperparams).init(params) };
      },
      update: (grads, state, params) => {
        requireKnown(state.hyperparams, found);
        const given = Object.entries(state.hyperparams).map(
          ([name, value]) => [name, tf.clone(asTensor(value))] as const,
        );
        const hyperparams = { ...Object.fromEntries(given), ...valuesAt(schedulesAmong(found), state.count) };
        const [updates, innerState] = made(hyperparams).update(grads, state.innerState, params);
        return [updates, { count: increment(state.count), hyperparams, innerState }];
      },
    }) as unknown as GradientTransformation<InjectHyperparamsState>;
  };
}

type Hyperparameter = number | tf.Tensor | ScheduleLike;
interface Values {
  readonly [name: string]: tf.Tensor;
}
type Found = ReadonlyMap<string, Hyperparameter>;

/** Numbers, scalar tensors and schedules among the arguments and the entries of a trailing options object. */
function hyperparametersOf(args: readonly unknown[], names: readonly string[], fixed: ReadonlySet<string>): Found {
  const entries = args.flatMap((arg, i): (readonly [string, unknown])[] =>
    isOptions(arg) ? Object.entries(arg) : [[nameAt(names, i, arg), arg]],
  );
  return new Map(
    entries.filter((entry): entry is [string, Hyperparameter] => !fixed.has(entry[0]) && isHyperparameter(entry[1])),
  );
}

/** The arguments with `values` in place of the hyperparameters. */
function filled(args: readonly unknown[], names: readonly string[], values: Values): unknown[] {
  return args.map((arg, i) => {
    if (!isOptions(arg)) return values[names[i] ?? ''] ?? arg;
    return Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, values[name] ?? (value as unknown)]));
  });
}

function schedulesAmong(found: Found): Found {
  return new Map([...found].filter(([, value]) => typeof value === 'function'));
}

function valuesAt(found: Found, count: tf.Tensor): Values {
  return Object.fromEntries(
    [...found].map(([name, value]) => [name, tf.clone(asTensor(typeof value === 'function' ? value(count) : value))]),
  );
}

function isOptions(arg: unknown): arg is object {
  return typeof arg === 'object' && arg !== null && !(arg instanceof tf.Tensor) && !Array.isArray(arg);
}

function isHyperparameter(value: unknown): value is Hyperparameter {
  return typeof value === 'number' || typeof value === 'function' || value instanceof tf.Tensor;
}

function nameAt(names: readonly string[], i: number, arg: unknown): string {
  const name = names[i];
  if (name !== undefined) return name;
  if (!isHyperparameter(arg)) return '';
  throw new Error(
    `injectHyperparams: expected a name for argument ${i}, got none: it is not in the source of the factory.\n` +
      'Wrap the factory: injectHyperparams((learningRate: number) => …).',
  );
}

function requireKnown(hyperparams: object, found: Found): void {
  const odd = Object.keys(hyperparams).find((name) => !found.has(name));
  if (odd === undefined) return;
  throw new Error(
    `injectHyperparams: expected hyperparams among ${[...found.keys()].join(', ')}, got '${odd}'.\n` +
      'Pass it to the factory as well, or correct the name.',
  );
}

/** Names of the positional parameters, read from the source text; destructured ones and those after have none. */
function parameterNames(f: (...args: never[]) => unknown): string[] {
  const source = String(f);
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source);
  if (single) return [single[1]!];
  const names: string[] = [];
  for (const parameter of topLevelParts(source.slice(source.indexOf('(') + 1))) {
    const name = /^\s*([\w$]+)\s*(?:=|$)/.exec(parameter);
    if (name === null) break;
    names.push(name[1]!);
  }
  return names;
}

/** What stands between commas up to the closing parenthesis. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) depth++;
    else if (')]}'.includes(text[i]!) && depth-- === 0) return [...parts, text.slice(start, i)];
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return parts;
}
