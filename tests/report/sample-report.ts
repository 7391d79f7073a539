import type { Report, StageReport, UnitReport } from '../../src/ir/report.js';
import { findingOf } from '../../src/report/finding.js';

/** A report with a unit that was left, a written one, a file that could not be read. */
export const text = 'class A {\n\tbad(x) {}\n}\n';
export const finding = findingOf(
  { code: 'L2N404', path: 'a.ts', span: { start: 11, end: 14 }, data: { module: 'Dense' } },
  text,
);
const stage: StageReport = {
  stage: 2,
  name: 'evaluation forward',
  backend: 'cpu',
  subject: 'a.ts#A',
  status: 'failed',
  reason: 'outputs differ',
  code: null,
  verdict: 'mismatch',
  worst: { path: 'output', index: [0, 3], linen: 1.5, nnx: 2.5, relative: 0.4 },
  compared: 8,
  noise: 0,
};
export const unit: UnitReport = {
  id: 'a.ts#A',
  kind: 'module',
  files: ['a.ts'],
  classes: ['a.ts#A'],
  status: 'left',
  findings: [finding],
  sizes: [{ class: 'a.ts#A', site: 'a.ts:2', expression: 'features', confidence: 'static', chain: ['last axis of x'] }],
  verification: { unit: 'a.ts#A', verdict: 'mismatch', stages: [stage], seconds: 1 },
};
export const report: Report = {
  schemaVersion: 1,
  tool: { name: 'linen2nnx', version: '0.1.0' },
  command: 'convert',
  units: [unit],
  files: [{ path: 'b.ts', status: 'failed', error: 'syntax error at 1:2' }],
  totals: { found: 1, converted: 0, bridged: 0, left: 1, unverified: 0, skipped: 0, leftByCode: { L2N404: 1 } },
  exitCode: 3,
};
export const plain = { color: false, verbose: true, textOf: (path: string) => (path === 'a.ts' ? text : null) };
