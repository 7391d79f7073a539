/** What verification is asked to do. */
import type { Manifest, ManifestEntry } from '../ir/manifest.js';
import type { ModulePlan } from '../ir/module-plan.js';
import type { ProgramPlan } from '../ir/program.js';
import type { ClassId, ProjectModel } from '../ir/project.js';
import type { Stage, StageReport } from '../ir/report.js';
import type { TraceRun } from '../ir/trace.js';
import type { SourceModel, SourcePath } from '../ir/source.js';

export type VerifyBackend = 'cpu' | 'wasm';

export interface VerifyRequest {
  /** Absolute folder of the project. */
  readonly root: string;
  /** Texts of the changed files, old and new. All other files are read from disk, the same for both versions. */
  readonly before: { readonly [path: SourcePath]: string };
  readonly after: { readonly [path: SourcePath]: string };
  /** The old program. */
  readonly linen: ProjectModel;
  /** The new texts of the changed files, read. */
  readonly nnx: { readonly [path: SourcePath]: SourceModel };
  /** Entries of all converted classes, those of earlier runs included. */
  readonly manifest: Manifest;
  readonly units: readonly VerifiedUnit[];
  readonly options?: Partial<VerifyOptions>;
}

/** A converted unit. `ConvertedUnit` of the rewriter with its classes has all of it. */
export interface VerifiedUnit {
  readonly id: string;
  readonly classes: readonly ClassId[];
  readonly manifest: readonly ManifestEntry[];
  readonly modules: readonly ModulePlan[];
  readonly programs: readonly ProgramPlan[];
}

export interface VerifyOptions {
  readonly backends: readonly VerifyBackend[];
  /** Of weights, inputs and keys. Same seed, same report. */
  readonly seed: number;
  /** Stages to run; the others are listed as skipped. */
  readonly stages: readonly Stage[];
  /** Optimizer steps of stage 7. */
  readonly steps: number;
  /** Wall time for one unit. */
  readonly seconds: number;
  /** Resident memory of the child process. */
  readonly megabytes: number;
}

export const defaultOptions: VerifyOptions = {
  backends: ['cpu', 'wasm'],
  seed: 0,
  stages: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  steps: 5,
  seconds: 120,
  megabytes: 2048,
};

/** Progress: a unit starts, a stage of it is known, the unit is done. */
export type VerifyProgress =
  | { readonly event: 'unit'; readonly unit: string; readonly index: number; readonly total: number }
  | { readonly event: 'stage'; readonly unit: string; readonly stage: StageReport }
  /** What the old program's layers and classes were fed in runs on shapes. */
  | { readonly event: 'traced'; readonly unit: string; readonly runs: readonly TraceRun[] }
  | { readonly event: 'done'; readonly unit: string; readonly seconds: number };
