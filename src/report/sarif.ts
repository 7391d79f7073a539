/** SARIF 2.1.0: findings for code scanning. */
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { reasonOf } from '../../runtime/catalogue/reasons/index.js';
import type { FileReport, FindingReport, Report } from '../ir/report.js';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

/** One result for each finding, one notification for each file that could not be read. */
export function sarifText(report: Report): string {
  const findings = report.units.flatMap((unit) => unit.findings.map((finding) => ({ finding, unit: unit.id })));
  const codes = [...new Set(findings.map(({ finding }) => finding.code))].sort();
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: report.tool.name, semanticVersion: report.tool.version, rules: codes.map(ruleOf) },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.exitCode < 2,
            exitCode: report.exitCode,
            toolExecutionNotifications: report.files.filter(({ error }) => error !== null).map(notificationOf),
          },
        ],
        results: findings.map(({ finding, unit }) => resultOf(finding, unit, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(code: string): ReportingDescriptor {
  const { name, what, why, fix, severity } = reasonOf(code);
  return {
    id: code,
    name,
    shortDescription: { text: what },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: FindingReport, unit: string, codes: readonly string[]): Result {
  return {
    ruleId: finding.code,
    ruleIndex: codes.indexOf(finding.code),
    level: finding.severity,
    message: { text: `${finding.what} ${finding.why} ${finding.fix}` },
    locations: [
      {
        ...placeIn(finding.path),
        physicalLocation: {
          ...placeIn(finding.path).physicalLocation,
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            endLine: finding.endLine,
            endColumn: finding.endColumn,
          },
        },
      },
    ],
    // A unit keeps its name while lines move.
    partialFingerprints: { 'linen2nnxUnit/v1': `${finding.code} ${unit}` },
  };
}

function notificationOf({ path, error }: FileReport) {
  return { level: 'error' as const, message: { text: error ?? '' }, locations: [placeIn(path)] };
}

function placeIn(path: string): Location {
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return { physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' } } };
}
