/** What is left as a report: the forms that machines read are those of a conversion. */
import { reasonOf } from '../../runtime/catalogue/reasons/index.js';
import type { FindingReport, Report, UnitReport } from '../ir/report.js';
import type { CheckedFiles, Legacy } from './find-legacy.js';

/** A unit for each file with something left, a failed file for each that does not parse. */
export function checkReport(
  { broken }: CheckedFiles,
  listed: readonly Legacy[],
  { version, exitCode }: { readonly version: string; readonly exitCode: 0 | 1 | 5 },
): Report {
  const paths = [...new Set(listed.map(({ path }) => path))];
  const units = paths.map((path): UnitReport => {
    const findings = listed.filter((each) => each.path === path).map(findingOf);
    return {
      id: path,
      kind: 'module',
      files: [path],
      classes: [],
      status: 'left',
      findings,
      sizes: [],
      verification: null,
    };
  });
  const leftByCode: Record<string, number> = {};
  for (const code of listed.map((each) => each.code).sort()) leftByCode[code] = (leftByCode[code] ?? 0) + 1;
  return {
    schemaVersion: 1,
    tool: { name: 'linen2nnx', version },
    command: 'check',
    units,
    files: broken.map(({ path, message }) => ({ path, status: 'failed', error: `does not parse: ${message}` })),
    totals: {
      found: units.length,
      converted: 0,
      bridged: 0,
      left: units.length,
      unverified: 0,
      skipped: 0,
      leftByCode,
    },
    exitCode,
  };
}

function findingOf({ path, line, column, code, message }: Legacy): FindingReport {
  const { severity, why, fix } = reasonOf(code);
  return { code, severity, path, line, column, endLine: line, endColumn: column + 1, what: message, why, fix };
}
