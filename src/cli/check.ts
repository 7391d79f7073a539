/** `linen2nnx check <paths…>`: what is left of the Linen style, for CI. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { type Baseline, baselineOf, compareWithBaseline, parseBaseline } from '../check/baseline.js';
import { type CheckedFiles, findLegacy, type Legacy } from '../check/find-legacy.js';
import { checkReport } from '../check/check-report.js';
import { type Format, formatReport } from '../report/formats.js';
import { toolVersion } from '../pipeline/report-run.js';
import { RunError } from '../pipeline/options.js';
import { findSources } from '../project/find-sources.js';

export interface CheckFlags {
  readonly project?: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly format?: Format;
}

/** Prints what is left and returns the exit code: 0 when nothing is, or nothing more than the baseline allows. */
export async function check(paths: readonly string[], flags: CheckFlags): Promise<number> {
  const root = process.cwd();
  const { files, selected, problems } = await findSources(root, { paths, ...given(flags) });
  const usage = problems.find(({ problem }) => problem === 'unmatched' || problem === 'config');
  if (usage !== undefined) throw new RunError(usage.message, 2);
  const wanted = new Set(selected);
  const texts = files.filter(({ path }) => wanted.has(path)).map(({ path, bytes }) => ({ path, text: decoded(bytes) }));
  const checked = findLegacy(root, texts);
  const isFirst = flags.updateBaseline === true && flags.baseline !== undefined && !existsSync(flags.baseline);
  const baseline = isFirst
    ? baselineOf(checked.found)
    : flags.baseline === undefined
      ? null
      : readBaseline(flags.baseline);
  const compared = baseline === null ? null : compareWithBaseline(checked.found, baseline);
  const listed = compared?.added ?? checked.found;
  process.stdout.write(listedIn(flags.format ?? 'text', checked, listed));
  for (const { path, message } of checked.broken) process.stderr.write(`${path}: does not parse: ${message}\n`);
  process.stderr.write(`${summary(checked, compared?.added.length ?? null, compared?.removed ?? 0)}\n`);
  if (flags.baseline !== undefined && flags.updateBaseline === true) {
    writeFileSync(flags.baseline, `${JSON.stringify(compared!.shrunk, null, 2)}\n`);
  }
  return exitCodeOf(checked, listed);
}

function exitCodeOf({ broken }: CheckedFiles, listed: readonly Legacy[]): 0 | 1 | 5 {
  if (broken.length > 0) return 5;
  return listed.length === 0 ? 0 : 1;
}

function listedIn(format: Format, checked: CheckedFiles, listed: readonly Legacy[]): string {
  if (format === 'text') return lines(listed);
  if (format === 'json') return json(checked, listed);
  const report = checkReport(checked, listed, { version: toolVersion(), exitCode: exitCodeOf(checked, listed) });
  return formatReport(report, format, { color: false, verbose: false, textOf: () => null });
}

/** Without the byte order mark. */
function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function given({ project, include, exclude }: CheckFlags) {
  return {
    ...(project === undefined ? {} : { project }),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function readBaseline(file: string): Baseline {
  if (!existsSync(file)) {
    throw new RunError(
      `There is no baseline ${file}.\nWrite one: linen2nnx check --baseline ${file} --update-baseline`,
      2,
    );
  }
  const baseline = parseBaseline(readFileSync(file, 'utf8'));
  if ('problem' in baseline)
    throw new RunError(`${file}: ${baseline.problem}.\nRemove it and write it anew with --update-baseline.`, 2);
  return baseline;
}

function lines(found: readonly Legacy[]): string {
  return found.map(({ path, line, column, message }) => `${path}:${line}:${column}  ${message}\n`).join('');
}

function json({ broken }: CheckedFiles, findings: readonly Legacy[]): string {
  return `${JSON.stringify({ schemaVersion: 1, findings, broken }, null, 2)}\n`;
}

function summary({ found }: CheckedFiles, added: number | null, removed: number): string {
  const files = new Set(found.map(({ path }) => path)).size;
  const left = found.length === 0 ? 'nothing is left of the Linen style' : `${found.length} left in ${files} files`;
  if (added === null) return left;
  return `${left}; ${added} more than the baseline allows, ${removed} fewer than it says`;
}
