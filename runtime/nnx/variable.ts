import * as tf from '@tensorflow/tfjs';
import type { Key, Pytree as PytreeMark } from '../core/tree-typing.js';
import { isKey } from '../core/key.js';
import { registerNode, tensorsOf, treeMap } from '../core/tree.js';
import { mistake, shapeText } from '../functional/mistake.js';
import { replace, takeCopy, takeOver } from './ownership.js';
import { CountsFrom, shapeOfCounts } from './counts.js';
import { initialMetadata } from './initial-metadata.js';
import { levelNow } from './trace-level.js';

/** What is kept beside a variable's value. */
export type VariableMetadata = { readonly [name: string]: unknown };

/** What a variable holds, and the number of the level of transforms it belongs to. */
export interface Holding {
  readonly value: unknown;
  readonly level: number;
}

/** What a value of this type may be set to: any tensor where tensors are. */
export type Settable<T> = T extends tf.Tensor ? tf.Tensor : T;

/**
 * A box that holds a value of the model's state. Subclass it for a new kind of state.
 *
 * A variable owns its tensor: it keeps it out of `tf.tidy`, and setting disposes the tensor it replaces (in a function
 * under `nnx.jit` or `nnx.grad`, when that ends). A read borrows: clone what must outlive a set. Variables in states
 * made by `jax.tree.map` or `nnx.grad` only refer to their tensors, which are freed as any others.
 */
export class Variable<T = tf.Tensor> {
  // Plain properties, so that `tf.dispose(model)` and `tf.tidy` find the tensors.
  private current: T;
  private metadata: VariableMetadata;
  private readonly owns: boolean = true;
  /** Number of the level of transforms that the value belongs to. */
  private level: number = levelNow();

  constructor(value: T, metadata: VariableMetadata = {}) {
    this.current = takeOver(value);
    const initial = initialMetadata(value);
    this.metadata = initial === undefined ? metadata : { ...initial, ...metadata };
  }

  /** The value. Setting disposes the tensor it replaces when nothing else holds it. */
  get value(): T {
    return this.getValue();
  }

  set value(value: Settable<T>) {
    this.setValue(value);
  }

  /** Shape of the value. */
  get shape(): readonly number[] {
    return shapeOf(this.current);
  }

  getValue(): T {
    return this.current;
  }

  setValue(value: Settable<T>): void {
    const before = this.current;
    if (this.level !== levelNow()) throw otherLevel(this.constructor.name, before, this.level);
    this.current = this.owns ? replace(before, value as T) : (value as T);
  }

  /** All metadata, or one entry. */
  getMetadata(): VariableMetadata;
  getMetadata(name: string): unknown;
  getMetadata(name?: string): unknown {
    return name === undefined ? this.metadata : this.metadata[name];
  }

  setMetadata(metadata: VariableMetadata): void {
    this.metadata = { ...this.metadata, ...metadata };
  }

  hasMetadata(name: string): boolean {
    return Object.hasOwn(this.metadata, name);
  }

  delMetadata(name: string): void {
    const { [name]: _removed, ...rest } = this.metadata;
    this.metadata = rest;
  }

  /** A new variable of the same type; value or metadata may be replaced. */
  copy(updates: { value?: T | undefined; metadata?: VariableMetadata | undefined } = {}): this {
    const copy = ownedCopy(this, updates.value ?? this.current);
    if (updates.metadata !== undefined) (copy as Variable).metadata = updates.metadata;
    return copy;
  }

  /** Takes over value and metadata of another variable. */
  copyFrom(other: Variable<T>): void {
    this.updateFromState(other);
    this.metadata = other.metadata;
  }

  updateFromState(state: Variable<T>): void {
    writeCopy(this as Variable<unknown>, state.current);
  }

  /** The value as it is stored, whatever a subclass makes of it in `getValue`. For transforms and states. */
  static stored(variable: Variable<unknown>): unknown {
    return variable.current;
  }

  /** Puts a value in the box as `setValue` does, wherever the variable was made. For transforms. */
  static store(variable: Variable<unknown>, value: unknown): void {
    if (variable.level === copiedArgument) throw otherLevel(variable.constructor.name, value, variable.level);
    variable.current = variable.owns ? replace(variable.current, value) : value;
    variable.level = levelNow();
  }

