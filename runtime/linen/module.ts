import type * as tf from '@tensorflow/tfjs';
import type { AnyFunction, DType, Key, Options, Shape } from '../core/tree-typing.js';
import type { Initializer } from '../random/initializers.js';
import { attributesOnDemand, bindAt, copyWith, place, unboundCopy } from './attachment.js';
import { applyModule, initModule, initVariables, rootScope, type RunOptions } from './entry.js';
import { lazyVariables } from './abstract-run.js';
import { modulesByPath, summaryOf, type SummaryOptions } from './summary.js';
import { prepareClass, sow, type Sowing } from './method.js';
import { scopeOf, stateOf, whoIs } from './module-state.js';
import { type AnyInit, drawKey, parameter, perturbed, variableRef } from './services.js';
import type {
  BindOptions,
  CallableSelf,
  CallArgs,
  CallResult,
  DefaultMethod,
  MethodArgs,
  MethodName,
  MethodResult,
  ModuleFunction,
  ModuleMember,
  PlainApplyOptions,
  ResultOf,
  Scope,
  SharedArgs,
  WithMethod,
} from './signatures.js';
import type { CollectionFilter, RngKeys, VariableNode, VariableRef, Variables, VariablesInput } from './variables.js';

/** Options every module takes through `super(...)`. */
export interface ModuleOptions extends Options<{
  /** Name in the parent's scope. Default: automatic. */
  name: string | null;
  /** The module it belongs to; null for none. Default: the module that is running. */
  parent: Module | null;
}> {}

/** A module that is called with `Args` and gives `Out`: for fields and parameters that hold any such module. */
export type Layer<Args extends readonly unknown[] = [x: tf.Tensor], Out = tf.Tensor> = Module & {
  call(...args: Args): Out;
};

/** A module with any `call`. */
export type CallableModule = Module & { call: AnyFunction };

/** Any module class. */
export type ModuleClass = abstract new (...args: never[]) => Module;

/** Which calls to record: all `call`s, or those for which it is true. */
export type CaptureFilter = boolean | ((module: Module, methodName: string) => boolean);

/** The output alone, or `[output, updates]` when something is mutable. */
export type ApplyResult<R, Mut, Cap> = ResultOf<R, Mut, Cap, CaptureFilter>;

/** Options of `init` besides `method`. */
export interface InitOptions extends Options<{
  /** Collections to create. Default all but intermediates. */
  mutable: CollectionFilter;
  /** Record what modules return in `intermediates`. Default false. */
  captureIntermediates: CaptureFilter;
}> {}

/** Options of `apply` besides `method`. */
export interface ApplyOptions<Mut extends CollectionFilter, Cap extends CaptureFilter> extends Options<{
  /** Keys by stream; one key counts as stream `params`. Default none. */
  rngs: RngKeys;
  /** Collections that may change. Default false. */
  mutable: Mut;
  /** Record what modules return in `intermediates`. Default false. */
  captureIntermediates: Cap;
}> {}

/** Options of the summary table. */
export interface TabulateOptions
  extends
    InitOptions,
    Options<{
      /** Deepest level shown. Default all. */
      depth: number | null;
      /** Show a module each time it is called. Default false. */
      showRepeated: boolean;
      /** Not available: throws when true. Default false. */
      computeFlops: boolean;
      /** Not available: throws when true. Default false. */
      computeVjpFlops: boolean;
    }> {}

/** Base class of all Linen modules: stateless, variables are passed in and out. */
export abstract class Module {
  constructor(options: ModuleOptions = {}) {
    prepareClass(new.target.prototype as object, Module.prototype);
    place(this, options);
  }

  /** Name in the parent's scope; null when unbound. */
  declare readonly name: string | null;
  /** The module it belongs to. */
  declare readonly parent: Module | null;
  /** Names from the root to here; `[]` at the root. */
  declare readonly path: readonly string[];
  /** The variables of this module and below. Bound modules only. */
  declare readonly variables: Variables;
  /** Where the variables live; null when unbound. */
  declare readonly scope: Scope | null;

