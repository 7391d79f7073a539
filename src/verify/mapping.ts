/** The manifest read as a map of concrete paths: of modules and of variables, old to new. */
import type { Manifest, ManifestEntry, ModuleMapping } from '../ir/manifest.js';
import type { ClassId } from '../ir/project.js';
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import { collections } from '../../runtime/catalogue/collections.js';

export type PathPart = string | number;

export interface MappedVariable {
  readonly path: readonly PathPart[];
  /** Name of the Variable class it must be of. */
  readonly variable: string;
  /** False where axes were moved or stacked: values are then not comparable one to one. */
  readonly plain: boolean;
}

/** Where the manifest sends the Linen module at `path` inside an instance of `root`; null when it does not say. */
export function mapModulePath(manifest: Manifest, root: ClassId, path: readonly string[]): readonly PathPart[] | null {
  return follow(manifest, root, path)?.path ?? null;
}

/** Where the manifest sends a Linen variable; null when it does not say. */
export function mapVariable(
  manifest: Manifest,
  root: ClassId,
  leaf: { readonly collection: string; readonly path: readonly string[] },
): MappedVariable | null {
  const at = follow(manifest, root, leaf.path.slice(0, -1));
  if (at === null) return null;
  const name = leaf.path.at(-1) ?? '';
  const layer = /^layer:(.*)$/.exec(at.target)?.[1];
  if (layer === undefined) return ofClass(at, entryOf(manifest, at.target), { ...leaf, name });
  const record = layerByLinenName(layer)?.variables.find(
    (each) => each.collection === leaf.collection && each.linen === name,
  );
  if (record === undefined) return null;
  const variable = variableOf(manifest, leaf.collection);
  return variable === null ? null : { path: [...at.path, record.nnx], variable, plain: at.plain };
}

interface At {
  readonly target: string;
  readonly path: readonly PathPart[];
  readonly plain: boolean;
}

function ofClass(
  at: At,
  entry: ManifestEntry | null,
  leaf: { readonly collection: string; readonly name: string },
): MappedVariable | null {
  for (const each of entry?.variables ?? []) {
    const index = each.collection === leaf.collection ? matchName(each.linen, leaf.name) : null;
    if (index === null) continue;
    const path = [...at.path, ...parsePath(each.nnx, index)];
    return { path, variable: each.variable, plain: at.plain && each.axis.op === 'none' };
  }
  return null;
}

function follow(manifest: Manifest, root: ClassId, path: readonly string[]): At | null {
  let at: At = { target: root, path: [], plain: true };
  for (const name of path) {
    const found = matchModule(entryOf(manifest, at.target)?.modules ?? [], name);
    if (found === null) return null;
    const { module, index } = found;
    at = {
      target: module.target,
      path: [...at.path, ...parsePath(module.nnx, index)],
      plain: at.plain && module.axis.op === 'none',
    };
  }
  return at;
}

function matchModule(
  modules: readonly ModuleMapping[],
  name: string,
): { readonly module: ModuleMapping; readonly index: string } | null {
  for (const module of modules) {
    const index = matchName(module.linen, name);
    if (index !== null) return { module, index };
  }
  return null;
}

/** What stands for `{i}` when `name` fits `pattern`; empty where the pattern has none, null when it does not fit. */
function matchName(pattern: string, name: string): string | null {
  if (!pattern.includes('{i}')) return pattern === name ? '' : null;
  const [before = '', after = ''] = pattern.split('{i}');
  const middle = name.slice(before.length, name.length - after.length);
  return name.startsWith(before) && name.endsWith(after) && /^\d+$/.test(middle) ? middle : null;
}

/** `blocks[{i}].mlp` → `['blocks', 3, 'mlp']`. */
function parsePath(text: string, index: string): PathPart[] {
  const parts = text.replaceAll('{i}', index).match(/[^.[\]]+/g) ?? [];
  return parts.map((each) => (/^\d+$/.test(each) ? Number(each) : each));
}

function entryOf(manifest: Manifest, id: ClassId): ManifestEntry | null {
  return manifest.classes.find((each) => each.class === id) ?? null;
}

function variableOf(manifest: Manifest, collection: string): string | null {
  const builtIn = collections.find((each) => each.collection === collection);
  return builtIn?.variable ?? manifest.collections.find((each) => each.collection === collection)?.variable ?? null;
}
