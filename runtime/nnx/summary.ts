import * as tf from '@tensorflow/tfjs';
import { type Observer, withObserver } from '../core/observer.js';
import { isKey } from '../core/key.js';
import { ShapeDtypeStruct, type Options } from '../core/tree-typing.js';
import { mistake } from '../functional/mistake.js';
import { variablesOf, walk } from './graph.js';
import type { MethodName } from './graphdef.js';
import { Module } from './module.js';
import type { Path } from './pytree.js';
import { drawTable } from '../core/text-table.js';
import { evalShape } from './transforms/eval-shape.js';
import { Variable } from './variable.js';
import { RngState } from './variable-types.js';

/** Options of the summary table. */
export interface TabulateOptions<K extends string = string> extends Options<{
  /** Deepest level shown. Default all. */
  depth: number | null;
  /** Default 'call'. */
  method: K;
  /** Not available: throws when true. Default false. */
  computeFlops: boolean;
  /** Not available: throws when true. Default false. */
  computeVjpFlops: boolean;
}> {}

/** A call of a module, as it is shown. */
interface Row {
  readonly path: Path;
  readonly module: object;
  readonly inputs: string;
  readonly outputs: string;
}

/**
 * A table of modules, shapes and parameter counts for a call with `args`, which is run on shapes alone: no variable
 * changes. Flax `nnx.tabulate`.
 */
export function tabulate<M extends object>(
  model: M,
  args: readonly unknown[],
  options: TabulateOptions<MethodName<M>> = {},
): string {
  if (options.computeFlops || options.computeVjpFlops) {
    throw mistake(
      'nnx.tabulate',
      'expected computeFlops and computeVjpFlops to be off, got one that is on.',
      'TensorFlow.js does not count operations: leave the option out.',
    );
  }
  const rows = rowsOf(model, args, options.method ?? 'call');
  const depth = options.depth ?? Infinity;
  return tableOf(
    model,
    rows.filter(({ path }) => path.length <= depth),
    depth,
  );
}

function rowsOf(model: object, args: readonly unknown[], method: string): Row[] {
  const paths = new Map([...walk(model)].map(([path, node]) => [node, path]));
  const rows: Row[] = [];
  const add = (module: object, given: readonly unknown[], output: unknown): void => {
    const path = paths.get(module);
    if (path === undefined) return;
    const row = {
      path,
      module,
      inputs: shapesText(given.length === 1 ? given[0] : given),
      outputs: shapesText(output),
    };
    if (rows.some((each) => each.module === module)) return;
    const first = rows.findIndex((each) => path.every((part, i) => each.path[i] === part));
    rows.splice(first < 0 ? rows.length : first, 0, row);
  };
  const observer: Observer = { call: ({ module, args: given, output }) => add(module, given, output) };
  evalShape(
    (module: object, ...given: readonly unknown[]) => {
      const body = (module as { readonly [name: string]: unknown })[method];
      if (typeof body !== 'function') throw noMethod(module, method);
      const output = withObserver(observer, () => (body as (...all: unknown[]) => unknown).apply(module, [...given]));
      add(module, given, output);
      return null;
    },
    model,
    ...args,
  );
  return rows;
}

function tableOf(model: object, rows: readonly Row[], depth: number): string {
  const types = typesOf(model);
  const body = rows.map(({ path, module, inputs, outputs }) => {
    const cells = types.map((type) => variablesCell(module, type, path.length >= depth));
    return [path.join('/'), module.constructor.name, inputs, outputs, ...cells];
  });
  const totals = types.map((type) => amount(variablesIn(model, type)));
  const all = amount(variablesOf(model).map(([, variable]) => variable));
  return drawTable({
    title: `${model.constructor.name} Summary`,
    head: ['path', 'type', 'inputs', 'outputs', ...types.map(({ name }) => name)],
    rows: [...body, ['', '', '', 'Total', ...totals]],
    foot: `Total Parameters: ${all}`,
  });
}

type TypeOfVariable = abstract new (...args: never[]) => unknown;

/** The types of the variables in order of names, streams under their common type. */
function typesOf(model: object): TypeOfVariable[] {
  const types = new Set(variablesOf(model).map(([, variable]) => typeShown(variable)));
  return [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function typeShown(variable: Variable<unknown>): TypeOfVariable {
  return variable instanceof RngState ? RngState : (variable.constructor as TypeOfVariable);
}

function variablesIn(node: object, type: TypeOfVariable): Variable<unknown>[] {
  return variablesOf(node).flatMap(([, variable]) => (typeShown(variable) === type ? [variable] : []));
}

/** The variables of one type that a module has itself, and how many elements it has with its submodules. */
function variablesCell(module: object, type: TypeOfVariable, deepest: boolean): string {
  const all = variablesIn(module, type);
  if (all.length === 0) return '';
  const own = Object.entries(module).filter(([, each]) => all.includes(each as Variable<unknown>));
  const submodules = [...walk(module)].filter(([path, node]) => path.length > 0 && node instanceof Module);
  const lines =
    submodules.length > 0 && !deepest
      ? []
      : own.map(([name, each]) => `${name}: ${leafText(Variable.stored(each as Variable<unknown>))}`).sort();
  return [...lines, ...(lines.length > 0 ? [''] : []), amount(all)].join('\n');
}

function amount(variables: readonly Variable<unknown>[]): string {
  const [size, bytes] = variables.reduce(
    ([size, bytes], variable) => {
      const count = variable.shape.reduce((product, each) => product * each, 1);
      const value = Variable.stored(variable);
      const width = isKey(value) ? 8 : value instanceof tf.Tensor && value.dtype === 'bool' ? 1 : 4;
      return [size + count, bytes + count * width];
    },
    [0, 0],
  );
  return `${size.toLocaleString('en-US')} (${bytesText(bytes)})`;
}

function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.max(Math.floor(Math.log10(bytes) / 3), 0), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Shapes of a tree: `float32[1,3]`. */
function shapesText(tree: unknown): string {
  if (Array.isArray(tree) && !isKey(tree)) return `[${tree.map(shapesText).join(', ')}]`;
  if (typeof tree !== 'object' || tree === null || isLeaf(tree)) return leafText(tree);
  const prototype: unknown = Object.getPrototypeOf(tree);
  if (prototype !== Object.prototype && prototype !== null) return tree.constructor.name;
  return `{ ${Object.entries(tree)
    .map(([name, each]) => `${name}: ${shapesText(each)}`)
    .join(', ')} }`;
}

function isLeaf(value: object): value is tf.Tensor | ShapeDtypeStruct {
  return value instanceof tf.Tensor || value instanceof ShapeDtypeStruct || isKey(value);
}

function leafText(value: unknown): string {
  if (isKey(value)) return `key[${value.shape.join(',')}]`;
  if (typeof value === 'object' && value !== null && isLeaf(value)) return `${value.dtype}[${value.shape.join(',')}]`;
  if (value instanceof Uint32Array) return 'uint32';
  return typeof value === 'function' ? 'function' : String(value);
}

function noMethod(module: object, method: string): Error {
  return mistake(
    'nnx.tabulate',
    `expected a method '${method}', got none on ${module.constructor.name}.`,
    "Name one that the model has: { method: 'encode' }.",
  );
}
