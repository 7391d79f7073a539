/** The report of a run from what its phases left behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitRewrite } from '../ir/edit.js';
import { positionOf } from '../ir/position.js';
import type { ConversionUnit, ProjectModel } from '../ir/project.js';
import type {
  ExitCode,
  FileReport,
  Report,
  SizeReport,
  Totals,
  UnitReport,
  UnitStatus,
  VerificationReport,
} from '../ir/report.js';
import type { EvidenceStep, SizePlan } from '../ir/sizes.js';
import { findingOf } from '../report/finding.js';
import { packageRoot } from './package-root.js';

export interface RunRecord {
  readonly command: string;
  readonly model: ProjectModel;
  /** Those that the run is about. */
  readonly units: readonly ConversionUnit[];
  readonly skipped: number;
  readonly sizes: SizePlan;
  readonly rewrites: readonly UnitRewrite[];
  readonly verifications: ReadonlyMap<string, VerificationReport>;
  readonly files: readonly FileReport[];
  /** The run only says what it would do. */
  readonly dry: boolean;
}

/** Every unit found, with its status, its findings, its sizes and its verification. */
export function reportOf(record: RunRecord): Report {
  const units = record.units.map((unit) => unitReport(record, unit));
  const totals = totalsOf(units, record.skipped);
  return {
    schemaVersion: 1,
    tool: { name: 'linen2nnx', version: toolVersion() },
    command: record.command,
    units,
    files: record.files,
    totals,
    exitCode: exitCodeOf(record, units, totals),
  };
}

/** Version of this package. */
export function toolVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

function unitReport(record: RunRecord, unit: ConversionUnit): UnitReport {
  const rewrite = record.rewrites.find((each) => each.unit === unit.id);
  const verification = record.verifications.get(unit.id) ?? null;
  const diagnostics = rewrite === undefined ? [] : rewrite.status === 'left' ? rewrite.refusals : rewrite.notes;
  return {
    id: unit.id,
    kind: unit.classes.length > 0 ? 'module' : 'program',
    files: unit.paths,
    classes: unit.classes,
    status: statusOf(rewrite, verification),
    findings: diagnostics.map((each) => findingOf(each, record.model.sources[each.path]?.text ?? '')),
    sizes: rewrite?.status === 'converted' ? sizesOf(record, unit) : [],
    verification,
  };
}

function statusOf(rewrite: UnitRewrite | undefined, verification: VerificationReport | null): UnitStatus {
  if (rewrite?.status !== 'converted') return 'left';
  return verification === null || verification.verdict === 'unverified' ? 'unverified' : 'converted';
}

function sizesOf({ model, sizes }: RunRecord, unit: ConversionUnit): SizeReport[] {
  return unit.constructs.flatMap((id) => {
    const site = model.constructs.find((each) => each.id === id);
    if (site === undefined) return [];
    const line = positionOf(model.sources[site.path]?.text ?? '', site.node.span.start).line;
    return (sizes.sites[id]?.sizes ?? []).map((size) => ({
      class: site.owner?.class ?? '',
      site: `${site.path}:${line}`,
      expression: size.text,
      confidence: size.confidence,
      chain: size.chain.map((step) => stepText(model, step)),
    }));
  });
}

function stepText(model: ProjectModel, { path, span, what }: EvidenceStep): string {
  return `${what} (${path}:${positionOf(model.sources[path]?.text ?? '', span.start).line})`;
}

function totalsOf(units: readonly UnitReport[], skipped: number): Totals {
  const count = (status: UnitStatus) => units.filter((unit) => unit.status === status).length;
  const leftByCode: Record<string, number> = {};
  for (const unit of units.filter(({ status }) => status === 'left')) {
    const code = unit.findings[0]?.code ?? 'unknown';
    leftByCode[code] = (leftByCode[code] ?? 0) + 1;
  }
  return {
    found: units.length + skipped,
    converted: count('converted'),
    bridged: count('bridged'),
    left: count('left'),
    unverified: count('unverified'),
    skipped,
    leftByCode: Object.fromEntries(Object.entries(leftByCode).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The gravest wins: 5, 3, 1, 0. (2, 4 and 130 end a run before there is a report.) */
function exitCodeOf(record: RunRecord, units: readonly UnitReport[], totals: Totals): ExitCode {
  const codes = new Set(units.flatMap((unit) => (unit.status === 'left' ? unit.findings.map(({ code }) => code) : [])));
  if (record.files.some((file) => file.status === 'failed') || codes.has('L2N494') || codes.has('L2N491')) return 5;
  if (codes.has('L2N492')) return 3;
  if (totals.left > 0 || totals.unverified > 0) return 1;
  return record.dry && units.length > 0 ? 1 : 0;
}