  /** Creates the variables by running the method once on `args`. */
  init(rngs: RngKeys, args: CallArgs<this>, options?: InitOptions): Variables;
  init<K extends MethodName<this> = DefaultMethod<this>>(
    rngs: RngKeys,
    args: MethodArgs<this, K>,
    options?: InitOptions & { method?: K | undefined },
  ): Variables;
  init<A extends readonly unknown[]>(
    rngs: RngKeys,
    args: readonly [...A],
    options: InitOptions & WithMethod<ModuleFunction<this, A, unknown>>,
  ): Variables;
  init<A extends readonly unknown[]>(
    rngs: RngKeys,
    args: NoInfer<A>,
    options: InitOptions & WithMethod<(...args: A) => unknown>,
  ): Variables;
  init<M extends CallableModule>(this: M, rngs: RngKeys, args: SharedArgs<M>, options?: InitOptions): Variables;
  init<A extends readonly unknown[]>(
    this: CallableSelf<A, unknown>,
    rngs: RngKeys,
    args: NoInfer<A>,
    options?: InitOptions,
  ): Variables;
  init(rngs: RngKeys, args: CallArgs<this>, options?: InitOptions): Variables;
  init(rngs: RngKeys, args: readonly unknown[], options: RunOptions = {}): Variables {
    return initVariables(this, rngs, { args, options });
  }

  /** As `init`, and the method's output: `[output, variables]`. */
  initWithOutput(
    rngs: RngKeys,
    args: CallArgs<this>,
    options?: InitOptions,
  ): [output: CallResult<this>, variables: Variables];
  initWithOutput<K extends MethodName<this> = DefaultMethod<this>>(
    rngs: RngKeys,
    args: MethodArgs<this, K>,
    options?: InitOptions & { method?: K | undefined },
  ): [output: MethodResult<this, K>, variables: Variables];
  initWithOutput<A extends readonly unknown[], R>(
    rngs: RngKeys,
    args: readonly [...A],
    options: InitOptions & WithMethod<ModuleFunction<this, A, R>>,
  ): [output: R, variables: Variables];
  initWithOutput<A extends readonly unknown[], R>(
    rngs: RngKeys,
    args: NoInfer<A>,
    options: InitOptions & WithMethod<(...args: A) => R>,
  ): [output: R, variables: Variables];
  initWithOutput<M extends CallableModule>(
    this: M,
    rngs: RngKeys,
    args: SharedArgs<M>,
    options?: InitOptions,
  ): [output: CallResult<M>, variables: Variables];
  initWithOutput<A extends readonly unknown[], R>(
    this: CallableSelf<A, R>,
    rngs: RngKeys,
    args: NoInfer<A>,
    options?: InitOptions,
  ): [output: R, variables: Variables];
  initWithOutput(
    rngs: RngKeys,
    args: CallArgs<this>,
    options?: InitOptions,
  ): [output: CallResult<this>, variables: Variables];
  initWithOutput(rngs: RngKeys, args: readonly unknown[], options: RunOptions = {}): [never, Variables] {
    return initModule(this, rngs, { args, options }) as [never, Variables];
  }

  /** As `init`, without running arithmetic: tensors in `args` may be `ShapeDtypeStruct`s. */
  lazyInit<K extends MethodName<this> = DefaultMethod<this>>(
    rngs: RngKeys,
    args: readonly unknown[],
    options?: InitOptions & { method?: K | undefined },
  ): Variables;
  lazyInit(rngs: RngKeys, args: readonly unknown[], options?: InitOptions): Variables;
  lazyInit(rngs: RngKeys, args: readonly unknown[], options: RunOptions = {}): Variables {
    return lazyVariables(this, rngs, { args, options });
  }

