import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../core/lifetime.js';
import { registerNode } from '../core/tree.js';
import type { AnyFunction, Options, Pytree } from '../core/tree-typing.js';
import type { Updates } from '../linen/signatures.js';
import type { CollectionFilter, Params, RngKeys, VariableNode, VariablesInput } from '../linen/variables.js';
import { applyUpdates } from '../optax/index.js';
import type { AnyTransformation, OptState } from '../optax/index.js';

/**
 * The apply function of a state that does not say which: `model.apply` with its output known only at run time, or the
 * apply of any model with this output: `TrainState<ApplyFunction<Distribution>>`.
 */
export type ApplyFunction<Out = VariableNode> = [Out] extends [VariableNode]
  ? [VariableNode] extends [Out]
    ? LooseApply
    : TypedApply<Out>
  : TypedApply<Out>;
/** An apply function whose output is known only at run time; any other is assignable to it, and it to any other. */
export interface LooseApply {
  <const Mut extends CollectionFilter = false, K extends keyof LooseOutput = keyof LooseOutput>(
    variables: VariablesInput,
    args: readonly unknown[],
    options?: AnyApplyOptions<Mut>,
  ): Mut extends false ? LooseOutput[K] : [output: LooseOutput[K], updates: Updates<Mut>];
}
export interface LooseOutput {
  output: VariableNode;
}
/** An apply function that does not say which arguments it takes. */
export interface TypedApply<Out> {
  <const Mut extends CollectionFilter = false>(
    variables: VariablesInput,
    args: readonly unknown[],
    options?: AnyApplyOptions<Mut>,
  ): Mut extends false ? Out : [output: Out, updates: Updates<Mut>];
  (variables: VariablesInput, args: readonly unknown[], options?: AnyApplyOptions<false>): Out;
}
export interface AnyApplyOptions<Mut> extends Options<{
  rngs: RngKeys;
  mutable: Mut;
  method: string | AnyFunction;
  captureIntermediates: boolean;
}> {}

/** What a state may apply; null in a state that is never asked to. */
export type Applicable = AnyFunction | null;

/** The fields a subclass adds; functions among them may be left out. */
export type ExtraFields<S> = {
  [K in keyof S as K extends keyof TrainState ? never : S[K] extends AnyFunction ? never : K]: S[K];
} & {
  [K in keyof S as K extends keyof TrainState ? never : S[K] extends AnyFunction ? K : never]?: S[K];
};

/** All fields of a state. */
export type StateFields<S extends AnyTrainState> = Pick<S, 'step' | 'applyFn' | 'params' | 'tx' | 'optState'> &
  Omit<S, keyof TrainState>;

/** Any train state. */
export type AnyTrainState = TrainState<Applicable, unknown>;

/** Refuses `F` when its output is not that of `A`. */
export type FitsOutput<F, A> = F extends AnyFunction
  ? A extends AnyFunction
    ? [ReturnType<F>] extends [ReturnType<A>]
      ? unknown
      : [ReturnType<A>] extends [VariableNode | [output: VariableNode, updates: unknown]]
        ? unknown
        : never
    : unknown
  : unknown;

/** What `create` takes for a state class. */
export type CreateFields<S extends AnyTrainState> = {
  /** `model.apply`, or `graphdef.apply`. */
  applyFn: ApplyFunction extends S['applyFn'] ? AnyFunction : NoInfer<S['applyFn']>;
  params: S['params'];
  /** Optimizer. */
  tx: AnyTransformation;
  /** Default 0. */
  step?: tf.Tensor | number | undefined;
  /** Default `tx.init(params)`. */
  optState?: OptState | undefined;
} & ExtraFields<S>;

/**
 * Step, parameters and optimizer state in one immutable pytree. Subclasses add fields with `declare`.
 * `Apply` is the type of `applyFn`, `P` that of `params`; Linen by default. Flax `TrainState`.
 */
export class TrainState<Apply extends Applicable = ApplyFunction, P = Params> {
  /** Updates so far: int32 scalar. */
  declare readonly step: tf.Tensor;
  declare readonly applyFn: Apply;
  declare readonly params: P;
  declare readonly tx: AnyTransformation;
  declare readonly optState: OptState;

  /** A state at step 0, of the class it is called on; a plain one knows what `applyFn` gives. */
  static create<A extends Applicable, Q>(
    this: typeof TrainState,
    fields: CreateFields<TrainState<A, Q>> & { applyFn: A },
  ): TrainState<A, Q>;
  static create<S extends AnyTrainState, F extends Applicable>(
    this: abstract new (...args: never[]) => S,
    fields: CreateFields<S> & { applyFn: F & FitsOutput<F, S['applyFn']> },
  ): S;
  static create(this: abstract new (...args: never[]) => unknown, fields: Fields): unknown {
    const { step = 0, optState, ...rest } = fields;
    const tx = fields['tx'] as AnyTransformation;
    const make = this as unknown as new () => object;
    return Object.assign(new make(), {
      ...rest,
      step: typeof step === 'number' ? tf.scalar(step, 'int32') : step,
      optState: optState ?? tx.init(fields['params']),
    });
  }

  /** One optimizer update; other fields are replaced in the same go. */
  applyGradients(fields: { grads: P } & Partial<StateFields<this>>): this {
    const { grads, ...others } = fields;
    const next = tidyTree(() => {
      const [updates, optState] = this.tx.update<unknown>(grads, this.optState, this.params);
      return {
        step: tf.add(this.step, tf.scalar(1, 'int32')),
        params: applyUpdates<unknown>(this.params, updates),
        optState,
      };
    });
    return copyWith(this, { ...next, ...others });
  }

  /** A copy with some fields changed. */
  replace(fields: Partial<StateFields<this>>): this {
    return copyWith(this, fields);
  }
}

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- merging repeats the type parameters of the class
export interface TrainState<Apply extends Applicable = ApplyFunction, P = Params> extends Pytree<'state'> {}

interface Fields {
  readonly [field: string]: unknown;
}

function copyWith<S extends object>(state: S, fields: object): S {
  return Object.assign(Object.create(Object.getPrototypeOf(state) as object) as S, state, fields);
}

/** `tx` and functions are part of the structure, everything else is a child. */
function isStatic([name, value]: readonly [string, unknown]): boolean {
  return name === 'tx' || name === 'applyFn' || typeof value === 'function';
}

registerNode(TrainState as unknown as abstract new () => object, {
  flatten(state) {
    const entries = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
    const children = entries.filter((entry) => !isStatic(entry));
    const parts = { keys: children.map(([name]) => name), children: children.map(([, value]) => value as unknown) };
    return { ...parts, meta: state };
  },
  unflatten: (meta, children, keys) =>
    copyWith(meta as object, Object.fromEntries(keys.map((name, i) => [name, children[i]]))),
  sameMeta(a, b) {
    const [mine, theirs] = [a, b].map((state) => Object.entries(state as object).filter(isStatic));
    const other = Object.fromEntries(theirs!);
    return (
      (a as object).constructor === (b as object).constructor && mine!.every(([name, value]) => other[name] === value)
    );
  },
});
