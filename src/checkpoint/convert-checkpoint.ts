/** A checkpoint of one side as one of the other: names and axes through the manifest, every byte of a value kept. */
import { joined, moved, split, stacked, unstacked } from '../../runtime/checkpoint/axes.js';
import type { Checkpoint, StoredTensor } from '../../runtime/checkpoint/stored-tensor.js';
import type { Manifest } from '../ir/manifest.js';
import { type Found, findClass, partsOf } from './find-class.js';
import { CheckpointError } from './problem.js';
import { type Leaf, leafKey, namesAt, type Style } from './templates.js';
import { absentFrom, gapIn, type Member, type Tree } from './trees.js';

export interface ConversionOptions {
  readonly manifest: Manifest;
  /** `Name` or `path#Name`; null to find the one class that the names fit. */
  readonly class: string | null;
  /** The side to convert to; null for the other one. */
  readonly to: Style | null;
  /** What becomes of tensors that stand among the model's and that the manifest does not name. */
  readonly rest: 'refuse' | 'keep' | 'drop';
}

export interface ConvertedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly class: string;
  readonly from: Style;
  /** Old and new names, the old ones of a joined tensor together. */
  readonly renamed: readonly { readonly from: readonly string[]; readonly to: readonly string[] }[];
  /** Tensors that go along under their own names, such as an optimizer's counts. */
  readonly kept: readonly string[];
  readonly dropped: readonly string[];
  /** Modules of the class that the checkpoint has nothing of. */
  readonly absent: readonly string[];
}

/** The note that a converted file carries where its format has notes. */
export const ownNote = 'linen2nnx';

/** Throws `CheckpointError` where something would be lost, is missing, or can be read in two ways. */
export function convertCheckpoint(checkpoint: Checkpoint, options: ConversionOptions): ConvertedCheckpoint {
  const found = findClass(checkpoint, options);
  const { style: from, trees, leaves } = found;
  for (const tree of trees) {
    const gap = gapIn(tree, leaves, from);
    if (gap === null) continue;
    throw new CheckpointError(
      `expected ${at(tree, gap)} beside its neighbours, got none.\nThe checkpoint is not whole, or of another version of ${found.class}.`,
    );
  }
  const stray = found.rest.filter((name) => isAmong(name, found) || !isBeside(name, { checkpoint, found }));
  if (stray.length > 0 && options.rest === 'refuse') {
    throw new CheckpointError(
      `expected a place in the manifest for every tensor of ${found.class}, got none for ${listed(stray)}.\n` +
        'Convert the class that has them, or say what becomes of them: --rest keep or --rest drop.',
    );
  }
  const separator = partsOf([...checkpoint.tensors.keys()]).separator;
  const naming: Naming = { from, separator, bare: bareTrees(checkpoint) };
  const tensors = new Map<string, StoredTensor>();
  const renamed: { from: readonly string[]; to: readonly string[] }[] = [];
  for (const tree of trees) {
    for (const group of groups(tree, from)) {
      const made = convertGroup(checkpoint, { group, tree, naming, isMain: tree === trees[0] });
      renamed.push({ from: group.map(({ name }) => name), to: made.map(([name]) => name) });
      for (const [name, tensor] of made) put(tensors, name, tensor);
    }
  }
  const dropped = options.rest === 'drop' ? stray : [];
  const kept = found.rest.filter((name) => !dropped.includes(name));
  for (const name of kept) put(tensors, name, checkpoint.tensors.get(name)!);
  const { [ownNote]: _, ...metadata } = checkpoint.metadata;
  return {
    checkpoint: { tensors, values: checkpoint.values, metadata: { ...metadata, [ownNote]: note(found) } },
    class: found.class,
    from,
    renamed,
    kept,
    dropped,
    absent: absentFrom(trees[0]!, leaves, from),
  };
}

interface Naming {
  readonly from: Style;
  readonly separator: string;
  readonly bare: readonly string[];
}

/** The members that make up one tensor of the other side, in order. */
function groups(tree: Tree, from: Style): readonly (readonly Member[])[] {
  const found = new Map<string, Member[]>();
  for (const member of tree.members) {
    const isOne = isStacking(member.leaf, from);
    const turns = isOne ? member.turns.slice(0, -1) : member.turns;
    const key = `${leafKey(member.leaf)}:${turns.join()}`;
    found.set(key, [...(found.get(key) ?? []), member]);
  }
  return [...found.values()].map((group) =>
    [...group].sort((a, b) => a.part - b.part || (a.turns.at(-1) ?? 0) - (b.turns.at(-1) ?? 0)),
  );
}

/** Whether the turns of a loop are single tensors on this side and one on the other. */
function isStacking({ axis }: Leaf, from: Style): boolean {
  return axis.op === (from === 'linen' ? 'stack' : 'unstack');
}

