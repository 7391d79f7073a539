import type { AnyFunction, Key, Options, Shape, DType } from '../core/tree-typing.js';
import type * as tf from '@tensorflow/tfjs';
import type { Collection, CollectionFilter, RngKeys, Variables } from './variables.js';

/** Members of `Module` itself, which are no methods of a model. `module.ts` checks that none is missing. */
export type ModuleMember =
  | 'name'
  | 'parent'
  | 'path'
  | 'variables'
  | 'scope'
  | 'init'
  | 'initWithOutput'
  | 'lazyInit'
  | 'apply'
  | 'bind'
  | 'unbind'
  | 'clone'
  | 'copy'
  | 'param'
  | 'variable'
  | 'hasVariable'
  | 'getVariable'
  | 'putVariable'
  | 'isMutableCollection'
  | 'isInitializing'
  | 'hasRng'
  | 'makeRng'
  | 'sow'
  | 'perturb'
  | 'tabulate'
  | 'modulePaths';

type Callee<T> = T extends AnyFunction ? T : T extends { call: infer F extends AnyFunction } ? F : never;

/** Names of a module's own methods and of its callable submodules. */
export type MethodName<M> = keyof {
  [K in Exclude<keyof M, ModuleMember> as [Callee<M[K]>] extends [never] ? never : K]: unknown;
} &
  string;

/** `'call'` where the module has it. */
export type DefaultMethod<M> = Extract<'call', MethodName<M>>;

/** The arguments of a module's method, as an array. */
export type MethodArgs<M, K> = K extends keyof M
  ? Callee<M[K]> extends (...args: infer A) => unknown
    ? A
    : never
  : never;

/** The result of a module's method. */
export type MethodResult<M, K> = K extends keyof M
  ? Callee<M[K]> extends (...args: infer _Args) => infer R
    ? R
    : never
  : never;

/** The arguments of a module's `call`; for code over a type parameter `M extends nn.Module`. */
export type CallArgs<M> = M extends { call: infer F }
  ? F extends (...args: infer A) => unknown
    ? number extends A['length']
      ? A extends never[]
        ? never
        : A
      : A
    : never
  : never;

/** The result of a module's `call`. */
export type CallResult<M> = M extends { call: infer F }
  ? F extends (...args: infer _Args) => infer R
    ? R
    : unknown
  : unknown;

/** Arguments that every member of a union of modules takes. */
export type SharedArgs<M> = (M extends unknown ? (args: CallArgs<M>) => void : never) extends (args: infer A) => void
  ? A
  : never;

/** What a method sees of its own module. */
export interface CallableSelf<A extends readonly unknown[], R> {
  call: (...args: A) => R;
}

/** A function of a module and the arguments. */
export type ModuleFunction<M, A extends readonly unknown[], R> = (module: M, ...args: A) => R;

/** Makes a tensor from a key and arguments. */
export type TensorInit<A extends readonly unknown[] = [shape: Shape, dtype?: DType]> = (
  key: Key,
  ...args: A
) => tf.Tensor;

/** The collections `apply` returns for a value of `mutable`. */
export type Updates<Mut> = Mut extends boolean
  ? Variables
  : Mut extends string
    ? string extends Mut
      ? Variables
      : { readonly [C in Mut]: Collection }
    : Mut extends readonly (infer C extends string)[]
      ? string extends C
        ? Variables
        : { readonly [Name in C]: Collection }
      : Variables;

/** The output alone, or `[output, updates]` when something is mutable. `All` is the widest capture filter. */
export type ResultOf<R, Mut, Cap, All> = All extends Cap
  ? MutableResult<R, Mut>
  : Cap extends false
    ? MutableResult<R, Mut>
    : [output: R, updates: (Mut extends false ? unknown : Updates<Mut>) & { readonly intermediates: Collection }];

type MutableResult<R, Mut> = Mut extends false ? R : [output: R, updates: Updates<Mut>];

/** Options of `apply` when nothing may change. */
export interface PlainApplyOptions extends Options<{
  rngs: RngKeys;
  mutable: false;
  captureIntermediates: false;
  method: 'call';
}> {}

export interface WithMethod<F> {
  /** A method's name, a reference to a method, or `(module, ...args) => ...`. */
  method: F;
}

/** Options of `bind`. */
export interface BindOptions extends Options<{
  rngs: RngKeys;
  /** Default false. */
  mutable: CollectionFilter;
}> {}

/** A place in the tree of variables, as a bound module sees it. Read only. */
export interface Scope {
  readonly name: string | null;
  readonly path: readonly string[];
  readonly parent: Scope | null;
  readonly root: Scope;
  /** The variables of this scope and below. */
  variables(): Variables;
  hasVariable(collection: string, name: string): boolean;
  getVariable(collection: string, name: string): Collection[string] | undefined;
  isMutableCollection(collection: string): boolean;
  hasRng(stream: string): boolean;
}
