/** Where the variables of a class lie in a checkpoint. */
import { turnCount } from '../ir/name-pattern.js';
import { type Leaf, leafKey, type Style, turnsIn } from './templates.js';

export interface Member {
  /** Its full name in the checkpoint. */
  readonly name: string;
  readonly leaf: Leaf;
  /** Which of the leaf's names it is; 0 where there is one. */
  readonly part: number;
  readonly turns: readonly number[];
}
/** Variables of one instance, or a mirror of its parameters: what an optimizer keeps for each of them. */
export interface Tree {
  readonly prefix: readonly string[];
  /** In Linen: whether names begin with a collection; a mirror and bare `params` have none. */
  readonly collections: boolean;
  readonly members: readonly Member[];
}
export interface Located {
  /** The model's own first; empty where the checkpoint is of another class. */
  readonly trees: readonly Tree[];
  /** Names of tensors that belong to none of them. */
  readonly rest: readonly string[];
}

/** The instances and mirrors in a checkpoint whose tensors have these names, split into parts. */
export function locate(
  names: ReadonlyMap<string, readonly string[]>,
  { leaves, style }: { readonly leaves: readonly Leaf[]; readonly style: Style },
): Located {
  const candidates = [...gather(names, leaves, style).values()].sort(
    (a, b) =>
      b.members.length - a.members.length ||
      a.prefix.length - b.prefix.length ||
      Number(b.collections) - Number(a.collections),
  );
  const main = candidates[0];
  if (main === undefined) return { trees: [], rest: [...names.keys()] };
  const taken = new Set(main.members.map(({ name }) => name));
  const trees: Tree[] = [main];
  for (const each of candidates.slice(1)) {
    // Nothing but a whole copy of the parameters is taken for one: less could be something else of the same name.
    if (each.members.some(({ name }) => taken.has(name)) || parameterKeys(each) !== parameterKeys(main)) continue;
    trees.push(each);
    for (const { name } of each.members) taken.add(name);
  }
  return { trees, rest: [...names.keys()].filter((name) => !taken.has(name)) };
}

/** What a tree lacks though its neighbours are there, or null; modules that are wholly absent may be optional. */
export function gapIn({ members }: Tree, leaves: readonly Leaf[], style: Style): string | null {
  const present = new Set(members.map(keyOf));
  for (const { leaf, turns } of members) {
    for (const other of leaves.filter((each) => isNeighbour(each, leaf, style))) {
      const parts = style === 'linen' ? other.linen.length : 1;
      for (let part = 0; part < parts; part += 1) {
        if (other.optional || present.has(keyOf({ leaf: other, part, turns }))) continue;
        return `${nameOf(other, part, style)}${turns.length > 0 ? ` of turn ${turns.join(', ')}` : ''}`;
      }
    }
    const last = turns.at(-1);
    if (last === undefined || last === 0) continue;
    const before = [...turns.slice(0, -1), last - 1];
    if (!members.some((each) => each.leaf === leaf && each.turns.join() === before.join())) {
      return `${nameOf(leaf, 0, style)} of turn ${before.join(', ')}`;
    }
  }
  return null;
}

/** Modules of the class that the tree has no variable of, as this side names them. */
export function absentFrom({ members }: Tree, leaves: readonly Leaf[], style: Style): readonly string[] {
  const found = new Set(members.map(({ leaf }) => ownerOf(leaf, style)));
  const collections = new Set(members.map(({ leaf }) => leaf.collection));
  const owners = leaves
    .filter((leaf) => collections.has(leaf.collection) && !leaf.optional)
    .map((leaf) => ownerOf(leaf, style));
  return [...new Set(owners)].filter((owner) => !found.has(owner)).sort();
}

type Key = Pick<Member, 'leaf' | 'part' | 'turns'>;

function keyOf({ leaf, part, turns }: Key): string {
  return `${leafKey(leaf)}:${part}:${turns.join()}`;
}

function parameterKeys({ members }: Tree): string {
  return members
    .filter(({ leaf }) => leaf.collection === 'params')
    .map(keyOf)
    .sort()
    .join(' ');
}

function ownerOf(leaf: Leaf, style: Style): string {
  const names = style === 'linen' ? leaf.linen[0]! : leaf.nnx;
  return names.slice(0, -1).join('/');
}

/** Variables of one module, none of them made by a loop of its own. */
function isNeighbour(a: Leaf, b: Leaf, style: Style): boolean {
  if (a === b) return true;
  const isAlike = a.collection === b.collection && ownerOf(a, style) === ownerOf(b, style);
  return (
    isAlike && [a, b].every((leaf) => turnCount((style === 'linen' ? leaf.linen[0]! : leaf.nnx).at(-1) ?? '') === 0)
  );
}

function nameOf(leaf: Leaf, part: number, style: Style): string {
  return style === 'linen' ? [leaf.collection, ...leaf.linen[part]!].join('/') : leaf.nnx.join('/');
}

function gather(
  names: ReadonlyMap<string, readonly string[]>,
  leaves: readonly Leaf[],
  style: Style,
): ReadonlyMap<string, Tree> {
  const trees = new Map<string, { prefix: readonly string[]; collections: boolean; members: Member[] }>();
  const add = (prefix: readonly string[], collections: boolean, member: Member): void => {
    const key = `${collections} ${prefix.join('/')}`;
    const tree = trees.get(key) ?? { prefix, collections, members: [] };
    tree.members.push(member);
    trees.set(key, tree);
  };
  for (const [name, parts] of names) {
    for (let at = 0; at < parts.length; at += 1) {
      const [prefix, below] = [parts.slice(0, at), parts.slice(at)];
      for (const leaf of leaves) {
        if (style === 'nnx') {
          const turns = turnsIn(leaf.nnx, below);
          if (turns !== null) add(prefix, true, { name, leaf, part: 0, turns });
          continue;
        }
        for (const [part, template] of leaf.linen.entries()) {
          const turns = leaf.collection === below[0] ? turnsIn(template, below.slice(1)) : null;
          if (turns !== null) add(prefix, true, { name, leaf, part, turns });
          const bare = leaf.collection === 'params' ? turnsIn(template, below) : null;
          if (bare !== null) add(prefix, false, { name, leaf, part, turns: bare });
        }
      }
    }
  }
  return trees;
}
