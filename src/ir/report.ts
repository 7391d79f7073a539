/** What a run says, for people and machines. `schemas/report.schema.json` is its JSON Schema. */
import type { Confidence } from './sizes.js';
import type { SourcePath } from './source.js';

export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'linen2nnx'; readonly version: string };
  readonly command: string;
  readonly units: readonly UnitReport[];
  readonly files: readonly FileReport[];
  readonly totals: Totals;
  readonly exitCode: ExitCode;
}
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130;
export type UnitStatus = 'converted' | 'bridged' | 'left' | 'unverified';

export interface UnitReport {
  readonly id: string;
  readonly kind: 'module' | 'program';
  readonly files: readonly SourcePath[];
  readonly classes: readonly string[];
  readonly status: UnitStatus;
  readonly findings: readonly FindingReport[];
  readonly sizes: readonly SizeReport[];
  readonly verification: VerificationReport | null;
}
/** A diagnostic with its words filled in; lines and columns from 1. */
export interface FindingReport {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly path: SourcePath;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}
export interface SizeReport {
  readonly class: string;
  readonly site: string;
  readonly expression: string;
  readonly confidence: Confidence;
  readonly chain: readonly string[];
}
export interface FileReport {
  readonly path: SourcePath;
  readonly status: 'changed' | 'unchanged' | 'failed';
  readonly error: string | null;
}
export interface Totals {
  readonly found: number;
  readonly converted: number;
  readonly bridged: number;
  readonly left: number;
  readonly unverified: number;
  /** Outside the paths, classes or shard of the run. */
  readonly skipped: number;
  /** Left units by code. */
  readonly leftByCode: { readonly [code: string]: number };
}

// ------------------------------------------------------------------------------------------------- verification

/** The battery's stages, numbered as in the documentation. */
export type Stage = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;
export type TensorVerdict = 'identical' | 'same-order' | 'close' | 'mismatch' | 'not-compared';

export interface VerificationReport {
  readonly unit: string;
  /** The weakest of the stages that ran; `unverified` when one that must run could not. */
  readonly verdict: TensorVerdict | 'unverified';
  readonly stages: readonly StageReport[];
  readonly seconds: number;
}
export interface StageReport {
  readonly stage: Stage;
  readonly name: string;
  readonly backend: 'cpu' | 'wasm' | 'webgl' | 'webgpu';
  /** What was run: a class, a program. */
  readonly subject: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped or what failed; where it passed, empty or why that shows little. */
  readonly reason: string;
  readonly code: string | null;
  readonly verdict: TensorVerdict;
  readonly worst: WorstDifference | null;
  readonly compared: number;
  /** Relative difference of the old version run twice; null where it was not measured. */
  readonly noise: number | null;
}
export interface WorstDifference {
  readonly path: string;
  readonly index: readonly number[];
  readonly linen: number;
  readonly nnx: number;
  /** max abs difference ÷ max |reference|. */
  readonly relative: number;
}
