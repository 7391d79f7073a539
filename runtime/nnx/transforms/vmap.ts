import * as tf from '@tensorflow/tfjs';
import { isKey } from '../../core/key.js';
import type {
  Axes as ArrayAxes,
  AnyFunction,
  FunctionTransform,
  Options,
  Unranked,
  Value,
} from '../../core/tree-typing.js';
import { vmap as vmapArrays, type VmapOptions } from '../../core/vmap/vmap.js';
import { mistake, shapeText } from '../../functional/mistake.js';
import { type Path, pathText } from '../pytree.js';
import { type Axes, type Axis, Carry, type Prefix } from './axes.js';
import { asModuleTransform } from './decorating.js';
import { callLent, type Outcome, storeAll, storeChanged, valuesOf } from './lending.js';
import { type Parts, takeApart } from './operands.js';
import { withAxisNames } from './partition.js';
import { transaction } from './transactions.js';

/** Options of `vmap`. */
export interface NnxVmapOptions
  extends
    Omit<VmapOptions, 'inAxes' | 'outAxes'>,
    Options<{
      /** Mapped axis of each argument. Default 0. */
      inAxes: Axes;
      /** Default 0. */
      outAxes: Axes;
      /** Default {}. */
      transformMetadata: { readonly [name: string]: unknown };
    }> {}

/**
 * Maps `f` over an axis of its arguments; a module is mapped over an axis of its variables, streams over an axis of
 * their keys (make it with `splitRngs`). What `f` sets is stacked on the same axis; a variable with null may be set only
 * to what is the same for all examples. Modules that `f` makes come back with `outAxes` in their variables. As a
 * decorator of a method, the module is the first of `inAxes`. Flax `nnx.vmap`.
 */
export function vmap<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options?: NnxVmapOptions,
): (...args: Unranked<A> extends infer U extends readonly unknown[] ? U : never) => Unranked<R>;
export function vmap(options: NnxVmapOptions): FunctionTransform;
export function vmap(first: AnyFunction | NnxVmapOptions, options: NnxVmapOptions = {}): unknown {
  if (typeof first !== 'function') return asModuleTransform((f) => mapped(f, first));
  return mapped(first, options);
}

const who = 'nnx.vmap';

function mapped(f: AnyFunction, options: NnxVmapOptions): AnyFunction {
  const { inAxes = 0, outAxes = 0, transformMetadata: metadata, axisSize, axisName, spmdAxisName } = options;
  const run = (...args: unknown[]): unknown => {
    checkCount(inAxes, args);
    return transaction(() => runMapped(f, args, { inAxes, outAxes, axisSize, axisName, spmdAxisName }));
  };
  return withAxisNames(run, { inAxes, outAxes, metadata });
}

type Plan = { readonly inAxes: Prefix; readonly outAxes: Prefix } & Omit<VmapOptions, 'inAxes' | 'outAxes'>;
/** Values by the text of their place, so that a message about one of them names it. */
type Named = Record<string, unknown>;

function runMapped(f: AnyFunction, args: readonly unknown[], { inAxes, outAxes, ...options }: Plan): unknown {
  const given = takeApart(args, { who, prefix: inAxes });
  const plainNames = given.plain.map(({ path }) => pathText(path));
  const names = given.operands.map(({ path }) => pathText(path));
  const values = valuesOf(given.operands);
  checkAxes(given, values);
  const outputAxes: Record<string, ArrayAxes> = {};
  let outcome: Outcome | null = null;
  const run = (plain: Named, variables: Named): Named => {
    const call = { who, args: given, plain: plainNames.map((name) => plain[name]), outPrefix: outAxes };
    const lent = { ...call, values: names.map((name) => variables[name]) };
    const found = callLent((all: readonly never[]) => f(...all), lent);
    outcome = found;
    return outputsOf(found, given, outputAxes);
  };
  const outputs = vmapArrays(run as never, {
    ...options,
    inAxes: [named(plainNames, given.plain.map(axisOf)), named(names, given.operands.map(axisOf))] as ArrayAxes,
    // Filled while the function runs: only then it is known what there is.
    outAxes: outputAxes,
  })(
    named(
      plainNames,
      given.plain.map(({ value }) => value),
    ) as never,
    named(names, values) as never,
  ) as Named;
  return finished(outcome!, given, outputs);
}

/** What the example gives, by place, with the axes written beside. */
function outputsOf(outcome: Outcome, given: Parts, axes: Record<string, ArrayAxes>): Named {
  const outputs: Named = {};
  const add = (place: string, value: unknown, axis: Axis): void => {
    if (axis === Carry)
      throw mistake(`${who} at ${place}`, 'expected an axis or null, got nnx.Carry.', 'Give an axis.');
    outputs[place] = value;
    axes[place] = axis as ArrayAxes;
  };
  outcome.parts.plain.forEach(({ path, axis }, i) => add(`result ${pathText(path)}`, outcome.plain[i], axis));
  outcome.parts.operands.forEach(({ path, axis }, i) => add(`result ${pathText(path)}`, outcome.made[i], axis));
  given.operands.forEach(({ path, axis }, i) => {
    if (outcome.changed[i]) add(`argument ${pathText(path)}`, outcome.after[i], axis);
  });
  return outputs;
}

function finished(outcome: Outcome, given: Parts, outputs: Named): unknown {
  const { parts, changed } = outcome;
  const result = ({ path }: { readonly path: Path }): unknown => outputs[`result ${pathText(path)}`];
  const after = given.operands.map(({ path }) => outputs[`argument ${pathText(path)}`]);
  storeChanged(given.operands, { changed, after });
  storeAll(parts.operands, parts.operands.map(result));
  return parts.rebuild(parts.plain.map(result));
}

function named(names: readonly string[], values: readonly unknown[]): Named {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

function axisOf({ axis }: { readonly axis: Axis }): Axis {
  return axis;
}

function checkAxes({ operands }: Parts, values: readonly unknown[]): void {
  operands.forEach(({ axis, path }, i) => {
    const value = values[i];
    const shape = value instanceof tf.Tensor || isKey(value) ? value.shape : null;
    if (shape === null || typeof axis !== 'number') return;
    if (axis < shape.length && axis >= -shape.length) return;
    throw mistake(
      `${who} at ${pathText(path)}`,
      `expected axis ${axis}, got shape ${shapeText(shape)}.`,
      'Map streams with nnx.splitRngs; give what all examples share null: new nnx.StateAxes([[nnx.Param, null], …]).',
    );
  });
}

function checkCount(inAxes: Axes, args: readonly unknown[]): void {
  if (!Array.isArray(inAxes) || inAxes.length === args.length) return;
  throw mistake(
    who,
    `expected ${inAxes.length} arguments, one for each of inAxes, got ${args.length}.`,
    'Give inAxes one entry for each argument.',
  );
}