  /** Runs a method with `variables`; `[output, updates]` when `mutable` is set. May be passed on without the module. */
  apply(variables: VariablesInput, args: CallArgs<this>, options?: PlainApplyOptions): CallResult<this>;
  apply<
    K extends MethodName<this> = DefaultMethod<this>,
    const Mut extends CollectionFilter = false,
    Cap extends CaptureFilter = CaptureFilter,
  >(
    variables: VariablesInput,
    args: MethodArgs<this, K>,
    options?: ApplyOptions<Mut, Cap> & { method?: K | undefined },
  ): ApplyResult<MethodResult<this, K>, Mut, Cap>;
  apply<
    A extends readonly unknown[],
    R,
    const Mut extends CollectionFilter = false,
    Cap extends CaptureFilter = CaptureFilter,
  >(
    variables: VariablesInput,
    args: readonly [...A],
    options: ApplyOptions<Mut, Cap> & WithMethod<ModuleFunction<this, A, R>>,
  ): ApplyResult<R, Mut, Cap>;
  apply<
    A extends readonly unknown[],
    R,
    const Mut extends CollectionFilter = false,
    Cap extends CaptureFilter = CaptureFilter,
  >(
    variables: VariablesInput,
    args: NoInfer<A>,
    options: ApplyOptions<Mut, Cap> & WithMethod<(...args: A) => R>,
  ): ApplyResult<R, Mut, Cap>;
  apply<
    M extends CallableModule,
    const Mut extends CollectionFilter = false,
    Cap extends CaptureFilter = CaptureFilter,
  >(
    this: M,
    variables: VariablesInput,
    args: SharedArgs<M>,
    options?: ApplyOptions<Mut, Cap>,
  ): ApplyResult<CallResult<M>, Mut, Cap>;
  apply<
    A extends readonly unknown[],
    R,
    const Mut extends CollectionFilter = false,
    Cap extends CaptureFilter = CaptureFilter,
  >(
    this: CallableSelf<A, R>,
    variables: VariablesInput,
    args: NoInfer<A>,
    options?: ApplyOptions<Mut, Cap>,
  ): ApplyResult<R, Mut, Cap>;
  apply(variables: VariablesInput, args: CallArgs<this>, options?: PlainApplyOptions): CallResult<this>;
  apply(variables: VariablesInput, args: readonly unknown[], options: RunOptions = {}): never {
    return applyModule(this, variables, { args, options }) as never;
  }

  /** A copy that holds `variables`, for interactive use. */
  bind(variables: VariablesInput, options: BindOptions = {}): this {
    return bindAt(this, rootScope(this, variables, options));
  }
  /** `[module without variables, its variables]`. */
  unbind(): [module: this, variables: Variables] {
    return [unboundCopy(this), scopeOf(this, 'take its variables').variables()];
  }
  /** A copy with some fields changed. */
  clone(updates?: ModuleOptions & Partial<this>): this;
  clone<K extends keyof this>(updates: ModuleOptions & Pick<this, K>): this;
  clone(updates: ModuleOptions & Partial<this> = {}): this {
    return copyWith(this, { parent: null, ...updates });
  }
  /** A copy that belongs to the running module. */
  copy(updates?: ModuleOptions & Partial<this>): this;
  copy<K extends keyof this>(updates: ModuleOptions & Pick<this, K>): this;
  copy(updates: ModuleOptions & Partial<this> = {}): this {
    return copyWith(this, updates);
  }

