import { mistake } from '../functional/mistake.js';
import type { Key, Options } from '../core/tree-typing.js';
import type { MethodsOption, ScanOptions, VmapOptions } from './lift/options.js';
import { scan } from './lift/scan.js';
import { vmap } from './lift/vmap.js';
import type { AxisNames, LogicalRules } from './metadata.js';
import { isModule, runningModule } from './module-state.js';
import type { Module, ModuleClass } from './module.js';
import { type AnyInit, parameter, variableRef } from './services.js';
import type { VariableRef } from './variables.js';

export { remat } from './lift/remat.js';

/** Options after an initializer's arguments. */
export interface AxesOptions {
  /** Names of the axes. Default null. */
  axes?: AxisNames | null | undefined;
  /** Default the module that is running. */
  module?: Module | undefined;
}

/** `this.param(name, init, ...args)`, with axis names that one device ignores. */
export function paramWithAxes<T, A extends readonly unknown[]>(
  name: string,
  init: (key: Key, ...args: A) => T,
  ...argsAndOptions: [...args: A, options: AxesOptions]
): T {
  const { module, args } = takenApart(argsAndOptions);
  return parameter(module, name, { init: init as AnyInit, args }) as T;
}

/** `this.variable(collection, name, init, ...args)`, with axis names that one device ignores. */
export function variableWithAxes<T, A extends readonly unknown[]>(
  collection: string,
  name: string,
  init: (...args: A) => T,
  ...argsAndOptions: [...args: A, options: AxesOptions]
): VariableRef<T> {
  const { module, args } = takenApart(argsAndOptions);
  return variableRef(module, { collection, name }, { init: init as unknown as AnyInit, args }) as VariableRef<T>;
}

/** `nn.scan`; the name of the new axis is ignored. */
export function scanWithAxes<C extends ModuleClass>(
  target: C,
  options: ScanOptions &
    MethodsOption<InstanceType<C>> &
    Options<{
      /** Default 'layers'. */ axisName: string;
      /** Default ['params']. */ axesCollections: readonly string[];
    }>,
): C {
  return scan(target, options);
}

/** `nn.vmap`; the names of the new axes are ignored. */
export function vmapWithAxes<C extends ModuleClass>(
  target: C,
  options: VmapOptions &
    MethodsOption<InstanceType<C>> &
    Options<{ partitioningAxisNames: { readonly [collection: string]: string } }>,
): C {
  return vmap(target, options);
}

/** Returns `x`. */
export function withShardingConstraint<T>(x: T, _names: AxisNames | null): T {
  return x;
}

/** Runs `body`. */
export function axisRules<R>(_rules: LogicalRules, body: () => R): R {
  return body();
}

/** The initializer's arguments, and the module it is for. */
function takenApart(given: readonly unknown[]): { module: object; args: readonly unknown[] } {
  const options = given.at(-1);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw mistake(
      'nn.partitioning',
      'expected { axes } as the last argument, got none.',
      'Pass { axes: null } where there are none.',
    );
  }
  const module = (options as AxesOptions).module ?? runningModule();
  if (isModule(module)) return { module, args: given.slice(0, -1) };
  throw mistake(
    'nn.partitioning',
    'expected a running module, got none.',
    'Call it inside a method, or pass { module: this }.',
  );
}
