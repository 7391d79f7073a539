/** What the conversion of a class decided, for everything outside the class that must follow. */
import type { ManifestEntry } from './manifest.js';
import type { ClassId, ConversionUnit, ProjectModel } from './project.js';
import type { SizePlan } from './sizes.js';

export interface RewriteContext {
  readonly model: ProjectModel;
  readonly sizes: SizePlan;
  readonly style: 'guide' | 'checkpoint';
  /** `drop`: a dropout key that only served the module goes · `reseed`: the step starts with `nnx.reseed`. */
  readonly keys: 'drop' | 'reseed';
  readonly units: readonly ConversionUnit[];
}

export interface ModulePlan {
  readonly class: ClassId;
  /** New constructor: sizes first, then the fields that stay, in their old order; `{ rngs }` follows when needed. */
  readonly parameters: readonly PlannedParameter[];
  readonly needsRngs: boolean;
  readonly methods: { readonly [name: string]: MethodPlan };
  /** A constructor value whose only use was the mode (`readonly training: boolean`): `parameter` is its old position. */
  readonly constructorMode: ModeFlag | null;
  /** Mode options of the class and everything below it: `deterministic`, `useRunningAverage`. */
  readonly modes: readonly string[];
  /** Streams drawn when it runs, itself and below: `dropout`. */
  readonly streams: readonly string[];
  /** Collections written when it runs, itself and below: `batch_stats`, `counter`. */
  readonly collections: readonly string[];
  /** Custom collections and the Variable class that stands for each. */
  readonly customVariables: readonly {
    readonly collection: string;
    readonly variable: string;
    readonly source: string;
  }[];
  /** Collections of its own and of what it builds that are not there until `initCache` has run. */
  readonly madeLater: readonly string[];
  /** The method that makes them, with the parameter of `call` whose shape it is given (null for none); null without one. */
  readonly initCache: { readonly parameter: number | null } | null;
  readonly manifest: ManifestEntry;
}
export type PlannedParameter =
  | { readonly from: 'size'; readonly name: string; readonly index: number }
  | { readonly from: 'field'; readonly name: string; readonly position: number };

export interface MethodPlan {
  /** For each Linen parameter: its position now, or null when it went. */
  readonly positions: readonly (number | null)[];
  readonly mode: ModeFlag | null;
}
/** A parameter whose only use was to choose layer modes. */
export interface ModeFlag {
  readonly parameter: number;
  /** Key in an options object; null for a plain boolean. */
  readonly key: string | null;
  /** The value that means training. */
  readonly training: boolean;
  /** Value when left out; null when required. */
  readonly initial: boolean | null;
  /** It has another use as well and is still passed (`positions` keeps it); the caller sets the mode besides. */
  readonly stays: boolean;
}
