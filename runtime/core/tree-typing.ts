import type * as tf from '@tensorflow/tfjs';

declare const keyBrand: unique symbol;
declare const pytreeBrand: unique symbol;

/** A threefry key, or an array of keys of that shape (`[]` for one key). Lives on the host, never in a tensor. */
export interface Key {
  readonly [keyBrand]: true;
  /** Shape of the key array: `[]` for a single key. */
  readonly shape: readonly number[];
}

/** `N` keys: usable as one batched `Key` (under `vmap`) and as an array to index, destructure or loop over. */
export type KeyArray<N extends number = number> = Key & (number extends N ? readonly Key[] : Repeat<Key, N>);

type Repeat<T, N extends number, Out extends readonly T[] = readonly []> = Out['length'] extends N
  ? Out
  : Out['length'] extends 64
    ? readonly T[]
    : Repeat<T, N, readonly [...Out, T]>;

/** Type-level mark of a class whose instances are pytrees of tensors. Nothing exists at run time. */
export interface Pytree<Kind extends 'node' | 'state' = 'node' | 'state'> {
  readonly [pytreeBrand]: Kind;
}

/** A place in a tree whose structure is known only at run time: a leaf, a dict of places, or a tuple of places. */
export type TreeNode<Leaf> = Leaf & TreeDict<Leaf> & TreeItems<Leaf> & TreeNames<Leaf>;

/** A dict whose structure is known only at run time. `tree.a.b.c` is a leaf and can be descended into. */
export interface TreeDict<Leaf> {
  readonly [name: string]: TreeNode<Leaf>;
}

/** Places whose names are also methods of tensors (`batch_stats.BatchNorm_0.mean`): both at once. */
interface TreeNames<Leaf> {
  readonly add: TreeNode<Leaf>;
  readonly all: TreeNode<Leaf>;
  readonly any: TreeNode<Leaf>;
  readonly avgPool: TreeNode<Leaf>;
  readonly batchNorm: TreeNode<Leaf>;
  readonly conv1d: TreeNode<Leaf>;
  readonly conv2d: TreeNode<Leaf>;
  readonly conv2dTranspose: TreeNode<Leaf>;
  readonly data: TreeNode<Leaf>;
  readonly depthwiseConv2d: TreeNode<Leaf>;
  readonly dot: TreeNode<Leaf>;
  readonly gather: TreeNode<Leaf>;
  readonly log: TreeNode<Leaf>;
  readonly max: TreeNode<Leaf>;
  readonly maxPool: TreeNode<Leaf>;
  readonly mean: TreeNode<Leaf>;
  readonly min: TreeNode<Leaf>;
  readonly mod: TreeNode<Leaf>;
  readonly norm: TreeNode<Leaf>;
  readonly pad: TreeNode<Leaf>;
  readonly pool: TreeNode<Leaf>;
  readonly prelu: TreeNode<Leaf>;
  readonly relu: TreeNode<Leaf>;
  readonly separableConv2d: TreeNode<Leaf>;
  readonly softmax: TreeNode<Leaf>;
  readonly split: TreeNode<Leaf>;
  readonly square: TreeNode<Leaf>;
  readonly stack: TreeNode<Leaf>;
  readonly step: TreeNode<Leaf>;
  readonly sum: TreeNode<Leaf>;
  readonly tile: TreeNode<Leaf>;
}

interface TreeItems<Leaf> extends Iterable<TreeNode<Leaf>> {
  readonly length: number;
}

/** A tensor shape, outermost axis first. */
export type Shape = readonly number[];

/** Element type of a tensor. */
export type DType = tf.DataType;

/** All properties optional, `undefined` allowed (also under `exactOptionalPropertyTypes`). */
export type Options<T> = { [K in keyof T]?: T[K] | undefined };

/** The options of a layer as its attributes, defaults filled in. */
export type Attributes<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** Any function. */
export type AnyFunction = (...args: never[]) => unknown;

/** Any value; lets array literals be inferred as tuples. */
export type Value = NonNullable<unknown> | null | undefined | void | [];

/** An axis number, `null` for "not mapped", or a tree of these that is a prefix of the argument's tree. */
export type Axes = number | null | readonly Axes[] | { readonly [name: string]: Axes };

/**
 * Any tree of such leaves, for code over a type parameter: `<T extends jax.Tree>(tree: T) => jax.tree.map(f, tree)`.
 * Object types written as `type` fit; an `interface` fits when it has an index signature.
 */
export type Tree<Leaf = tf.Tensor> =
  Leaf | Pytree | null | undefined | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };

