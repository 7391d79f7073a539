/** `linen2nnx verify <paths…>`: does the program still compute what it did before its conversion? */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { readSettings } from '../config.js';
import type { Stage } from '../ir/report.js';
import { verifyProject } from '../pipeline/verify-project.js';
import { formatReport } from '../report/formats.js';
import { formatOf } from './convert.js';
import type { ConvertFlags } from './convert-flags.js';
import { hasColor, progressOn } from './progress.js';
import { runOptions } from './run-options.js';

export interface VerifyFlags extends ConvertFlags {
  readonly stages?: readonly Stage[];
  /** Only what differs from the last commit. */
  readonly changed?: boolean;
}

/** Runs the battery, says what it found, and returns the exit code: 0 verified, 1 something is unverified, 3 differs. */
export async function verify(paths: readonly string[], flags: VerifyFlags): Promise<number> {
  const root = process.cwd();
  const since = flags.changed === true ? { since: 'HEAD' } : {};
  const options = runOptions(root, { paths, flags: { ...flags, ...since }, settings: await readSettings(root) });
  const progress = progressOn(process.stderr, { quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const asked = { ...options, stages: flags.stages ?? null };
  const report = await verifyProject(root, asked, progress.onProgress).finally(progress.end);
  const color = flags.output === undefined && hasColor(process.stdout);
  const text = formatReport(report, formatOf(flags), { color, verbose: flags.verbose ?? false, textOf: () => null });
  if (flags.output === undefined) process.stdout.write(text);
  else writeFileSync(resolve(flags.output), text);
  return report.exitCode;
}