  /** Puts another value in the box without owning or freeing anything; returns what it held. For transforms. */
  static exchange(variable: Variable<unknown>, holding: Holding): Holding {
    const before = { value: variable.current, level: variable.level };
    variable.current = holding.value;
    variable.level = holding.level;
    return before;
  }
}
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
export interface Variable<T = tf.Tensor> extends PytreeMark<'state'> {}

/** Any variable class. */
export type VariableType = abstract new (...args: never[]) => Variable<unknown>;

/** A variable like this one that refers to a value without owning it. */
export function looseCopy<V extends object>(variable: V, value: unknown): V {
  return copyWith(variable, { current: value, owns: false, level: levelNow() });
}

/** As `looseCopy`, of a module that `jax.jit` or `jax.vmap` takes apart: what is set would be lost, so it throws. */
export function argumentCopy<V extends object>(variable: V, value: unknown): V {
  const level = levelNow();
  return copyWith(variable, { current: value, owns: false, level: level === 0 ? level : copiedArgument });
}

/** Level of the variables of a copied argument. */
const copiedArgument = -1;

/** A variable like this one that owns a copy of a value. */
export function ownedCopy<V extends object>(variable: V, value: unknown): V {
  return copyWith(variable, { current: takeCopy(value), owns: true, level: levelNow() });
}

/** Sets a variable to a copy of a value that belongs to someone else. */
export function writeCopy(variable: Variable<unknown>, value: unknown): void {
  const before = Variable.stored(variable);
  if (before === value) return;
  const own = new Set(tensorsOf(before));
  // A clone is new to every variable, so setting it takes it over.
  const copyLeaf = (leaf: unknown) => (leaf instanceof tf.Tensor && !own.has(leaf) ? tf.clone(leaf) : leaf);
  variable.setValue(treeMap(copyLeaf, value));
}

/** A variable of this type that refers to a value without owning it. */
export function looseVariable(type: VariableType, value: unknown): Variable<unknown> {
  const variable = Object.create(type.prototype as object) as Variable<unknown>;
  return Object.assign(variable, { current: value, metadata: {}, owns: false, level: levelNow() });
}

interface VariableFields {
  readonly current: unknown;
  readonly owns: boolean;
  readonly level: number;
}

/** A variable like this one with a value that it takes over. */
export function takingCopy<V extends object>(variable: V, value: unknown): V {
  const { owns } = variable as unknown as VariableFields;
  return copyWith(variable, { current: owns ? takeOver(value) : value, owns, level: levelNow() });
}

function copyWith<V extends object>(variable: V, fields: VariableFields): V {
  const copy = Object.create(Object.getPrototypeOf(variable) as object) as V;
  return Object.assign(copy, variable, fields);
}

function shapeOf(value: unknown): readonly number[] {
  if (value instanceof tf.Tensor) return value.shape;
  if (isKey(value)) return (value as Key).shape;
  return value instanceof Uint32Array || value instanceof CountsFrom ? shapeOfCounts(value) : [];
}

function otherLevel(type: string, value: unknown, level: number): Error {
  const who = `${type} of shape ${shapeText(shapeOf(value))}`;
  if (level === copiedArgument) {
    return mistake(
      who,
      'expected to be set where it was made, got set in the copy of a module that jax.jit or jax.vmap makes.',
      'The change would be lost: use nnx.jit or nnx.vmap, or pass a state and return the new one (nnx.split).',
    );
  }
  return mistake(
    who,
    'expected to be set where it was made or passed in, got set within a transform that it was not passed to.',
    'Pass the module that has it as an argument of the nnx.jit, nnx.vmap or nnx.scan function, not by closure.',
  );
}

registerNode(Variable as unknown as abstract new () => Variable<never>, {
  flatten: (variable) => ({ keys: ['value'], children: [Variable.stored(variable)], meta: variable }),
  unflatten: (meta, children) => looseCopy(meta as Variable<never>, children[0]),
  sameMeta: (a, b) => (a as object).constructor === (b as object).constructor,
});
