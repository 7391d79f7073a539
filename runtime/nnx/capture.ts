import type { Value } from '../core/tree-typing.js';
import { type CaptureFrame, whileCapturing } from './capture-frame.js';
import { walk } from './graph.js';
import { type CallableModule, Module } from './module.js';
import { type Entry, nest, type States } from './state.js';
import type { VariableType } from './variable.js';

/** Runs a function or module and collects what it sows: `[output, ...states]`, one for each type. */
export function capture<A extends readonly unknown[], R extends Value, F extends readonly VariableType[]>(
  fn: (...args: A) => R,
  ...types: F
): (...args: A) => [output: R, ...states: States<F>];
export function capture<M extends CallableModule, F extends readonly VariableType[]>(
  module: M,
  ...types: F
): (...args: Parameters<M['call']>) => [output: ReturnType<M['call']>, ...states: States<F>];
export function capture(target: unknown, ...types: VariableType[]): (...args: unknown[]) => unknown[] {
  return (...args) => {
    const frame: CaptureFrame = { types, sown: new Map() };
    const isModule = target instanceof Module;
    const run = (isModule ? (target as CallableModule).call.bind(target) : target) as (...all: unknown[]) => unknown;
    const output = whileCapturing(frame, () => run(...args));
    return [output, ...statesOf(frame, isModule ? [target] : args)];
  };
}

/** What was sown, by path below the roots. */
function statesOf({ types, sown }: CaptureFrame, roots: readonly unknown[]): unknown[] {
  const entries = roots
    .flatMap((root) => [...walk(root)])
    .flatMap(([path, node]): Entry[] => {
      const place = sown.get(node as object);
      return [...(place ?? [])].map(([name, variable]) => [[...path, name], variable] as const);
    });
  const typeOf = (variable: unknown) => types.findIndex((type) => variable instanceof type);
  return types.map((_type, i) => nest(entries.filter(([, variable]) => typeOf(variable) === i)));
}
