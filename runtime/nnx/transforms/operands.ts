import * as tf from '@tensorflow/tfjs';
import { isKey } from '../../core/key.js';
import { ShapeDtypeStruct } from '../../core/tree-typing.js';
import { type TreeDef, treeFlatten } from '../../core/tree.js';
import { mistake } from '../../functional/mistake.js';
import { variablesOf } from '../graph.js';
import { type Path, pathText, Pytree } from '../pytree.js';
import { partsOfStream, streamsOf } from '../rngs.js';
import { Variable } from '../variable.js';
import { type Axis, axisOfVariable, axisText, type Prefix, prefixAt, StateAxes } from './axes.js';

/** An array, key or number among the arguments or in the result of a transform. */
export interface PlainPart {
  readonly value: unknown;
  readonly axis: Axis;
  readonly path: Path;
}

/** A variable of a module (or of streams, or of a state) among the arguments or in the result of a transform. */
export interface Operand {
  readonly variable: Variable<unknown>;
  readonly axis: Axis;
  readonly path: Path;
}

/** A tree taken apart. */
export interface Parts {
  readonly plain: readonly PlainPart[];
  /** Each variable once. */
  readonly operands: readonly Operand[];
  /** The structure with modules as leaves. */
  readonly treedef: TreeDef;
  /** The leaves that are no plain parts: modules, streams, functions, text. */
  readonly fixed: readonly unknown[];
  /** The tree with other plain parts; modules and everything else are the same objects. */
  rebuild(plain: readonly unknown[]): unknown;
}

/** How a tree is taken apart. */
export interface TakingApart {
  readonly who: string;
  /** Default: null everywhere. */
  readonly prefix?: Prefix | undefined;
  /** Variables that are known already, with the axes they have. */
  readonly known?: readonly Operand[] | undefined;
}

/** Takes a tree apart into what transforms of arrays can work on and the variables of the modules in it. */
export function takeApart(tree: unknown, { who, prefix = null, known = [] }: TakingApart): Parts {
  const { leaves, paths, treedef } = treeFlatten(tree, { isLeaf: isGraph });
  const plain: PlainPart[] = [];
  const operands: Operand[] = [];
  const seen = new Map(known.map((operand) => [operand.variable, operand]));
  const places = leaves.map((leaf, i): number | null => {
    const path = paths[i]!;
    if (isGraph(leaf)) {
      for (const operand of operandsOf(who, leaf, { prefix, path })) {
        if (isNew(who, operand, seen)) operands.push(operand);
      }
      return null;
    }
    if (!isArrayLike(leaf)) return null;
    plain.push({ value: leaf, axis: axisOfLeaf(who, prefix, path), path });
    return plain.length - 1;
  });
  const rebuild = (values: readonly unknown[]): unknown =>
    treedef.unflatten(leaves.map((leaf, i) => (places[i] === null ? leaf : values[places[i]!])));
  return { plain, operands, treedef, fixed: leaves.filter((_, i) => places[i] === null), rebuild };
}

/** Whether a value is traversed as a graph: a module, a variable or streams. */
export function isGraph(value: unknown): boolean {
  if (typeof value === 'function') return partsOfStream(value) !== undefined || streamsOf(value) !== undefined;
  return value instanceof Pytree || value instanceof Variable;
}

function isArrayLike(leaf: unknown): boolean {
  if (leaf instanceof tf.Tensor || leaf instanceof ShapeDtypeStruct || isKey(leaf)) return true;
  return typeof leaf === 'number' || typeof leaf === 'boolean';
}

function operandsOf(who: string, leaf: unknown, { prefix, path }: { prefix: Prefix; path: Path }): Operand[] {
  const found = variablesOf(leaf);
  if (found.length === 0) return [];
  const axes = prefixAt(who, prefix, path);
  return found.map(([below, variable]) => {
    const axis = axisOfVariable(who, axes, { path: below, variable, root: path });
    return { variable, axis, path: [...path, ...below] };
  });
}

/** Whether a variable is met for the first time; throws where it was met with another axis. */
function isNew(who: string, operand: Operand, seen: Map<Variable<unknown>, Operand>): boolean {
  const before = seen.get(operand.variable);
  if (before === undefined) {
    seen.set(operand.variable, operand);
    return true;
  }
  if (before.axis === operand.axis) return false;
  throw mistake(
    `${who} at ${pathText(operand.path)}`,
    `expected one axis for each variable, got ${axisText(before.axis)} at ${pathText(before.path)} and ` +
      `${axisText(operand.axis)} here for the same ${operand.variable.constructor.name}.`,
    'It is shared: give both places the same axis, or clone the module: nnx.clone(module).',
  );
}

function axisOfLeaf(who: string, prefix: Prefix, path: Path): Axis {
  const axis = prefixAt(who, prefix, path);
  if (!(axis instanceof StateAxes)) return axis;
  throw mistake(
    `${who} at ${pathText(path)}`,
    'expected a module for StateAxes, got an array.',
    'Give an array a number, or null.',
  );
}
