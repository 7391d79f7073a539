/** What a run is asked to do, and what it tells while it runs. */
import type { Manifest } from '../ir/manifest.js';
import type { FileChange } from '../ir/edit.js';
import type { Report } from '../ir/report.js';
import type { Confidence } from '../ir/sizes.js';

export interface RunOptions {
  /** Paths to convert, relative to the root; empty means the whole project. */
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Only these files may be written, of those inside the paths; null means all of them. */
  readonly only: readonly string[] | null;
  /** Only the units of these classes (`Name` or `path#Name`); empty means all. */
  readonly classes: readonly string[];
  /** One of `count` parts of the units, `index` from 1; null means all. */
  readonly shard: { readonly index: number; readonly count: number } | null;
  /** A tsconfig other than the root's. */
  readonly project: string | null;
  readonly style: 'guide' | 'checkpoint';
  readonly keys: 'drop' | 'reseed';
  /** Units with a size that is less certain are left. */
  readonly minConfidence: Confidence;
  readonly verify: 'auto' | 'off' | 'strict';
  readonly backends: readonly ('cpu' | 'wasm')[];
  readonly seed: number;
  readonly format: boolean;
  /** False: analyse and say, change nothing. */
  readonly write: boolean;
  /** Write the changed files below this folder, relative to the root, and leave the project as it is. */
  readonly outDir: string | null;
  /** Text that stands for a file's text on disk. */
  readonly overlay: { readonly path: string; readonly text: string } | null;
  readonly allowDirty: boolean;
  readonly allowNoVcs: boolean;
  /** Import specifiers of other Linen-like runtimes. */
  readonly aliases: { readonly [specifier: string]: string };
}

export const defaultRunOptions: RunOptions = {
  paths: [],
  include: [],
  exclude: [],
  only: null,
  classes: [],
  shard: null,
  project: null,
  style: 'guide',
  keys: 'drop',
  minConfidence: 'hint',
  verify: 'auto',
  backends: ['cpu', 'wasm'],
  seed: 0,
  format: true,
  write: true,
  outDir: null,
  overlay: null,
  allowDirty: false,
  allowNoVcs: false,
  aliases: {},
};

export type Phase = 'read' | 'analyse' | 'size' | 'rewrite' | 'format' | 'check' | 'verify' | 'write';
/** One step of progress; `total` is 0 where it is not known. */
export interface Progress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
  readonly text: string;
}
export type OnProgress = (progress: Progress) => void;

export interface RunOutcome {
  readonly report: Report;
  /** The classes of each unit, those that others build first. */
  readonly leafFirst: { readonly [unit: string]: readonly string[] };
  /** Edits of the run, written or not; the manifest included. */
  readonly changes: readonly FileChange[];
  readonly manifest: Manifest;
  readonly written: boolean;
  /** Name of the run in the journal; empty when nothing was written. */
  readonly run: string;
  /** Things to say besides the report. */
  readonly notes: readonly string[];
}

/** A mistake of the user's: said without a stack, with its exit code. */
export class RunError extends Error {
  constructor(
    message: string,
    readonly exitCode: 2 | 4,
  ) {
    super(message);
    this.name = 'RunError';
  }
}
