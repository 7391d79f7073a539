/** Edits are data: rewriters make them, `src/edit` alone applies them, once per file. */
import type { IdiomName } from '../../runtime/catalogue/idioms.js';
import type { Diagnostic } from './diagnostic.js';
import type { ManifestEntry } from './manifest.js';
import type { ModulePlan } from './module-plan.js';
import type { ProgramPlan } from './program.js';
import type { SourcePath } from './source.js';
import type { ClassId } from './project.js';

/** Replaces `[start, end)` of the original text. Edits of one file must not overlap. */
export interface Edit {
  readonly path: SourcePath;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Catalogue name of the idiom that made it. */
  readonly idiom: IdiomName;
}

/** Names a file's new text needs; which old imports go is found from what is still used. */
export interface ImportNeed {
  readonly path: SourcePath;
  readonly module: string;
  /** `*` for the namespace. */
  readonly imported: string;
  readonly local: string;
  readonly typeOnly: boolean;
}

export type UnitRewrite = ConvertedUnit | LeftUnit;
export interface ConvertedUnit {
  readonly status: 'converted';
  readonly unit: string;
  readonly edits: readonly Edit[];
  readonly imports: readonly ImportNeed[];
  readonly manifest: readonly ManifestEntry[];
  /** One for each class, in the unit's order: how the verifier constructs and calls both versions. */
  readonly modules: readonly ModulePlan[];
  /** Module paths of both sides, for keys and activations. */
  readonly programs: readonly ProgramPlan[];
  /** What the person should know (6xx). */
  readonly notes: readonly Diagnostic[];
}
export interface LeftUnit {
  readonly status: 'left';
  readonly unit: string;
  /** Why, the decisive one first. */
  readonly refusals: readonly Diagnostic[];
  /** Where the marker comment goes: the class or statement. */
  readonly markers: readonly {
    readonly path: SourcePath;
    readonly at: number;
    readonly code: string;
    readonly class: ClassId | null;
  }[];
}

/** A file before and after. Text is without BOM; layout is put back at the write. */
export interface FileChange {
  readonly path: SourcePath;
  readonly before: string;
  readonly after: string;
  readonly units: readonly string[];
  /** Whether the file begins with a byte order mark, which neither text has. */
  readonly bom?: boolean;
}
