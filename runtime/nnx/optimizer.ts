import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../core/lifetime.js';
import { treeFlatten } from '../core/tree.js';
import { mistake } from '../functional/mistake.js';
import { applyUpdates } from '../optax/index.js';
import type { AnyTransformation } from '../optax/index.js';
import { type Filter, toPredicate } from './filters.js';
import { variablesOf } from './graph.js';
import type { Module } from './module.js';
import { pathText, Pytree } from './pytree.js';
import { at, type Entry, nest, type PureDict, type State, type StateInput, valueOf } from './state.js';
import { Variable, writeCopy } from './variable.js';
import { OptArray, OptState, OptVariable, Param } from './variable-types.js';

/**
 * Optimizer state that lives beside a model. `wrt` selects what is trained. Flax `nnx.Optimizer`.
 * `tx` sees nested dicts of tensors; its state is held in variables of the same structure.
 */
export class Optimizer extends Pytree {
  /** Updates so far: int32 scalar. */
  readonly step: OptState;
  readonly tx: AnyTransformation;
  readonly optState: State;
  readonly wrt: Filter;

  constructor(model: object, tx: AnyTransformation, { wrt }: { wrt: Filter }) {
    super();
    this.step = new OptState(tf.scalar(0, 'int32'));
    this.tx = tx;
    this.wrt = wrt;
    const params = parametersOf(model, wrt);
    this.optState = held(
      tidyTree(() => tx.init(pure(params))),
      params.map(([path]) => path.join('/')),
    ) as State;
  }

  /** Applies gradients to the model, in place. */
  update(model: object, grads: StateInput): void {
    const params = parametersOf(model, this.wrt);
    const before = pure(params);
    tf.tidy(() => {
      const gradients = nest(params.map(([path]) => [path, gradientAt(grads, path)]));
      const [updates, state] = this.tx.update<PureDict>(gradients, released(this.optState), before);
      const after = applyUpdates<PureDict>(before, updates);
      for (const [path, variable] of params) writeCopy(variable as Variable<unknown>, at(after, path));
      writeHeld(this.optState, state);
      this.step.value = tf.add(this.step.value, tf.scalar(1, 'int32'));
    });
  }
}

/** An optimizer that holds its model. */
export class ModelAndOptimizer<M extends object = Module> extends Pytree {
  readonly model: M;
  readonly step: OptState;
  readonly tx: AnyTransformation;
  readonly optState: State;
  readonly wrt: Filter;

  constructor(model: M, tx: AnyTransformation, options: { wrt?: Filter | undefined } = {}) {
    super();
    const { step, optState, wrt } = new Optimizer(model, tx, { wrt: options.wrt ?? Param });
    this.model = model;
    this.step = step;
    this.tx = tx;
    this.optState = optState;
    this.wrt = wrt;
  }

  update(grads: StateInput): void {
    Optimizer.prototype.update.call(this as never, this.model, grads);
  }
}

function parametersOf(model: object, wrt: Filter): Entry[] {
  const chosen = toPredicate(wrt);
  return variablesOf(model).filter(([path, variable]) => chosen(path, variable));
}

function pure(entries: readonly Entry[]): PureDict {
  return nest(entries.map(([path, variable]) => [path, valueOf(variable)]));
}

function gradientAt(grads: StateInput, path: Entry[0]): unknown {
  const gradient = valueOf(at(grads, path));
  if (gradient !== undefined) return gradient;
  throw mistake(
    'Optimizer.update',
    `expected a gradient for each trained variable, got none for ${pathText(path)}.`,
    'Differentiate with the filter that the optimizer was built with: { argnums: new nnx.DiffState(0, wrt) }.',
  );
}

/** The tree with a variable around each leaf, of a type that says whether it mirrors a parameter. */
function held(tree: unknown, parameters: readonly string[]): unknown {
  const { leaves, paths, treedef } = treeFlatten(tree);
  const wrapped = leaves.map((leaf, i) => {
    const path = paths[i]!.join('/');
    const mirrors = parameters.some((parameter) => path === parameter || path.endsWith(`/${parameter}`));
    return mirrors ? new OptVariable(leaf) : new OptArray(leaf);
  });
  return treedef.unflatten(wrapped);
}

/** The tree without its variables, as `tx` knows it. */
function released(tree: unknown): unknown {
  const { leaves, treedef } = treeFlatten(tree, { isLeaf });
  return treedef.unflatten(leaves.map(valueOf));
}

function writeHeld(tree: unknown, state: unknown): void {
  const variables = treeFlatten(tree, { isLeaf }).leaves as Variable<unknown>[];
  const { leaves } = treeFlatten(state);
  variables.forEach((variable, i) => writeCopy(variable, leaves[i]));
}

function isLeaf(value: unknown): boolean {
  return value instanceof Variable;
}
