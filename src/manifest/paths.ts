/** Variables and modules of an instance, from one side to the other. */
import { collections } from '../../runtime/catalogue/collections.js';
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import type { AxisOperation, Manifest, ModuleMapping } from '../ir/manifest.js';
import { hasTurn, nameAt, turnsOf } from '../ir/name-pattern.js';
import type { ClassId } from '../ir/project.js';

/** Names in the Linen tree, attributes and positions in the NNX one. */
export type LinenPath = readonly string[];
export type NnxPath = readonly (string | number)[];

/** A variable of an instance; `{i}` in a name stands for a turn (`{2*i+1}` in Linen), in `nnx` as a part of its own: `blocks`, `{i}`. */
export interface LeafTemplate {
  readonly collection: string;
  readonly linen: LinenPath;
  readonly nnx: readonly string[];
  readonly variable: string;
  readonly axis: AxisOperation;
  readonly initialValue: string | null;
  /** Whether an instance may lack it (an option of its layer). */
  readonly optional: boolean;
}
export interface ModuleTemplate {
  readonly linen: LinenPath;
  readonly nnx: readonly string[];
  /** A class id, or `layer:<Linen name>`. */
  readonly target: string;
}
export interface ExpandedClass {
  readonly leaves: readonly LeafTemplate[];
  /** Itself first (empty paths), parents before children. */
  readonly modules: readonly ModuleTemplate[];
}

/**
 * All variables and modules below an instance of a class (or of `layer:<Linen name>`), by the project's entries. A class
 * without an entry has none. Throws for a class that contains itself: that is our own bug.
 */
export function expandManifest(manifest: Manifest, target: ClassId): ExpandedClass {
  const leaves: LeafTemplate[] = [];
  const modules: ModuleTemplate[] = [];
  const visit = (module: ModuleTemplate, above: readonly string[]): void => {
    if (above.includes(module.target))
      throw new Error(`linen2nnx bug: ${module.target} contains itself in the manifest.`);
    modules.push(module);
    leaves.push(...leavesOf(manifest, module));
    for (const each of childrenOf(manifest, module.target)) {
      const child = {
        linen: [...module.linen, each.linen],
        nnx: [...module.nnx, ...partsOf(each.nnx)],
        target: each.target,
      };
      visit(child, [...above, module.target]);
    }
  };
  visit({ linen: [], nnx: [], target }, []);
  return { leaves, modules };
}

/** The attribute path of a Linen variable; null where the class has none of that name. */
export function toNnxVariable(expanded: ExpandedClass, collection: string, path: LinenPath): NnxPath | null {
  for (const leaf of expanded.leaves) {
    if (leaf.collection !== collection) continue;
    const numbers = match(leaf.linen, path);
    if (numbers !== null) return fill(leaf.nnx, numbers);
  }
  return null;
}

/** The collection and Linen path of an NNX variable; null where it is none of the class's. */
export function toLinenVariable(
  expanded: ExpandedClass,
  path: NnxPath,
): { readonly collection: string; readonly path: LinenPath } | null {
  for (const leaf of expanded.leaves) {
    const numbers = match(leaf.nnx, path.map(String));
    if (numbers !== null) return { collection: leaf.collection, path: fill(leaf.linen, numbers).map(String) };
  }
  return null;
}

/** The attribute path of a Linen module path, the instance itself being `[]`. */
export function toNnxModule(expanded: ExpandedClass, path: LinenPath): NnxPath | null {
  for (const each of expanded.modules) {
    const numbers = match(each.linen, path);
    if (numbers !== null) return fill(each.nnx, numbers);
  }
  return null;
}

export function toLinenModule(expanded: ExpandedClass, path: NnxPath): LinenPath | null {
  for (const each of expanded.modules) {
    const numbers = match(each.nnx, path.map(String));
    if (numbers !== null) return fill(each.linen, numbers).map(String);
  }
  return null;
}

// ------------------------------------------------------------------------------------------------------ entries

function childrenOf(manifest: Manifest, target: string): readonly ModuleMapping[] {
  return manifest.classes.find((each) => each.class === target)?.modules ?? [];
}

function leavesOf(manifest: Manifest, { linen, nnx, target }: ModuleTemplate): readonly LeafTemplate[] {
  const layer = target.startsWith('layer:') ? layerByLinenName(target.slice('layer:'.length)) : undefined;
  if (layer !== undefined) {
    return layer.variables.map((each) => ({
      collection: each.collection,
      linen: [...linen, ...each.linen.split('/')],
      nnx: [...nnx, ...partsOf(each.nnx)],
      variable: collections.find(({ collection }) => collection === each.collection)?.variable ?? 'Variable',
      axis: each.parts === undefined ? { op: 'none' } : { op: 'concat', axis: -1, parts: each.parts },
      initialValue: null,
      optional: each.unless !== null,
    }));
  }
  const variables = manifest.classes.find((each) => each.class === target)?.variables ?? [];
  return variables.map((each) => ({
    collection: each.collection,
    linen: [...linen, each.linen],
    nnx: [...nnx, ...partsOf(each.nnx)],
    variable: each.variable,
    axis: each.axis,
    initialValue: each.initialValue,
    optional: false,
  }));
}

/** `blocks[{i}].proj` → `blocks`, `{i}`, `proj`. */
function partsOf(attribute: string): readonly string[] {
  return attribute.split(/\.|\[|\]\.?/).filter((each) => each !== '');
}

// -------------------------------------------------------------------------------------------------------- names

/** The turns of all loops, in order; null where the path is another. */
function match(template: readonly string[], path: readonly string[]): readonly number[] | null {
  if (template.length !== path.length) return null;
  const turns: number[] = [];
  for (const [index, part] of template.entries()) {
    const found = turnsOf(part, path[index] ?? '');
    if (found === null) return null;
    turns.push(...found);
  }
  return turns;
}

function fill(template: readonly string[], turns: readonly number[]): NnxPath {
  const left = [...turns];
  return template.map((part) => {
    if (part === '{i}') return left.shift() ?? 0;
    return hasTurn(part) ? nameAt(part, left) : part;
  });
}