/** The leaf type of tree `T`; tensors count without their rank. */
export type LeafOf<T> = [T] extends [Tree] ? ([Tree] extends [T] ? tf.Tensor : LeafOfNode<T>) : LeafOfNode<T>;
type LeafOfNode<T> = T extends Pytree | tf.Tensor
  ? tf.Tensor
  : T extends Key | AnyFunction | string | number | boolean | bigint | symbol
    ? T
    : T extends null | undefined
      ? never
      : T extends readonly (infer E)[]
        ? LeafOf<E>
        : T extends object
          ? LeafOf<T[keyof T]>
          : T;

/** As `LeafOf`; a callback's annotation says nothing about the tree. */
export type LeafArg<T> = [T] extends [infer Known] ? LeafOf<Known> : never;

/** `unknown` once `T` is known; keeps an overload from being taken for a type parameter. */
export type Settled<T> = [T] extends [infer _Known] ? unknown : never;

/** As `LeafOf`, where values of type `L` are leaves too. */
export type LeafUntil<T, L> = T extends L
  ? T
  : T extends Pytree | tf.Tensor | Key | AnyFunction | string | number | boolean | bigint | symbol | null | undefined
    ? LeafOf<T>
    : T extends readonly (infer E)[]
      ? LeafUntil<E, L>
      : T extends object
        ? LeafUntil<T[keyof T], L>
        : T;

/** As `MapLeaves`, where values of type `L` are leaves too. */
export type MapLeavesUntil<T, L, R> = unknown extends L
  ? MapLeaves<T, R>
  : T extends L | tf.Tensor
    ? R
    : T extends Pytree | Key | AnyFunction | string | number | boolean | bigint | symbol | null | undefined
      ? MapLeaves<T, R>
      : T extends object
        ? { [K in keyof T]: MapLeavesUntil<T[K], L, R> }
        : R;

/** Tree `T` with every leaf replaced by `R`. */
export type MapLeaves<T, R> = [T] extends [Tree] ? ([Tree] extends [T] ? Tree<R> : MapNode<T, R>) : MapNode<T, R>;
type MapNode<T, R> = T extends Pytree
  ? R extends tf.Tensor
    ? T
    : TreeDict<R>
  : T extends tf.Tensor
    ? string extends keyof T
      ? TreeNode<R>
      : R
    : T extends Key | AnyFunction | string | number | boolean | bigint | symbol
      ? R
      : T extends null | undefined
        ? T
        : T extends object
          ? { [K in keyof T]: MapLeaves<T[K], R> }
          : R;

/** `T` with plain `tf.Tensor` in place of ranked tensors; numbers and booleans are kept. */
export type Unranked<T> = T extends Pytree | Key | AnyFunction
  ? T
  : T extends tf.Tensor
    ? string extends keyof T
      ? T
      : tf.Tensor
    : T extends readonly unknown[]
      ? { [K in keyof T]: Unranked<T[K]> }
      : T extends object
        ? string extends keyof T
          ? T
          : { [K in keyof T]: Unranked<T[K]> }
        : T;

/** `T` as it is seen inside a loop: as `Unranked`, and numbers and booleans have become tensors. */
export type Carried<T> = T extends number | boolean
  ? tf.Tensor
  : T extends Pytree | Key | AnyFunction | tf.Tensor
    ? Unranked<T>
    : T extends readonly unknown[]
      ? { [K in keyof T]: Carried<T[K]> }
      : T extends object
        ? string extends keyof T
          ? T
          : { [K in keyof T]: Carried<T[K]> }
        : T;

/** Shape and dtype without data. Mirrors `jax.ShapeDtypeStruct`. */
export class ShapeDtypeStruct {
  readonly shape: readonly number[];
  readonly dtype: DType;

  constructor(shape: Shape, dtype: DType = 'float32') {
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
  }
}

/** Keeps a function's type, as a wrapper or as a method decorator (standard or legacy). */
export interface FunctionTransform {
  <This, F extends (this: This, ...args: never[]) => unknown>(method: F, context: ClassMethodDecoratorContext<This>): F;
  <F extends AnyFunction>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
  <A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(f: (...args: A) => R): (...args: A) => R;
}

/** Which argument is differentiated: its position, or several positions. */
export type Argnums = number | readonly number[];

/** The gradients for arguments `A` at positions `N`. */
export type Grads<A extends readonly unknown[], N> = N extends readonly unknown[]
  ? { -readonly [I in keyof N]: N[I] extends number ? A[N[I]] : never }
  : N extends number
    ? A[N]
    : never;

/**
 * Which values to keep for the backward pass: one of `jax.checkpointPolicies`, or a test on the kernel's name (that
 * of `jax.checkpointName` for a named value). A policy as the answer is asked in turn.
 */
export type CheckpointPolicy = (kernelName: string) => boolean | CheckpointPolicy;

/** A float matmul precision; accepted for parity, TensorFlow.js has one precision. */
export type Precision = 'default' | 'high' | 'highest';
