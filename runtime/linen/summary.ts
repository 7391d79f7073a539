import { ShapeDtypeStruct, type Options } from '../core/tree-typing.js';
import { drawTable } from '../core/text-table.js';
import * as tf from '@tensorflow/tfjs';
import { treeLeaves } from '../core/tree.js';
import { mistake } from '../functional/mistake.js';
import { abstractInit } from './abstract-run.js';
import { unboundCopy } from './attachment.js';
import type { RunOptions } from './entry.js';
import { classNameOf } from './module-state.js';
import { type Dict, isDict, type RngKeys } from './variables.js';

/** What the summary is told besides what `init` is. */
export type SummaryOptions = RunOptions &
  Options<{ depth: number | null; showRepeated: boolean; computeFlops: boolean; computeVjpFlops: boolean }>;

interface Run {
  readonly args: readonly unknown[];
  readonly options: SummaryOptions;
}

/** A call of a module, as it is shown. */
interface Row {
  readonly path: readonly string[];
  readonly module: object;
  readonly method: string;
  readonly inputs: string;
  readonly outputs: string;
}

/** The table of a module's calls, variables and their sizes, from a run of `init` on shapes. */
export function summaryOf(module: object, rngs: RngKeys, { args, options }: Run): string {
  if (options.computeFlops === true || options.computeVjpFlops === true) {
    throw mistake(
      'nn.tabulate',
      'expected computeFlops and computeVjpFlops to be off, got one that is on.',
      'TensorFlow.js does not count operations: leave the option out.',
    );
  }
  const { rows, variables } = callsOf(module, rngs, { args, options });
  const depth = options.depth ?? Infinity;
  const collections = Object.keys(variables)
    .filter((name) => treeLeaves(variables[name]).length > 0)
    .sort();
  const shown = rows.filter(({ path }) => path.length <= depth);
  const body = shown.map((row, i) => [
    row.path.join('/'),
    row.method === 'call' ? classNameOf(row.module) : `${classNameOf(row.module)}.${row.method}`,
    row.inputs,
    row.outputs,
    ...collections.map((name) => variablesCell(placeOf(variables, name, row.path), { shown, at: i, depth })),
  ]);
  const all = collections.map((name) => treeLeaves(variables[name]));
  return drawTable({
    title: `${classNameOf(module)} Summary`,
    head: ['path', 'module', 'inputs', 'outputs', ...collections],
    rows: [...body, ['', '', '', 'Total', ...all.map(amount)]],
    foot: `Total Parameters: ${amount(all.flat())}`,
  });
}

/** Unbound copies of the modules that `init` calls, by path. */
export function modulesByPath(module: object, rngs: RngKeys, run: Run): { [path: string]: object } {
  const { rows } = callsOf(module, rngs, run);
  return Object.fromEntries(rows.map(({ path, module: each }) => [path.join('/'), unboundCopy(each)]));
}

/** The calls that `init` makes; only the first of each module unless `showRepeated`. */
function callsOf(module: object, rngs: RngKeys, { args, options }: Run): { rows: readonly Row[]; variables: Dict } {
  const { calls, variables } = abstractInit(module, rngs, { args, options });
  const seen = new Set<string>();
  const shown = calls.filter(({ path }) => {
    const place = path.join('/');
    const repeated = seen.has(place);
    seen.add(place);
    return !repeated || options.showRepeated === true;
  });
  const rows = shown.map(({ args: given, output, ...call }) => ({
    ...call,
    inputs: shapesText(given.length === 1 ? given[0] : given),
    outputs: shapesText(output),
  }));
  return { rows, variables: variables as Dict };
}

function placeOf(variables: Dict, collection: string, path: readonly string[]): Dict {
  let place: unknown = variables[collection];
  for (const name of path) place = isDict(place) ? place[name] : undefined;
  return isDict(place) ? place : {};
}

/** A module's own variables with their size; at the deepest level shown, with those of all below. */
function variablesCell(
  place: Dict,
  { shown, at, depth }: { shown: readonly Row[]; at: number; depth: number },
): string {
  const { path } = shown[at]!;
  const first = shown.findIndex((row) => row.path.join('/') === path.join('/')) === at;
  if (!first) return '';
  const own = Object.entries(place)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name, value]) => !isDict(value) || !isModulePlace(shown, [...path, name]));
  const counted = path.length >= depth ? place : Object.fromEntries(own);
  const leaves = treeLeaves(counted);
  if (leaves.length === 0) return '';
  const lines = own.flatMap(([name, value]) => (isDict(value) ? [] : [`${name}: ${shapesText(value)}`]));
  return [...lines, ...(lines.length === 0 ? [] : ['']), amount(leaves)].join('\n');
}

/** Whether a module that is shown has its variables there or below. */
function isModulePlace(shown: readonly Row[], path: readonly string[]): boolean {
  return shown.some((row) => path.every((name, i) => row.path[i] === name));
}

function amount(leaves: readonly unknown[]): string {
  const specs = leaves.filter(isShaped);
  const count = specs.reduce((sum, { shape }) => sum + size(shape), 0);
  const bytes = specs.reduce((sum, { shape, dtype }) => sum + size(shape) * (dtype === 'bool' ? 1 : 4), 0);
  return `${count.toLocaleString('en-US')} (${bytesText(bytes)})`;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}

function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function isShaped(value: unknown): value is tf.Tensor | ShapeDtypeStruct {
  return value instanceof tf.Tensor || value instanceof ShapeDtypeStruct;
}

/** A tree with shapes for its tensors: `float32[16,4]`. */
function shapesText(value: unknown): string {
  if (isShaped(value)) return `${value.dtype}[${value.shape.join(',')}]`;
  if (Array.isArray(value)) return value.map((each) => `- ${shapesText(each)}`).join('\n');
  if (isDict(value)) {
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${shapesText(each)}`)
      .join('\n');
  }
  return typeof value === 'function' ? 'function' : String(value);
}
