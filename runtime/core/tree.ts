import * as tf from '@tensorflow/tfjs';
import { isKey } from './key.js';

/** One step of a path in a tree: a dict key or attribute name, or a position. */
export type PathEntry = string | number;

/** How leaves are put together, as returned by `treeFlatten`. */
export interface TreeDef<T = unknown> {
  readonly numLeaves: number;
  unflatten(leaves: readonly unknown[]): T;
}

/** How the instances of a class are taken apart and put together. */
export interface NodeType<T extends object> {
  /** Children in a fixed order; `keys` names them in paths; `meta` is what else is needed to build the node again. */
  flatten(node: T): NodeParts;
  unflatten(meta: unknown, children: readonly unknown[], keys: readonly PathEntry[]): T;
  /** Whether two `meta` are the same structure. Default: `Object.is`. */
  sameMeta?(a: unknown, b: unknown): boolean;
}

/** A node taken apart. */
export interface NodeParts {
  readonly keys: readonly PathEntry[];
  readonly children: readonly unknown[];
  readonly meta?: unknown;
}

/** Says which values are leaves besides those that are anyway. */
export interface LeafOptions {
  readonly isLeaf?: ((value: unknown) => boolean) | undefined;
}

/** A tree taken apart: leaves (dict keys in sorted order) with their paths, and how to put them together. */
export interface FlatTree {
  readonly leaves: unknown[];
  readonly paths: PathEntry[][];
  readonly treedef: TreeDef;
}

/**
 * Makes the instances of `type` (and of subclasses that are not registered themselves) nodes of trees.
 * Mirrors `jax.tree_util.register_pytree_with_keys`.
 */
export function registerNode<T extends object>(
  type: abstract new (...args: never[]) => T,
  nodeType: NodeType<T>,
): void {
  registry.set(type.prototype as object, nodeType as unknown as NodeType<object>);
}

/** Leaves, their paths and the structure. `null` and `undefined` are empty trees. */
export function treeFlatten(tree: unknown, options: LeafOptions = {}): FlatTree {
  const leaves: unknown[] = [];
  const paths: PathEntry[][] = [];
  const plan = planOf(tree, [], { leaves, paths, isLeaf: options.isLeaf });
  return { leaves, paths, treedef: new Structure(plan, leaves.length) };
}

/** The inverse of `treeFlatten`. */
export function treeUnflatten<T>(treedef: TreeDef<T>, leaves: readonly unknown[]): T {
  return treedef.unflatten(leaves);
}

/** All leaves, dict keys in sorted order. */
export function treeLeaves(tree: unknown, options?: LeafOptions): unknown[] {
  return treeFlatten(tree, options).leaves;
}

/** The path of every leaf. */
export function treePaths(tree: unknown, options?: LeafOptions): PathEntry[][] {
  return treeFlatten(tree, options).paths;
}

/** The structure alone. */
export function treeStructure(tree: unknown, options?: LeafOptions): TreeDef {
  return treeFlatten(tree, options).treedef;
}

/** The leaves that are tensors. */
export function tensorsOf(tree: unknown): tf.Tensor[] {
  return treeLeaves(tree).filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
}

/** `f` on each leaf and on what stands at the same place of the other trees; keeps the structure of the first. */
export function treeMap(f: (...leaves: never[]) => unknown, tree: unknown, ...rest: readonly unknown[]): unknown {
  return treeMapUntil(undefined, (_path, ...leaves) => (f as (...all: unknown[]) => unknown)(...leaves), [
    tree,
    ...rest,
  ]);
}

/** As `treeMap`, with the leaf's path first. */
export function treeMapWithPath(
  f: (path: readonly PathEntry[], ...leaves: never[]) => unknown,
  tree: unknown,
  ...rest: readonly unknown[]
): unknown {
  return treeMapUntil(undefined, f as (path: readonly PathEntry[], ...leaves: unknown[]) => unknown, [tree, ...rest]);
}

