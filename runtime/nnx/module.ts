import type * as tf from '@tensorflow/tfjs';
import type { AnyFunction, Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { prepareClass } from './call.js';
import { perturbation, sowing } from './capture-frame.js';
import { type ModuleFilter, toPredicate } from './filters.js';
import { walk } from './graph.js';
import type { BaseMember } from './graphdef.js';
import { Pytree } from './pytree.js';
import type { VariableType } from './variable.js';
import { Perturbation, variableTypeFromName } from './variable-types.js';

/** Attributes set on every submodule that has them. */
export type AttributeValues = { readonly [name: string]: unknown };

/** Which modules are set, and whether an attribute that none has is an error. */
export interface SetAttributesOptions extends Options<{
  /** Default '...'. */
  only: ModuleFilter;
  /** Default true. */
  raiseIfNotFound: boolean;
}> {}

/** Base class of all NNX modules: they own their variables as attributes. */
export abstract class Module extends Pytree {
  constructor() {
    super();
    prepareClass(new.target.prototype as object, Module.prototype);
  }

  /** Training mode: deterministic and useRunningAverage become false, in place. */
  train(attributes: AttributeValues = {}): void {
    const modes = { deterministic: false, useRunningAverage: false, ...attributes };
    this.setAttributes(modes, { raiseIfNotFound: false });
  }

  /** Evaluation mode: deterministic and useRunningAverage become true, in place. */
  eval(attributes: AttributeValues = {}): void {
    const modes = { deterministic: true, useRunningAverage: true, ...attributes };
    this.setAttributes(modes, { raiseIfNotFound: false });
  }

  /** Sets attributes wherever they exist, in place. */
  setAttributes(attributes: AttributeValues, options: SetAttributesOptions = {}): void {
    setAttributes(this, attributes, options);
  }

  /** Appends `value` to a tuple held by a variable of this type; false (and nothing done) when not captured. */
  sow(variableType: VariableType | string, name: string, value: unknown): boolean;
  sow<T, S>(
    variableType: VariableType | string,
    name: string,
    value: T,
    options: { reduceFn: (accumulated: S, value: T) => S; initFn: () => S },
  ): boolean;
  sow(
    variableType: VariableType | string,
    name: string,
    value: unknown,
    options: { reduceFn?: (accumulated: never, value: never) => unknown; initFn?: () => unknown } = {},
  ): boolean {
    const type = typeof variableType === 'string' ? variableTypeFromName(variableType) : variableType;
    return sowing(this, type, { name, value, ...options } as Parameters<typeof sowing>[2]);
  }

  /** Adds a zero perturbation whose gradient is that of `value`. */
  perturb<T extends tf.Tensor>(
    name: string,
    value: T,
    options: Options<{ /** Default Perturbation. */ variableType: VariableType }> = {},
  ): T {
    return perturbation(this, options.variableType ?? Perturbation, { name, value }) as T;
  }
}

/** Fails to compile when `BaseMember` misses a member of `Module`. */
type Missing = Exclude<keyof Module, BaseMember | keyof Pytree>;
const missing: [Missing] extends [never] ? true : Missing = true;
void missing;

/** A module that is called with `Args` and gives `Out`: for fields and parameters that hold any such module. */
export type Layer<Args extends readonly unknown[] = [x: tf.Tensor], Out = tf.Tensor> = Module & {
  call(...args: Args): Out;
};

/** A module with any `call`. */
export type CallableModule = Module & { call: AnyFunction };

/** Any module class. */
export type ModuleType = abstract new (...args: never[]) => Module;

/** Sets attributes on each module below a root that has them. Flax `Module.set_attributes`. */
export function setAttributes(
  root: object,
  attributes: AttributeValues,
  { only = '...', raiseIfNotFound = true }: SetAttributesOptions,
): void {
  const chosen = toPredicate(only);
  const left = new Set(Object.keys(attributes));
  for (const [path, node] of walk(root)) {
    if (!(node instanceof Module) || !chosen(path, node)) continue;
    for (const [name, value] of Object.entries(attributes)) {
      if (!Object.hasOwn(node, name)) continue;
      Object.assign(node, { [name]: value });
      left.delete(name);
    }
  }
  if (!raiseIfNotFound || left.size === 0) return;
  throw mistake(
    root.constructor.name,
    `expected a module with ${[...left].join(', ')}, got none.`,
    'Correct the name, or pass { raiseIfNotFound: false }.',
  );
}
