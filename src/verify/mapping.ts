/** The manifest asked for one module or one variable of an instance. */
import type { Manifest } from '../ir/manifest.js';
import type { ClassId } from '../ir/project.js';
import { type ExpandedClass, expandManifest, type NnxPath, toNnxModule, toNnxVariable } from '../manifest/paths.js';

export type PathPart = string | number;

export interface MappedVariable {
  readonly path: NnxPath;
  /** Name of the Variable class it must be of. */
  readonly variable: string;
  /** False where axes were moved or stacked: values are then not comparable one to one. */
  readonly plain: boolean;
}

/** Where the manifest sends the Linen module at `path` inside an instance of `root`; null when it does not say. */
export function mapModulePath(manifest: Manifest, root: ClassId, path: readonly string[]): NnxPath | null {
  return toNnxModule(expanded(manifest, root), path);
}

/** Where the manifest sends a Linen variable; null when it does not say. */
export function mapVariable(
  manifest: Manifest,
  root: ClassId,
  { collection, path }: { readonly collection: string; readonly path: readonly string[] },
): MappedVariable | null {
  for (const leaf of expanded(manifest, root).leaves) {
    const found = toNnxVariable({ leaves: [leaf], modules: [] }, collection, path);
    if (found !== null) return { path: found, variable: leaf.variable, plain: leaf.axis.op === 'none' };
  }
  return null;
}

const known = new WeakMap<Manifest, Map<ClassId, ExpandedClass>>();

function expanded(manifest: Manifest, root: ClassId): ExpandedClass {
  const classes = known.get(manifest) ?? new Map<ClassId, ExpandedClass>();
  known.set(manifest, classes);
  const found = classes.get(root) ?? expandManifest(manifest, root);
  classes.set(root, found);
  return found;
}