  /**
   * Reads parameter `name`, creating it with `init(key, ...args)` if it is missing. A subclass may override it for
   * tensors alone: `override param<A extends readonly unknown[]>(name: string, init: nn.TensorInit<A>, ...args: A)`.
   */
  param<T extends tf.Tensor, A extends readonly unknown[]>(
    name: string,
    init: (key: Key, ...args: A) => T,
    ...args: A
  ): T;
  param<T, A extends readonly unknown[]>(name: string, init: (key: Key, ...args: A) => T, ...args: A): T;
  param(name: string, init: Initializer, shape: Shape, dtype?: DType): tf.Tensor;
  param(name: string, init: (key: Key, ...args: never[]) => unknown, ...args: unknown[]): never {
    return parameter(this, name, { init: init as AnyInit, args }) as never;
  }
  /** A reference to variable `name` of a collection, created with `init(...args)` if it is missing. */
  variable<T, A extends readonly unknown[]>(
    collection: string,
    name: string,
    init: (...args: A) => T,
    ...args: A
  ): VariableRef<T>;
  variable(collection: string, name: string): VariableRef;
  variable(collection: string, name: string, init?: (...args: never[]) => unknown, ...args: unknown[]): never {
    return variableRef(this, { collection, name }, { init: init as AnyInit | undefined, args }) as never;
  }
  /** Whether the variable exists. */
  hasVariable(collection: string, name: string): boolean {
    return scopeOf(this, 'look up variables').hasVariable(collection, name);
  }
  /** The variable's value, or `defaultValue`, or undefined. */
  getVariable(collection: string, name: string): VariableNode | undefined;
  getVariable<T>(collection: string, name: string, defaultValue: T): VariableNode | T;
  getVariable(collection: string, name: string, defaultValue?: unknown): never {
    const scope = scopeOf(this, 'read variables');
    return (scope.hasVariable(collection, name) ? scope.getVariable(collection, name) : defaultValue) as never;
  }
  /** Sets a variable of a mutable collection. */
  putVariable(collection: string, name: string, value: unknown): void {
    scopeOf(this, 'set variables').putVariable(collection, name, value, whoIs(this));
  }
  /** Whether variables of the collection may be set now. */
  isMutableCollection(collection: string): boolean {
    return scopeOf(this, 'look up collections').isMutableCollection(collection);
  }
  /** True while `init` runs. */
  isInitializing(): boolean {
    return scopeOf(this, 'know whether it initializes').initializing;
  }
  /** Whether keys for the stream were given. */
  hasRng(stream: string): boolean {
    return scopeOf(this, 'look up streams').hasRng(stream);
  }
  /** The stream's next key. Default stream 'params', which also stands in for missing ones. */
  makeRng(stream = 'params'): Key {
    return drawKey(this, stream);
  }
  /** Appends `value` to a tuple in the collection; false (and nothing done) when it is not mutable. */
  sow(collection: string, name: string, value: unknown): boolean;
  sow<T, S>(
    collection: string,
    name: string,
    value: T,
    options: { reduceFn: (accumulated: S, value: T) => S; initFn: () => S },
  ): boolean;
  sow(collection: string, name: string, value: unknown, options: Partial<Sowing> = {}): boolean {
    return sow(this, collection, { ...options, name, value });
  }
  /** Adds a zero perturbation whose gradient is that of `value`. */
  perturb<T extends tf.Tensor>(
    name: string,
    value: T,
    options: Options<{ /** Default 'perturbations'. */ collection: string }> = {},
  ): T {
    return perturbed(this, { collection: options.collection ?? 'perturbations', name }, value) as T;
  }

  /** A table of modules, shapes and parameter counts. */
  tabulate<K extends MethodName<this> = DefaultMethod<this>>(
    rngs: RngKeys,
    args: MethodArgs<this, K>,
    options?: TabulateOptions & { method?: K | undefined },
  ): string;
  tabulate(rngs: RngKeys, args: CallArgs<this>, options?: TabulateOptions): string;
  tabulate(rngs: RngKeys, args: readonly unknown[], options: SummaryOptions = {}): string {
    return summaryOf(this, rngs, { args, options });
  }
  /** Modules by path ('a/b'). */
  modulePaths<K extends MethodName<this> = DefaultMethod<this>>(
    rngs: RngKeys,
    args: MethodArgs<this, K>,
    options: InitOptions & Options<{ showRepeated: boolean; method: K }> = {},
  ): { [path: string]: Module } {
    return modulesByPath(this, rngs, { args, options }) as { [path: string]: Module };
  }
}

/** Fails to compile when `ModuleMember` misses a member of `Module`. */
type Missing = Exclude<keyof Module, ModuleMember>;
const missing: [Missing] extends [never] ? true : Missing = true;
void missing;

const run = Module.prototype.apply as unknown as (this: Module, ...args: unknown[]) => unknown;
const boundApplies = new WeakMap<Module, typeof run>();

/** `module.apply` may be passed around without the module (`applyFn: model.apply`); it is the same function each time. */
function boundApply(module: Module): typeof run {
  const bound = boundApplies.get(module) ?? run.bind(module);
  boundApplies.set(module, bound);
  return bound;
}

const getters: { readonly [name: string]: (module: Module) => unknown } = {
  name: (module) => stateOf(module).name,
  parent: (module) => stateOf(module).parent,
  path: (module) => scopeOf(module, 'have a path').path,
  variables: (module) => scopeOf(module, 'have variables').variables(),
  scope: (module) => stateOf(module).scope,
  apply: boundApply,
};
for (const [name, read] of Object.entries(getters)) {
  const get = function (this: Module): unknown {
    return read(this);
  };
  Object.defineProperty(Module.prototype, name, { get, configurable: true });
}
Object.setPrototypeOf(Module.prototype, attributesOnDemand);
