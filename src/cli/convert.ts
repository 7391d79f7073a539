/** `linen2nnx <paths…>`. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { readSettings } from '../config.js';
import type { Report } from '../ir/report.js';
import { convertProject } from '../pipeline.js';
import { closest } from '../pipeline/closest.js';
import { RunError, type RunOptions, type RunOutcome } from '../pipeline/options.js';
import { diffText } from '../report/diff.js';
import { type Format, formatReport } from '../report/formats.js';
import { leastColumns, sideBySide } from '../report/side-by-side.js';
import { hasColor, progressOn } from './progress.js';
import type { ConvertFlags } from './convert-flags.js';
import { runOptions } from './run-options.js';

/** Runs, says, and returns the exit code. */
export async function convert(
  paths: readonly string[],
  flags: ConvertFlags,
  { commands }: { readonly commands: readonly string[] },
): Promise<number> {
  if (flags.version === true) {
    const { toolVersion } = await import('../pipeline/report-run.js');
    process.stdout.write(`${toolVersion()}\n`);
    return 0;
  }
  refuseSlip(paths[0], commands);
  const chosen = flags.interactive === true ? await chosenFlags(paths, flags) : flags;
  if (chosen === null) return 1;
  const { outcome, overlay } = await runConversion(paths, chosen);
  if (flags.diff === true) process.stdout.write(diffFor(outcome));
  if (overlay !== null) process.stdout.write(convertedText(outcome, overlay));
  say(outcome, flags);
  return outcome.report.exitCode;
}

/** The flags with only the classes that the user said yes to; null where that is none. */
async function chosenFlags(paths: readonly string[], flags: ConvertFlags): Promise<ConvertFlags | null> {
  const { chooseUnits, terminal } = await import('./interactive.js');
  const dialogue = terminal();
  try {
    const { outcome } = await runConversion(paths, { ...flags, dryRun: true });
    const classes = await chooseUnits(outcome, dialogue);
    if (classes.length > 0) return { ...flags, class: [...classes] };
    process.stderr.write('nothing was chosen; nothing was written\n');
    return null;
  } finally {
    dialogue.close();
  }
}

/** Two columns on a terminal that is wide enough; what goes to a file or a program is fit for `git apply`. */
function diffFor({ changes }: RunOutcome): string {
  const { isTTY, columns = 80 } = process.stdout;
  const color = hasColor(process.stdout);
  return isTTY === true && columns >= leastColumns
    ? sideBySide(changes, { columns, color })
    : diffText(changes, { color });
}

/** One run of the pipeline with progress on stderr. */
export async function runConversion(
  paths: readonly string[],
  flags: ConvertFlags,
): Promise<{ readonly outcome: RunOutcome; readonly overlay: RunOptions['overlay'] }> {
  const root = process.cwd();
  const options = runOptions(root, { paths, flags, settings: await readSettings(root) });
  const progress = progressOn(process.stderr, { quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const outcome = await convertProject(root, options, progress.onProgress).finally(progress.end);
  return { outcome, overlay: options.overlay };
}

/** A word that is no path and nearly a command is a slip. */
function refuseSlip(word: string | undefined, commands: readonly string[]): void {
  if (word === undefined || !/^[a-z-]+$/.test(word) || existsSync(word)) return;
  const near = closest(word, commands);
  if (near === null) return;
  throw new RunError(
    `${word} matches no file, and is no command. Did you mean ${near}?\n(linen2nnx --help lists the commands)`,
    2,
  );
}

/** The text of stdin after the run: the same where nothing was converted. */
function convertedText({ changes }: RunOutcome, { path, text }: { path: string; text: string }): string {
  return changes.find((each) => each.path === path)?.after ?? text;
}

/** The report goes to stdout, or to stderr where stdout carries code; or to a file. */
function say(outcome: RunOutcome, flags: ConvertFlags): void {
  const target = flags.diff === true || flags.stdin === true ? process.stderr : process.stdout;
  const color = flags.output === undefined && hasColor(target);
  const text = reportIn(outcome, flags, color);
  if (flags.output !== undefined) writeFileSync(resolve(flags.output), text);
  else target.write(text);
  if (flags.quiet === true) return;
  for (const note of outcome.notes) process.stderr.write(`note: ${note}\n`);
  const next = nextCommand(outcome, flags);
  if (next !== null) process.stderr.write(`next: ${next}\n`);
}

export function formatOf({ format }: ConvertFlags): Format {
  return typeof format === 'string' ? format : 'text';
}

export function reportIn({ report, changes }: RunOutcome, flags: ConvertFlags, color: boolean): string {
  const before = new Map(changes.map((change) => [change.path, change.before]));
  const textOf = (path: string) => before.get(path) ?? null;
  return formatReport(report, formatOf(flags), { color, verbose: flags.verbose ?? false, textOf });
}

function nextCommand({ report, written, run, changes }: RunOutcome, flags: ConvertFlags): string | null {
  const firstLeft = leftCode(report);
  if (flags.stdin === true) return explainCommand(firstLeft);
  if (flags.dryRun === true || flags.diff === true)
    return changes.length > 0 ? 'run the same command without --dry-run or --diff to write' : explainCommand(firstLeft);
  if (firstLeft !== null) return explainCommand(firstLeft);
  if (!written) return null;
  if (run === '') return `look at the files in ${flags.outDir ?? 'the folder'}`;
  return 'look at the changes with `git diff`, then run your tests; `linen2nnx undo` takes them back';
}

function leftCode(report: Report): string | null {
  return report.units.find((unit) => unit.status === 'left')?.findings[0]?.code ?? null;
}

function explainCommand(code: string | null): string | null {
  return code === null ? null : `linen2nnx explain ${code}`;
}