function convertGroup(
  checkpoint: Checkpoint,
  { group, tree, naming, isMain }: { group: readonly Member[]; tree: Tree; naming: Naming; isMain: boolean },
): readonly (readonly [string, StoredTensor])[] {
  const { leaf, turns } = group[0]!;
  const { axis } = leaf;
  const given = group.map(({ name }) => checkpoint.tensors.get(name)!);
  const toNnx = naming.from === 'linen';
  const name = (part: number, more: readonly number[]) => newName({ leaf, part, turns: more, tree, naming, isMain });
  try {
    if (axis.op === 'none') return [[name(0, turns), given[0]!]];
    if (axis.op === 'move') {
      return [[name(0, turns), toNnx ? moved(given[0]!, axis.from, axis.to) : moved(given[0]!, axis.to, axis.from)]];
    }
    if (axis.op === 'concat') {
      if (toNnx) return [[name(0, turns), joined(given, axis.axis)]];
      return split(given[0]!, axis.axis, leaf.linen.length).map((each, part) => [name(part, turns), each] as const);
    }
    if (isStacking(leaf, naming.from)) return [[name(0, turns.slice(0, -1)), stacked(given, axis.axis)]];
    return unstacked(given[0]!, axis.axis).map((each, turn) => [name(0, [...turns, turn]), each] as const);
  } catch (error) {
    throw new CheckpointError(`${group.map((each) => each.name).join(', ')}: ${(error as Error).message}`);
  }
}

function newName({
  leaf,
  part,
  turns,
  tree,
  naming,
  isMain,
}: {
  readonly leaf: Leaf;
  readonly part: number;
  readonly turns: readonly number[];
  readonly tree: Tree;
  readonly naming: Naming;
  readonly isMain: boolean;
}): string {
  if (naming.from === 'linen') return [...tree.prefix, ...namesAt(leaf.nnx, turns)].join(naming.separator);
  // A mirror of the parameters has no collection of its own, nor has what came without one.
  const isVariables = isMain || tree.members.some((each) => each.leaf.collection !== 'params');
  const isBare = !isVariables || naming.bare.includes(tree.prefix.join('/'));
  const collection = isBare ? [] : [leaf.collection];
  return [...tree.prefix, ...collection, ...namesAt(leaf.linen[part]!, turns)].join(naming.separator);
}

function put(tensors: Map<string, StoredTensor>, name: string, tensor: StoredTensor): void {
  if (tensors.has(name)) throw new CheckpointError(`expected one tensor named ${name}, got two.\nRename one of them.`);
  tensors.set(name, tensor);
}

/** Whether a tensor stands where the class has its own: below a collection, or below an attribute of it. */
function isAmong(name: string, { trees, parts }: Found): boolean {
  const names = parts.get(name)!;
  return trees.some(({ prefix, members }) => {
    const tops = new Set(members.map((each) => parts.get(each.name)![prefix.length]));
    return (
      names.length > prefix.length && prefix.every((part, i) => part === names[i]) && tops.has(names[prefix.length])
    );
  });
}

/** Whether a tensor that the class does not have may be another's: a count, a neighbour of a mirror, outside the model's place. */
function isBeside(name: string, { checkpoint, found }: { checkpoint: Checkpoint; found: Found }): boolean {
  const [main, ...mirrors] = found.trees;
  const { dtype, shape } = checkpoint.tensors.get(name)!;
  if (shape.length === 0 && /^[IU]/.test(dtype)) return true;
  const names = found.parts.get(name)!;
  const depth = main!.prefix.length;
  if (!main!.prefix.every((part, i) => part === names[i])) return true;
  return mirrors.some(({ prefix }) => prefix.slice(0, depth + 1).every((part, i) => part === names[i]));
}

/** What the way back has to know: the class, the side, and which trees had no collection. */
function note({ class: name, style, trees }: Found): string {
  const bare = trees.filter(({ collections }) => !collections).map(({ prefix }) => prefix.join('/'));
  return JSON.stringify({
    class: name,
    style: style === 'linen' ? 'nnx' : 'linen',
    ...(style === 'linen' ? { bare } : {}),
  });
}

function bareTrees({ metadata }: Checkpoint): readonly string[] {
  try {
    const read = JSON.parse(metadata[ownNote] ?? '{}') as { readonly bare?: unknown };
    return Array.isArray(read.bare) ? read.bare.map(String) : [];
  } catch {
    return [];
  }
}

function at({ prefix }: Tree, name: string): string {
  return prefix.length === 0 ? name : `${name} below ${prefix.join('/')}`;
}

/** The first few of many names. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length <= 5 ? shown : `${shown} and ${names.length - 5} more`;
}