/** As `treeMapWithPath` over a list of trees, where values that `isLeaf` accepts are leaves too. */
export function treeMapUntil(
  isLeaf: ((value: unknown) => boolean) | undefined,
  f: (path: readonly PathEntry[], ...leaves: unknown[]) => unknown,
  trees: readonly unknown[],
): unknown {
  const [first, ...rest] = trees;
  const { leaves, paths, treedef } = treeFlatten(first, { isLeaf });
  const others = rest.map((tree) => flattenUpTo(treedef, tree));
  return treedef.unflatten(leaves.map((leaf, i) => f(paths[i]!, leaf, ...others.map((other) => other[i]))));
}

/**
 * What stands in `tree` at the places of the leaves of `treedef`: leaves, or whole subtrees.
 * Throws with the path where `tree` has another structure.
 */
export function flattenUpTo(treedef: TreeDef, tree: unknown): unknown[] {
  if (!(treedef instanceof Structure))
    throw new Error('Not a tree definition.\nPass what `jax.tree.structure` returned.');
  const out: unknown[] = [];
  match(treedef.plan, tree, { path: [], out });
  return out;
}

/** True when both have the same nodes, keys and number of leaves. */
export function sameStructure(a: TreeDef, b: TreeDef): boolean {
  return a instanceof Structure && b instanceof Structure && samePlan(a.plan, b.plan);
}

/** A path as one would write it: `params.Dense_0.kernel`, `blocks[2].proj`. */
export function pathText(path: readonly PathEntry[], root = ''): string {
  return path.reduce<string>((text, entry) => {
    if (typeof entry === 'number') return `${text}[${entry}]`;
    if (!attributePath.test(entry)) return `${text}[${JSON.stringify(entry)}]`;
    return text === '' ? entry : `${text}.${entry}`;
  }, root);
}

/** A name, or the path by which a node names what it has deeper inside: `blocks[2].kernel`. */
const attributePath = /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*|\[\d+\])*$/u;

type Plan =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'empty'; readonly value: null | undefined }
  | { readonly kind: 'list'; readonly keys: readonly PathEntry[]; readonly items: readonly Plan[] }
  | { readonly kind: 'dict'; readonly keys: readonly PathEntry[]; readonly items: readonly Plan[] }
  | {
      readonly kind: 'node';
      readonly keys: readonly PathEntry[];
      readonly items: readonly Plan[];
      readonly type: NodeType<object>;
      readonly meta: unknown;
    };

interface Sink {
  readonly leaves: unknown[];
  readonly paths: PathEntry[][];
  readonly isLeaf: ((value: unknown) => boolean) | undefined;
}

const registry = new Map<object, NodeType<object>>();

class Structure implements TreeDef {
  constructor(
    readonly plan: Plan,
    readonly numLeaves: number,
  ) {}

  unflatten(leaves: readonly unknown[]): unknown {
    if (leaves.length !== this.numLeaves) {
      throw new Error(
        `jax.tree.unflatten: expected ${this.numLeaves} leaves, got ${leaves.length}.\nPass one leaf for each of ` +
          'the structure.',
      );
    }
    return build(this.plan, leaves[Symbol.iterator]());
  }

  toString(): string {
    return `PyTreeDef(${planText(this.plan)})`;
  }
}

function planOf(tree: unknown, path: PathEntry[], sink: Sink): Plan {
  if (sink.isLeaf?.(tree) === true) return leafPlan(tree, path, sink);
  if (tree === null || tree === undefined) return { kind: 'empty', value: tree };
  const parts = partsOf(tree);
  if (parts === null) return leafPlan(tree, path, sink);
  const items = parts.children.map((child, i) => planOf(child, [...path, parts.keys[i]!], sink));
  if (parts.type === undefined) return { kind: parts.kind, keys: parts.keys, items };
  return { kind: 'node', keys: parts.keys, items, type: parts.type, meta: parts.meta };
}

function leafPlan(leaf: unknown, path: PathEntry[], sink: Sink): Plan {
  sink.leaves.push(leaf);
  sink.paths.push(path);
  return { kind: 'leaf' };
}

