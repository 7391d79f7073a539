/** Flags that several commands share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Stage } from '../ir/report.js';

/** As in `src/report/formats`, which is not loaded for `--help`; a test holds the two together. */
export const formatNames = ['text', 'json', 'sarif', 'github', 'markdown', 'junit'] as const;

/** As in `src/pipeline/least-confidence`; a test holds the two together. */
export const confidenceNames = ['proven', 'traced', 'static', 'hint'] as const;

/** Which files a command is about. */
export function fileFlags(command: Command): Command {
  return command
    .option('--project <tsconfig>', 'a tsconfig other than the folder’s own')
    .option('--include <glob...>', 'only these source files')
    .option('--exclude <glob...>', 'none of these source files');
}

/** Which units, how they are verified, and how that is told. */
export function unitFlags(command: Command): Command {
  return fileFlags(command)
    .option('--class <name...>', 'only the units of these classes: Name or path#Name')
    .option('--shard <i/n>', 'only part i of n; the parts together are the whole', shardOf)
    .addOption(new Option('--backend <name...>', 'backends to verify on').choices(['cpu', 'wasm']))
    .option('--seed <n>', 'seed of weights, inputs and keys in verification', wholeNumber)
    .addOption(reportFormat())
    .option('--output <file>', 'write the report to a file')
    .option('-q, --quiet', 'only the report')
    .option('-v, --verbose', 'sizes with their evidence, notes, seconds of each phase');
}

/** The same, and how units are converted. */
export function convertFlags(command: Command): Command {
  return unitFlags(command)
    .option('--files-from <file>', 'only the files it lists, one a line or NUL-separated; - reads stdin')
    .option('--since <ref>', 'only files changed since a git commit, branch or tag, untracked ones included')
    .addOption(new Option('--verify <how>', 'equivalence check before writing').choices(['auto', 'off', 'strict']))
    .addOption(
      new Option('--min-confidence <how>', 'leave units whose sizes are less certain').choices(confidenceNames),
    )
    .option('--no-format', 'do not run prettier');
}

export function reportFormat(): Option {
  return new Option('--format <format>', 'form of the report').choices(formatNames);
}

export function listFormat(): Option {
  return new Option('--format <format>', 'form of the list').choices(['text', 'json']);
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || text.trim() === '') throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

export function shardOf(text: string): { index: number; count: number } {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > count) throw new InvalidArgumentError('Expected i/n with i from 1 to n, such as 2/4.');
  return { index, count };
}

/** Collects `--stages 2 3`. */
export function stageOf(text: string, before: readonly Stage[] | undefined): readonly Stage[] {
  const stage = wholeNumber(text);
  if (stage < 0 || stage > 11) throw new InvalidArgumentError('Expected a stage from 0 to 11.');
  return [...(before ?? []), stage as Stage];
}

export function tolerance(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('Expected a number from 0 on, such as 1e-6.');
  return value;
}
