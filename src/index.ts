/** `linen2nnx`: the codemod as functions. */
import type { Config } from './config.js';
import { convertProject } from './pipeline.js';
import { defaultRunOptions, type OnProgress, type RunOptions, type RunOutcome } from './pipeline/options.js';

export type { Config } from './config.js';
export type { FileChange } from './ir/edit.js';
export type { Manifest } from './ir/manifest.js';
export type { Report } from './ir/report.js';
export { RunError } from './pipeline/options.js';
export type { OnProgress, Phase, Progress, RunOptions, RunOutcome } from './pipeline/options.js';

export interface MigrateOptions extends Partial<RunOptions> {
  /** Folder of the project; its tsconfig decides which files belong to it. */
  readonly root: string;
}

/** Analyses, converts, verifies and, unless `write` is false, writes. Throws `RunError` for a mistake of the caller's. */
export function migrate(
  { root, ...options }: MigrateOptions,
  onProgress: OnProgress = () => undefined,
): Promise<RunOutcome> {
  return convertProject(root, { ...defaultRunOptions, ...options }, onProgress);
}

/** What `migrate` would do, without verification and without writing. */
export function plan(options: MigrateOptions, onProgress?: OnProgress): Promise<RunOutcome> {
  return migrate({ ...options, verify: 'off', write: false }, onProgress);
}

/** Types a `linen2nnx.config.ts` or `.js`; returns its argument. */
export function defineConfig(config: Config): Config {
  return config;
}