type Parts = NodeParts & { readonly kind: 'list' | 'dict'; readonly type?: NodeType<object> };

/** The children of a node, or null for a leaf. */
function partsOf(tree: unknown): Parts | null {
  if (typeof tree !== 'object' || tree === null || tree instanceof tf.Tensor || isKey(tree)) return null;
  if (Array.isArray(tree)) return { kind: 'list', keys: tree.map((_, i) => i), children: tree as unknown[] };
  const type = nodeTypeOf(tree);
  if (type !== undefined) return { kind: 'dict', type, ...type.flatten(tree) };
  const prototype: unknown = Object.getPrototypeOf(tree);
  if (prototype !== null && Object.getPrototypeOf(prototype as object) !== null) return null;
  const keys = Object.keys(tree).sort(byCodePoint);
  return { kind: 'dict', keys, children: keys.map((key) => (tree as Record<string, unknown>)[key]) };
}

/** The registration of the nearest class. */
function nodeTypeOf(value: object): NodeType<object> | undefined {
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null) {
    const type = registry.get(prototype);
    if (type !== undefined) return type;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}

/** Python sorts strings by code point, JavaScript by code unit; they differ only outside the basic plane. */
function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function build(plan: Plan, leaves: Iterator<unknown>): unknown {
  if (plan.kind === 'leaf') return leaves.next().value;
  if (plan.kind === 'empty') return plan.value;
  const children = plan.items.map((item) => build(item, leaves));
  if (plan.kind === 'list') return children;
  if (plan.kind === 'node') return plan.type.unflatten(plan.meta, children, plan.keys);
  return Object.fromEntries(plan.keys.map((key, i) => [key, children[i]]));
}

function match(plan: Plan, tree: unknown, at: { readonly path: readonly PathEntry[]; readonly out: unknown[] }): void {
  if (plan.kind === 'leaf') {
    at.out.push(tree);
    return;
  }
  if (plan.kind === 'empty') {
    if (tree !== null && tree !== undefined) throw mismatch(at.path, planText(plan), tree);
    return;
  }
  const parts = partsOf(tree);
  const kind = parts?.type === undefined ? parts?.kind : 'node';
  if (parts === null || kind !== plan.kind || !sameKeys(plan.keys, parts.keys)) {
    throw mismatch(at.path, planText(plan), tree);
  }
  plan.items.forEach((item, i) => match(item, parts.children[i], { ...at, path: [...at.path, plan.keys[i]!] }));
}

function mismatch(path: readonly PathEntry[], expected: string, got: unknown): Error {
  const place = path.length === 0 ? 'the root' : pathText(path);
  return new Error(
    `Trees at ${place}: expected ${expected}, got ${planText(planOf(got, [], { leaves: [], paths: [], isLeaf: undefined }))}.\n` +
      'Give trees of one structure: the same keys and the same number of items.',
  );
}

function samePlan(a: Plan, b: Plan): boolean {
  if (a.kind === 'leaf' || a.kind === 'empty' || b.kind === 'leaf' || b.kind === 'empty') return a.kind === b.kind;
  if (a.kind !== b.kind || !sameKeys(a.keys, b.keys)) return false;
  if (a.kind === 'node' && b.kind === 'node') {
    const same = a.type.sameMeta ?? Object.is;
    if (a.type !== b.type || !same(a.meta, b.meta)) return false;
  }
  return a.items.every((item, i) => samePlan(item, b.items[i]!));
}

function sameKeys(a: readonly PathEntry[], b: readonly PathEntry[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

function planText(plan: Plan): string {
  if (plan.kind === 'leaf') return '*';
  if (plan.kind === 'empty') return 'null';
  if (plan.kind === 'list') return `[${plan.items.map(planText).join(', ')}]`;
  return `{ ${plan.items.map((item, i) => `${plan.keys[i]}: ${planText(item)}`).join(', ')} }`;
}
