/** `linen2nnx.manifest.json`: how each variable of the old program is called in the new one. */
import type { ClassId } from './project.js';
import type { SourcePath } from './source.js';

export interface Manifest {
  readonly schemaVersion: 1;
  /** Sorted by class. */
  readonly classes: readonly ManifestEntry[];
  /** Custom collections and the `Variable` subclass of each. */
  readonly collections: readonly {
    readonly collection: string;
    readonly variable: string;
    readonly source: SourcePath;
  }[];
}

/** One converted class. Paths of leaves are relative to an instance of it. */
export interface ManifestEntry {
  readonly class: ClassId;
  readonly linen: SourceVersion;
  readonly nnx: SourceVersion;
  /** New leading constructor arguments. */
  readonly newArguments: readonly string[];
  /** Direct submodules, old name ⇄ attribute path. */
  readonly modules: readonly ModuleMapping[];
  /** Variables this class itself creates. Those of catalogue layers and other classes follow from `modules`. */
  readonly variables: readonly VariableMapping[];
  /** Streams it draws from, and where. */
  readonly streams: readonly string[];
}
export interface SourceVersion {
  readonly source: SourcePath;
  readonly blob: string;
}
export interface ModuleMapping {
  /** Name in the Linen scope: `Dense_0`. `{i}`, `{i+1}`, `{2*i+1}` stand for a turn of a loop. */
  readonly linen: string;
  /** Attribute path: `linear`, `blocks[{i}]`. */
  readonly nnx: string;
  /** A class id, or `layer:<Linen name>`. */
  readonly target: string;
  readonly axis: AxisOperation;
  /** Names under one group are one module (shared, tied). */
  readonly sharing: string | null;
}
export interface VariableMapping {
  readonly collection: string;
  readonly linen: string;
  /** Attribute. */
  readonly nnx: string;
  /** `Param`, `BatchStat`, … or a subclass declared in the project. */
  readonly variable: string;
  readonly axis: AxisOperation;
  /** Why the initial values differ (`init` runs the body once), or null. */
  readonly initialValue: string | null;
}
export type AxisOperation =
  | { readonly op: 'none' }
  | { readonly op: 'stack' | 'unstack'; readonly axis: number }
  | { readonly op: 'move'; readonly from: number; readonly to: number }
  | { readonly op: 'concat'; readonly axis: number; readonly parts: readonly string[] };
