/** Workflow commands of GitHub Actions: an annotation at each finding's line. */
import type { FindingReport, Report } from '../ir/report.js';

const levels = { error: 'error', warning: 'warning', note: 'notice' } as const;

export function githubText(report: Report): string {
  const findings = report.units.flatMap((unit) => unit.findings.map(annotation));
  const files = report.files.flatMap(({ path, error }) => {
    if (error === null) return [];
    return [command('error', { file: path, title: 'linen2nnx' }, error)];
  });
  return [...findings, ...files].map((line) => `${line}\n`).join('');
}

function annotation(finding: FindingReport): string {
  const { code, severity, path, line, column, endLine, endColumn, what, why, fix } = finding;
  const place = { file: path, line, endLine, col: column, ...(line === endLine ? { endColumn } : {}) };
  return command(levels[severity], { ...place, title: code }, `${what}\nwhy: ${why}\nfix: ${fix}`);
}

function command(name: string, properties: { readonly [name: string]: string | number }, message: string): string {
  const listed = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${listed.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
