/** `linen2nnx verify`: the program as it was before its conversion against the program as it is now. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeProject } from '../analyze/merge.js';
import { readSource } from '../analyze/read-source.js';
import { planUnits } from '../analyze/units.js';
import { inferSizes } from '../infer/infer-sizes.js';
import type { FileChange } from '../ir/edit.js';
import type { Manifest } from '../ir/manifest.js';
import type { ConversionUnit, ProjectModel } from '../ir/project.js';
import type { Report, Stage, UnitReport } from '../ir/report.js';
import { findSources } from '../project/find-sources.js';
import { findingOf } from '../report/finding.js';
import { rewriteUnit } from '../rewrite/unit.js';
import { withOldProject } from './old-project.js';
import { findOldVersion } from './old-version.js';
import { defaultRunOptions, type OnProgress, RunError, type RunOptions } from './options.js';
import { prove } from './prove.js';
import { manifestFile, readManifest } from './read-manifest.js';
import { reportOf } from './report-run.js';
import { unitsInScope } from './scope.js';

export interface VerifyProjectOptions extends Pick<
  RunOptions,
  'paths' | 'include' | 'exclude' | 'only' | 'classes' | 'shard' | 'project' | 'backends' | 'seed'
> {
  /** Null for all. */
  readonly stages: readonly Stage[] | null;
}

export const defaultVerifyOptions: VerifyProjectOptions = { ...defaultRunOptions, stages: null };

/**
 * Runs the battery on every unit that the manifest says was converted. The old version is found by its hash; a class whose
 * old version is nowhere is `unverified`. Nothing is written. Exit codes: 0 verified, 1 something is unverified, 3 differs.
 */
export async function verifyProject(
  root: string,
  options: VerifyProjectOptions,
  onProgress: OnProgress,
): Promise<Report> {
  const manifest = readManifest(root);
  if (manifest.classes.length === 0) {
    throw new RunError(
      `There is no ${manifestFile} with converted classes here: nothing to verify.\n` +
        'The manifest is written by the conversion; commit it with the converted files.',
      2,
    );
  }
  onProgress({ phase: 'read', done: 0, total: 0, text: 'looking for the old version' });
  const { files, missing } = await findOldVersion(root, manifest);
  return withOldProject(root, files, async (copy) => {
    const report = await verifyCopy({ root, copy, manifest, options, onProgress });
    return withMissing(report, manifest, missing);
  });
}

interface Asked {
  readonly root: string;
  /** Folder with the old program. */
  readonly copy: string;
  readonly manifest: Manifest;
  readonly options: VerifyProjectOptions;
  readonly onProgress: OnProgress;
}

async function verifyCopy({ root, copy, manifest, options, onProgress }: Asked): Promise<Report> {
  const { paths, include, exclude, project } = options;
  const found = await findSources(copy, { paths, include, exclude, ...(project === null ? {} : { project }) });
  const model = mergeProject(found.files.map(readSource), { paths: found.config.paths });
  const changes = changesSince(root, model);
  const units = planUnits(model);
  const sizes = inferSizes(model);
  const only = options.only === null ? null : new Set(options.only);
  const selected = new Set(found.selected.filter((path) => only === null || only.has(path)));
  const scope = unitsInScope(units, selected, options).filter((unit) => wasConverted(unit, manifest, changes));
  const run: RunOptions = { ...defaultRunOptions, ...options, write: false };
  const context = { model, sizes, style: run.style, keys: run.keys, units };
  const rewrites = scope.map((unit) => rewriteUnit(context, unit));
  const input = { root: copy, model, units, options: run, packageRoot: null, selected: new Set<string>(), onProgress };
  const stages = options.stages === null ? {} : { stages: options.stages };
  const proof = await prove(input, { rewrites, changes }, manifest, stages);
  return reportOf({
    command: 'verify',
    model,
    units: scope,
    skipped: 0,
    sizes,
    rewrites: proof.rewrites,
    verifications: proof.verifications,
    files: [],
    dry: false,
  });
}

/** A unit that has a class of the manifest, or, having none, lies in files that were changed. */
function wasConverted(unit: ConversionUnit, manifest: Manifest, changes: readonly FileChange[]): boolean {
  const converted = new Set(manifest.classes.map((each) => each.class));
  if (unit.classes.length > 0) return unit.classes.some((each) => converted.has(each));
  return unit.paths.some((path) => changes.some((each) => each.path === path));
}

/** What is another text now than in the old program. */
function changesSince(root: string, model: ProjectModel): readonly FileChange[] {
  return Object.values(model.sources).flatMap(({ path, text }) => {
    const file = join(root, path);
    const after = existsSync(file) ? readSource({ path, bytes: readFileSync(file) }).text : '';
    return after === text ? [] : [{ path, before: text, after, units: [] }];
  });
}

/** Classes whose old version is nowhere, as units of their own. */
function withMissing(report: Report, manifest: Manifest, missing: readonly string[]): Report {
  const lost = manifest.classes.filter(({ linen }) => missing.includes(linen.source));
  if (lost.length === 0) return report;
  const units = lost.map(({ class: id, nnx, linen }): UnitReport => {
    const data = { subject: id, detail: `${linen.source} with hash ${linen.blob}` };
    const finding = findingOf({ code: 'L2N531', path: nnx.source, span: { start: 0, end: 0 }, data }, '');
    const none = { sizes: [], verification: null } as const;
    return {
      id,
      kind: 'module',
      files: [nnx.source],
      classes: [id],
      status: 'unverified',
      findings: [finding],
      ...none,
    };
  });
  const { totals } = report;
  return {
    ...report,
    units: [...report.units, ...units],
    totals: { ...totals, found: totals.found + lost.length, unverified: totals.unverified + lost.length },
    exitCode: report.exitCode === 0 ? 1 : report.exitCode,
  };
}
