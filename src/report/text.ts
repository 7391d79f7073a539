/** The report for people: a table of units, findings with their source lines, a summary that accounts for everything. */
import { Chalk, type ChalkInstance } from 'chalk';
import { reasonOf } from '../../runtime/catalogue/reasons/index.js';
import type { FindingReport, Report, StageReport, UnitReport, VerificationReport } from '../ir/report.js';
import { summaryOf } from './summary.js';
import { unitHeader, unitRow } from './unit-row.js';

export interface TextOptions {
  readonly color: boolean;
  /** Show sizes with their evidence, and notes. */
  readonly verbose: boolean;
  /** Text of a file, for the line under a finding; null when it is not to be had. */
  readonly textOf: (path: string) => string | null;
}

/** The whole report as lines of text, final newline included. */
export function reportText(report: Report, options: TextOptions): string {
  const paint = new Chalk({ level: options.color ? 1 : 0 });
  const parts = [
    unitTable(report.units, paint),
    ...report.units.flatMap((unit) => unitDetails(unit, options, paint)),
    ...report.files.flatMap(({ path, error }) => (error === null ? [] : [`${paint.red('failed')}  ${path}: ${error}`])),
    summaryOf(report.totals, paint),
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function unitTable(units: readonly UnitReport[], paint: ChalkInstance): string {
  if (units.length === 0) return '';
  const rows = units.map(unitRow);
  const widths = unitHeader.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const body = rows.map((row) => paintStatus(line(row), row[1]!, paint));
  return [paint.bold(line(unitHeader)), ...body, ''].join('\n');
}

function paintStatus(line: string, status: string, paint: ChalkInstance): string {
  if (status === 'converted') return line.replace('converted', paint.green('converted'));
  if (status === 'left') return line.replace(/\bleft\b/, paint.yellow('left'));
  return line.replace('unverified', paint.magenta('unverified'));
}

function unitDetails(unit: UnitReport, options: TextOptions, paint: ChalkInstance): string[] {
  const shown = unit.findings.filter(
    (finding) => options.verbose || finding.severity !== 'note' || unit.status !== 'left',
  );
  const sizes = options.verbose ? unit.sizes.map((size) => sizeLine(size, paint)) : [];
  const failures = (unit.verification?.stages ?? [])
    .filter((stage) => stage.status === 'failed')
    .map((each) => stageLine(each, paint));
  const unverified = unit.verification?.verdict === 'unverified' ? unverifiedReasons(unit.verification, paint) : [];
  const lines = [...shown.map((finding) => findingText(finding, options, paint)), ...failures, ...unverified, ...sizes];
  return lines.length === 0 ? [] : [paint.underline(unit.id), ...lines, ''];
}

/** `file:line:col  L2N404  what`, the source line underlined, why, fix. */
export function findingText(finding: FindingReport, options: TextOptions, paint: ChalkInstance): string {
  const color = { error: paint.red, warning: paint.yellow, note: paint.cyan }[finding.severity];
  const source = options.textOf(finding.path)?.split(/\r?\n/)[finding.line - 1];
  const end = finding.endLine === finding.line ? finding.endColumn : (source?.length ?? 0) + 1;
  const marks = '^'.repeat(Math.max(1, end - finding.column));
  const quoted =
    source === undefined ? [] : [`    ${source}`, `    ${indentBefore(source, finding.column)}${color(marks)}`];
  return [
    `${finding.path}:${finding.line}:${finding.column}  ${color(finding.code)}  ${finding.what}`,
    ...quoted,
    `    why: ${finding.why}`,
    `    fix: ${finding.fix}`,
  ].join('\n');
}

/** Blanks up to a column, tabs kept so that the marks stand below. */
function indentBefore(source: string, column: number): string {
  return source.slice(0, column - 1).replace(/[^\t]/g, ' ');
}

function stageLine(stage: StageReport, paint: ChalkInstance): string {
  const worst =
    stage.worst === null
      ? ''
      : `; worst at ${stage.worst.path}[${stage.worst.index.join(', ')}]: Linen ${stage.worst.linen}, NNX ${stage.worst.nnx}`;
  return `  ${paint.red(`stage ${stage.stage} ${stage.name}`)} on ${stage.backend}, ${stage.subject}: ${stage.reason}${worst}`;
}

function unverifiedReasons(verification: VerificationReport, paint: ChalkInstance): string[] {
  const skipped = verification.stages.filter(
    ({ status, code }) => status === 'skipped' && code !== null && reasonOf(code).severity !== 'note',
  );
  const reasons = [...new Set(skipped.map((stage) => `${stage.code} ${stage.reason}`))];
  return reasons.map((reason) => `  ${paint.magenta('not verified')}: ${reason}`);
}

function sizeLine(size: UnitReport['sizes'][number], paint: ChalkInstance): string {
  return `  ${size.site}  ${size.expression}  ${paint.dim(`${size.confidence}: ${size.chain.join(' ← ')}`)}`;
}
