/** A project in a temporary folder, with its old and new texts, ready to be verified. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mergeProject } from '../../src/analyze/merge.js';
import { readText } from '../../src/analyze/read-source.js';
import type { ModulePlan } from '../../src/ir/module-plan.js';
import type { ProgramPlan } from '../../src/ir/program.js';
import type { StageReport, VerificationReport } from '../../src/ir/report.js';
import type { VerifyOptions, VerifyRequest } from '../../src/verify/request.js';
import { verifyUnits } from '../../src/verify/verify-units.js';

export interface Texts {
  readonly [path: string]: string;
}
export interface Project {
  readonly linen: Texts;
  readonly nnx: Texts;
  readonly modules: readonly ModulePlan[];
  readonly programs?: readonly ProgramPlan[];
  readonly collections?: VerifyRequest['manifest']['collections'];
  /** Further files, the same before and after. */
  readonly files?: Texts;
  readonly options?: Partial<VerifyOptions>;
}

/** The linen side as analysis sees it. */
export function modelOf(texts: Texts) {
  return mergeProject(Object.entries(texts).map(([path, text]) => readText(path, text)));
}

/** Writes the project, verifies it as one unit, and removes it. */
export async function verify(project: Project): Promise<VerificationReport> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'linen2nnx-verify-')));
  try {
    for (const [path, text] of Object.entries({ ...project.linen, ...project.files })) write(join(root, path), text);
    const [report] = await verifyUnits(requestOf(root, project));
    return report!;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function requestOf(root: string, project: Project): VerifyRequest {
  const { linen, nnx, modules, programs = [], collections = [], options = {} } = project;
  const manifest = modules.map((each) => each.manifest);
  return {
    root,
    before: linen,
    after: nnx,
    linen: modelOf(linen),
    nnx: Object.fromEntries(Object.entries(nnx).map(([path, text]) => [path, readText(path, text)])),
    manifest: { schemaVersion: 1, classes: manifest, collections },
    units: [{ id: 'unit', classes: modules.map((each) => each.class), manifest, modules, programs }],
    options: { backends: ['cpu'], ...options },
  };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** `stage 2 cpu Model: failed L2N503 …`, a line for each stage that did not pass. */
export function complaints({ stages }: VerificationReport): readonly string[] {
  return stages
    .filter((each) => each.status !== 'passed' && each.code !== null)
    .map((each) => `stage ${each.stage} ${each.backend} ${each.subject}: ${each.status} ${each.code} ${each.reason}`);
}

/** The stages that failed, by number. */
export function failedStages({ stages }: VerificationReport): readonly StageReport['stage'][] {
  return [...new Set(stages.filter((each) => each.status === 'failed').map((each) => each.stage))];
}
