/** `linen2nnx <paths…>` and `plan`. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { readSettings } from '../config.js';
import type { Report } from '../ir/report.js';
import { convertProject } from '../pipeline.js';
import { defaultRunOptions, type RunOptions, type RunOutcome } from '../pipeline/options.js';
import { diffText } from '../report/diff.js';
import { reportText } from '../report/text.js';
import { hasColor, progressOn } from './progress.js';

export interface ConvertFlags {
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly allowDirty?: boolean;
  readonly allowNoVcs?: boolean;
  readonly project?: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly style?: RunOptions['style'];
  readonly keys?: RunOptions['keys'];
  readonly verify?: RunOptions['verify'];
  readonly backend?: ('cpu' | 'wasm')[];
  readonly seed?: number;
  /** `false` for `--no-format`, else the form of the report. */
  readonly format?: false | 'text' | 'json';
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly version?: boolean;
}

/** Runs, says, and returns the exit code. */
export async function convert(paths: readonly string[], flags: ConvertFlags): Promise<number> {
  if (flags.version === true) {
    const { toolVersion } = await import('../pipeline/report-run.js');
    process.stdout.write(`${toolVersion()}\n`);
    return 0;
  }
  const root = process.cwd();
  const options = runOptions(paths, flags, await readSettings(root));
  const progress = progressOn(process.stderr, { quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const outcome = await convertProject(root, options, progress.onProgress).finally(progress.end);
  if (flags.diff === true) process.stdout.write(diffText(outcome.changes, { color: hasColor(process.stdout) }));
  say(outcome, flags);
  return outcome.report.exitCode;
}

function runOptions(paths: readonly string[], flags: ConvertFlags, settings: Partial<RunOptions>): RunOptions {
  const given: { -readonly [K in keyof RunOptions]?: RunOptions[K] | undefined } = {
    paths,
    include: flags.include,
    exclude: flags.exclude,
    project: flags.project,
    style: flags.style,
    keys: flags.keys,
    verify: flags.verify,
    backends: flags.backend,
    seed: flags.seed,
    format: flags.format === false ? false : undefined,
    write: flags.dryRun !== true && flags.diff !== true,
    allowDirty: flags.allowDirty,
    allowNoVcs: flags.allowNoVcs,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaultRunOptions, ...settings, ...set };
}

/** The report goes to stdout, or to stderr where stdout carries the diff; or to a file. */
function say(outcome: RunOutcome, flags: ConvertFlags): void {
  const target = flags.diff === true ? process.stderr : process.stdout;
  const color = flags.output === undefined && hasColor(target);
  const text =
    flags.format === 'json' ? `${JSON.stringify(outcome.report, null, 2)}\n` : humanText(outcome, flags, color);
  if (flags.output !== undefined) writeFileSync(flags.output, text);
  else target.write(text);
  if (flags.quiet === true) return;
  for (const note of outcome.notes) process.stderr.write(`note: ${note}\n`);
  const next = nextCommand(outcome, flags);
  if (next !== null) process.stderr.write(`next: ${next}\n`);
}

function humanText({ report, changes }: RunOutcome, flags: ConvertFlags, color: boolean): string {
  const before = new Map(changes.map((change) => [change.path, change.before]));
  const textOf = (path: string) => before.get(path) ?? null;
  return reportText(report, { color, verbose: flags.verbose ?? false, textOf });
}

function nextCommand({ report, written, changes }: RunOutcome, flags: ConvertFlags): string | null {
  const firstLeft = leftCode(report);
  if (flags.dryRun === true || flags.diff === true)
    return changes.length > 0 ? 'run the same command without --dry-run or --diff to write' : explainCommand(firstLeft);
  if (firstLeft !== null) return explainCommand(firstLeft);
  return written ? 'look at the changes with `git diff`, then run your tests' : null;
}

function leftCode(report: Report): string | null {
  return report.units.find((unit) => unit.status === 'left')?.findings[0]?.code ?? null;
}

function explainCommand(code: string | null): string | null {
  return code === null ? null : `linen2nnx explain ${code}`;
}
