import * as tf from '@tensorflow/tfjs';
import { evalShape } from '../core/abstract.js';
import { currentLevel } from '../core/levels.js';
import { tidyTree } from '../core/lifetime.js';
import { pathText, treeFlatten, treeMap } from '../core/tree.js';
import { ShapeDtypeStruct } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { initModule, type RunOptions } from './entry.js';
import { whileIntercepting } from './method.js';
import { stateOf, whoIs } from './module-state.js';
import type { RngKeys, Variables } from './variables.js';

/**
 * Creates a module's variables from shapes: initializers run on values, everything else on shapes alone. Throws where a
 * variable's value depends on the arguments.
 */
export function lazyVariables(module: object, rngs: RngKeys, run: { args: readonly unknown[]; options: RunOptions }) {
  return tidyTree(() => {
    let variables!: Variables;
    evalShape(
      (...args: readonly unknown[]) => {
        const level = currentLevel()!;
        const make = <T>(body: () => T): T => level.lower(() => tidyTree(body));
        [, variables] = initModule(module, rngs, { args, options: { ...run.options, make } });
        return null;
      },
      ...run.args,
    );
    const { leaves, paths } = treeFlatten(variables);
    const lost = leaves.findIndex((leaf) => leaf instanceof tf.Tensor && leaf.isDisposed);
    if (lost < 0) return variables;
    throw mistake(
      `${whoIs(module)}.lazyInit`,
      `expected variables that depend on shapes alone, got ${pathText(paths[lost]!)}, which depends on the arguments.`,
      'Use init with real arguments.',
    );
  });
}

/** A call of a module's method, with shapes in place of values. */
export interface AbstractCall {
  readonly path: readonly string[];
  readonly module: object;
  readonly method: string;
  readonly args: readonly unknown[];
  output: unknown;
}

/** The variables that `init` would make, as shapes, and the calls it makes, in the order in which they start. */
export function abstractInit(
  module: object,
  rngs: RngKeys,
  { args, options }: { args: readonly unknown[]; options: RunOptions },
): { variables: unknown; calls: readonly AbstractCall[] } {
  const calls: AbstractCall[] = [];
  const outputs = evalShape(
    (...args: readonly unknown[]) => {
      const init = (): unknown => initModule(module, rngs, { args, options })[1];
      const variables = whileIntercepting((next, given, { module: each, methodName }) => {
        const path = stateOf(each).scope?.path ?? [];
        const call: AbstractCall = { path, module: each, method: methodName, args: given.map(shapesOf), output: null };
        calls.push(call);
        const output = next(...given);
        call.output = shapesOf(output);
        return output;
      }, init);
      return variables as never;
    },
    ...args,
  );
  return { variables: outputs, calls };
}

function shapesOf(value: unknown): unknown {
  return treeMap(
    (leaf: unknown) => (leaf instanceof tf.Tensor ? new ShapeDtypeStruct(leaf.shape, leaf.dtype) : leaf),
    value,
  );
}
