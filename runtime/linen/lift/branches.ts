import * as tf from '@tensorflow/tfjs';
import { switchBranch as coreSwitch, whileLoop as coreWhile } from '../../core/flow.js';
import { foldIn, type Key } from '../../core/key.js';
import { tidyTree } from '../../core/lifetime.js';
import { sameStructure, treeStructure } from '../../core/tree.js';
import type { Carried, Options, Unranked, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import type { Module } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import type { CollectionFilter, Dict } from '../variables.js';
import { filtersOf } from './axes.js';
import type { SplitRngs } from './options.js';
import { type Groups, type KeyGroups, pack } from './pack.js';
import { bodyOf, runLifted, type Transform } from './target.js';

/** One of two functions of the module, by a boolean or scalar tensor. */
export function cond<M extends Module, A extends readonly unknown[], R extends Value>(
  pred: tf.Tensor | boolean,
  trueFn: ModuleFunction<M, A, R>,
  falseFn: ModuleFunction<M, A, NoInfer<Unranked<R>>>,
  module: M,
  ...operands: A
): Unranked<R> {
  const index = typeof pred === 'boolean' ? Number(!pred) : tf.sub(1, tf.cast(pred, 'int32'));
  const bodies = [bodyOf(trueFn), bodyOf(falseFn)];
  return runLifted(module, operands, { bodies, transform: choosing(index, bodies.length) }) as Unranked<R>;
}

/** Branch number `index`, clamped. */
export function switchBranch<M extends Module, A extends readonly unknown[], R extends Value>(
  index: tf.Tensor | number,
  branches: readonly ModuleFunction<M, A, R>[],
  module: M,
  ...operands: A
): Unranked<R> {
  const bodies = branches.map((branch) => bodyOf(branch));
  return runLifted(module, operands, { bodies, transform: choosing(index, bodies.length) }) as Unranked<R>;
}

/** Repeats `bodyFn` while `condFn` holds. */
export function whileLoop<M extends Module, T extends Value>(
  condFn: (module: M, value: Carried<T>) => tf.Tensor | boolean,
  bodyFn: (module: M, value: Carried<T>) => Carried<NoInfer<T>>,
  module: M,
  init: T,
  options: WhileOptions = {},
): Carried<T> {
  const bodies = [bodyOf(condFn), bodyOf(bodyFn)];
  return runLifted(module, [init], { bodies, transform: repeating(options) }) as Carried<T>;
}

/** Options of `whileLoop`. */
export type WhileOptions = Options<{
  /** Collections the body may change. Default false. */
  carryVariables: CollectionFilter;
  /** Collections the body may read. Default true. */
  broadcastVariables: CollectionFilter;
  /** Default {}. */
  splitRngs: SplitRngs;
}>;

interface Branch {
  readonly output: unknown;
  readonly variables: Groups;
}

/**
 * Runs the branch taken. As in Flax all branches draw, in their order, and all make the same variables: where there are
 * keys or collections that may change, the others run too, for that.
 */
function choosing(index: tf.Tensor | number, count: number): Transform {
  return (core, operands) => {
    const packed = pack(core.scopes, { in: [true], out: [true], rngs: [true] });
    const branches = Array.from({ length: count }, (_, which) => (): Branch => {
      const opened = packed.open(packed.variables, packed.keys);
      const output = core.call(opened.scopes, operands, which);
      return { output, variables: opened.close() };
    });
    const taken = tidyTree(() => {
      if (!packed.mayChange(true) && !packed.hasKeys()) return coreSwitch(index, branches as never);
      const made = branches.map((run) => run());
      requireAlike(core.who, made);
      const pick = made.map(
        (_, which) =>
          (...all: readonly Branch[]) =>
            all[which],
      );
      return coreSwitch(index, pick as never, ...(made as never));
    }) as Branch;
    packed.publish(taken.variables);
    return taken.output;
  };
}

function requireAlike(who: string, [first, ...others]: readonly Branch[]): void {
  const structure = treeStructure(first?.variables);
  const odd = others.find(({ variables }) => !sameStructure(structure, treeStructure(variables)));
  if (odd === undefined) return;
  throw mistake(
    `nn.cond of ${who}`,
    `expected the same variables from every branch, got ${String(structure)} and ${String(treeStructure(odd.variables))}.`,
    'Create what only one of them uses before the call, or call it in every branch.',
  );
}

interface Loop {
  readonly step: number;
  readonly variables: readonly Dict[];
  readonly value: unknown;
}

function repeating({ carryVariables = false, broadcastVariables = true, splitRngs = {} }: WhileOptions): Transform {
  const { filters: rngs, values: splits } = filtersOf(splitRngs);
  return (core, [init]) => {
    const packed = pack(core.scopes, { in: [carryVariables, broadcastVariables], out: [carryVariables], rngs });
    const [carried = [], shared = []] = packed.variables;
    const drawing = packed.hasKeys();
    const drawn = { before: packed.draws(), body: packed.draws() };
    const keysAt = (step: unknown, sign: 1 | -1): KeyGroups => {
      if (!drawing || !splits.includes(true)) return packed.keys;
      const index = tf.mul(step as tf.Tensor, tf.scalar(sign, 'int32'));
      return packed.keys.map((group, i) => (splits[i] ? group.map((keys) => folded(keys, index)) : group));
    };
    const holds = ({ step, variables, value }: Loop): unknown => {
      packed.rewind(drawn.before);
      const opened = packed.open([variables, shared], keysAt(step, -1), { mutable: () => false });
      const answer = core.call(opened.scopes, [value], 0);
      drawn.body = packed.draws();
      return answer;
    };
    const advance = ({ step, variables, value }: Loop): unknown => {
      packed.rewind(drawn.body);
      const opened = packed.open([variables, shared], keysAt(step, 1));
      const next = core.call(opened.scopes, [value], 1);
      return { step: tf.add(step, tf.scalar(1, 'int32')), variables: opened.close()[0], value: next };
    };
    const start = { step: tf.scalar(0, 'int32'), variables: carried, value: init };
    const last = coreWhile(holds as never, advance as never, start as never) as unknown as Loop;
    packed.publish([last.variables]);
    return last.value;
  };
}

function folded(keys: { readonly [stream: string]: Key }, index: tf.Tensor): { [stream: string]: Key } {
  return Object.fromEntries(Object.entries(keys).map(([stream, key]) => [stream, foldIn(key, index)]));
}
