/** Markdown for a pull request: the table of units, what was left with its reasons. */
import type { FindingReport, Report, UnitReport } from '../ir/report.js';
import { unitHeader, unitRow } from './unit-row.js';
import { summaryOf } from './summary.js';

export function markdownText(report: Report): string {
  const failed = report.files.filter(({ error }) => error !== null);
  const parts = [
    '## linen2nnx',
    `${summaryOf(report.totals)}.`,
    ...(report.units.length > 0 ? [table(report.units)] : []),
    ...report.units.flatMap((unit) => unit.findings.map((finding) => findingItem(finding))),
    ...failed.map(({ path, error }) => `- **failed** ${code(path)}: ${escape(error ?? '')}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(units: readonly UnitReport[]): string {
  const rows = [unitHeader, unitHeader.map(() => '---'), ...units.map(cells)];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cells(unit: UnitReport): string[] {
  const [id = '', ...rest] = unitRow(unit);
  return [code(id), ...rest.map(escape)];
}

function findingItem({ code: name, path, line, column, what, why, fix }: FindingReport): string {
  return [
    `- **${name}** ${code(`${path}:${line}:${column}`)} ${escape(what)}`,
    `  why: ${escape(why)}`,
    `  fix: ${escape(fix)}`,
  ].join('  \n');
}

/** As code, whatever backticks and bars are in it. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replace(/\|/g, '\\|').replace(/\n/g, ' ')}${pad}${fence}`;
}

/** Backticks stay: messages quote code with them. */
function escape(text: string): string {
  return text.replace(/[\\|<>*_[\]]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
