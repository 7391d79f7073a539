/** The tool's table of contents: one run, phase by phase. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mergeProject } from './analyze/merge.js';
import { readSource } from './analyze/read-source.js';
import { planUnits } from './analyze/units.js';
import { copiesInTheWay, writeCopies } from './edit/copies.js';
import { recoverWrites, writeChanges } from './edit/write.js';
import { inferSizes } from './infer/infer-sizes.js';
import type { ConvertedUnit, FileChange, UnitRewrite } from './ir/edit.js';
import type { Manifest } from './ir/manifest.js';
import type { RewriteContext } from './ir/module-plan.js';
import type { ConversionUnit, ProjectModel } from './ir/project.js';
import { positionOf } from './ir/position.js';
import type { FileReport } from './ir/report.js';
import type { SourceModel } from './ir/source.js';
import { mergeManifest, serialiseManifest, withBlobs } from './manifest/manifest.js';
import { confirmSizes } from './pipeline/confirm-sizes.js';
import { leaveUnsure } from './pipeline/least-confidence.js';
import { requireCleanTree } from './pipeline/git-state.js';
import { leafFirst } from './pipeline/leaf-first.js';
import { brokenFile, leaveUnit, outsidePath } from './pipeline/left-units.js';
import { RunError, type OnProgress, type RunOptions, type RunOutcome } from './pipeline/options.js';
import { packageRoot } from './pipeline/package-root.js';
import { prove } from './pipeline/prove.js';
import { manifestFile, readManifest } from './pipeline/read-manifest.js';
import { reportOf } from './pipeline/report-run.js';
import { unitsInScope } from './pipeline/scope.js';
import { settle, type SettleInput } from './pipeline/settle.js';
import { type FindOptions, findSources, type FoundSources } from './project/find-sources.js';
import { rewriteUnit } from './rewrite/unit.js';

/** Analyses the project at `root`, converts the units inside the paths, verifies and writes them. Throws `RunError`. */
export async function convertProject(root: string, options: RunOptions, onProgress: OnProgress): Promise<RunOutcome> {
  await finishEarlierRun(root, options);
  onProgress({ phase: 'read', done: 0, total: 0, text: 'looking for Linen code' });
  const found = await findSources(root, findOptions(options));
  refuseProblems(found);
  const sources = found.files.map(readSource);
  const readable = sources.filter((source) => source.errors.length === 0);

  onProgress({
    phase: 'analyse',
    done: 0,
    total: readable.length,
    text: `${readable.length} of ${found.listed} files`,
  });
  // Files with syntax errors stay in the model: what they use is left alone.
  const model = mergeProject(sources, { aliases: options.aliases, paths: found.config.paths });
  const units = planUnits(model);
  onProgress({ phase: 'size', done: 0, total: units.length, text: `${model.classes.length} module classes` });
  const sizes = inferSizes(model);

  const only = options.only === null ? null : new Set(options.only);
  const selected = new Set(found.selected.filter((path) => only === null || only.has(path)));
  const scope = unitsInScope(units, selected, options);
  onProgress({ phase: 'rewrite', done: 0, total: scope.length, text: `${scope.length} units` });
  const context: RewriteContext = { model, sizes, style: options.style, keys: options.keys, units };
  const rewrites = scope.map((unit) => rewriteWithin(context, unit, selected));

  const input: SettleInput = { root, model, units, options, packageRoot: ownRootFor(root), selected, onProgress };
  const settled = await settle(input, rewrites);
  if (writesInPlace(options) && settled.changes.length > 0) requireCleanTree(root, pathsOf(settled.changes), options);

  const old = readManifest(root);
  const proof = await prove(input, settled, mergeManifest(old, convertedUnits(settled.rewrites)));
  const confirmed = leaveUnsure(input, confirmSizes(input, sizes, proof));
  const final = await resettle(input, settled, confirmed.rewrites);
  const manifest = withBlobs(mergeManifest(old, convertedUnits(final.rewrites)), newBlobs(model, final.changes));
  const changes = [...final.changes, ...manifestChange(root, old, manifest)];

  const write = options.write ? await writeAll({ root, options, onProgress }, changes) : { written: false, run: '' };
  const { rewrites: ended } = final;
  const files = fileReports(sources, found, final.changes);
  const report = reportOf({
    command: 'convert',
    model,
    units: scope,
    skipped: units.length - scope.length,
    sizes: confirmed.sizes,
    rewrites: ended,
    verifications: proof.verifications,
    files,
    dry: !options.write && options.overlay === null,
  });
  const order = Object.fromEntries(scope.map((unit) => [unit.id, leafFirst(model, unit)]));
  return { report, leafFirst: order, changes, manifest, notes: notesOf(found, units), ...write };
}

async function finishEarlierRun(root: string, options: RunOptions): Promise<void> {
  if (!writesInPlace(options)) return;
  const recovery = await recoverWrites(root);
  if (recovery.status === 'locked')
    throw new RunError('Another run is writing in this folder.\nWait for it to end, then run again.', 4);
  if (recovery.status !== 'conflict') return;
  throw new RunError(
    `An earlier run was cut off, and these files were changed since: ${recovery.paths.join(', ')}.\n` +
      'Restore them to what the run read or wrote, or delete .linen2nnx/journal.json to keep them as they are.',
    4,
  );
}

function writesInPlace({ write, outDir }: RunOptions): boolean {
  return write && outDir === null;
}

function findOptions({ paths, include, exclude, project, aliases, overlay }: RunOptions): FindOptions {
  return { paths, include, exclude, aliases, overlay, ...(project === null ? {} : { project }) };
}

/** A path that matches nothing and a tsconfig that cannot be read end the run (exit 2). */
function refuseProblems(found: FoundSources): void {
  const messages = found.problems.flatMap((each) => {
    if (each.problem === 'unmatched') return [each.message];
    return each.problem === 'config' ? [`${each.path}:${each.line}:${each.column}  ${each.message}`] : [];
  });
  if (messages.length > 0) throw new RunError(messages.join('\n'), 2);
}

/** The unit's edits; left with its reason where they reach outside the paths (S6) or a rewriter failed (S11). */
function rewriteWithin(context: RewriteContext, unit: ConversionUnit, selected: ReadonlySet<string>): UnitRewrite {
  try {
    const broken = brokenFile(context.model, unit);
    if (broken !== null) return { ...leaveUnit(context.model, unit, { code: 'L2N495', data: broken }), markers: [] };
    const rewrite = rewriteUnit(context, unit);
    const outside = rewrite.status === 'converted' ? outsidePath(rewrite, selected) : null;
    return outside === null ? rewrite : leaveUnit(context.model, unit, { code: 'L2N490', data: { path: outside } });
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return leaveUnit(context.model, unit, {
      code: 'L2N494',
      data: { message: message.split('\n').slice(0, 3).join(' ') },
    });
  }
}

/** What is written without the units that verification took back. */
async function resettle(
  input: SettleInput,
  settled: { readonly rewrites: readonly UnitRewrite[]; readonly changes: readonly FileChange[] },
  rewrites: readonly UnitRewrite[],
): Promise<{ rewrites: readonly UnitRewrite[]; changes: readonly FileChange[] }> {
  const same = rewrites.every((each, i) => each.status === settled.rewrites[i]?.status);
  return same ? settled : settle(input, rewrites);
}

function convertedUnits(rewrites: readonly UnitRewrite[]): readonly ConvertedUnit[] {
  return rewrites.filter((each): each is ConvertedUnit => each.status === 'converted');
}

/** Git blob hashes of the new texts, as they will be on disk. */
function newBlobs(model: ProjectModel, changes: readonly FileChange[]): { readonly [path: string]: string } {
  return Object.fromEntries(
    changes.map(({ path, after }) => {
      const mark = model.sources[path]?.layout.bom === true ? '\ufeff' : '';
      return [path, readSource({ path, bytes: Buffer.from(mark + after) }).blob];
    }),
  );
}

function manifestChange(root: string, old: Manifest, manifest: Manifest): FileChange[] {
  const after = serialiseManifest(manifest);
  if (after === serialiseManifest(old)) return [];
  const path = join(root, manifestFile);
  return [{ path: manifestFile, before: existsSync(path) ? readFileSync(path, 'utf8') : '', after, units: [] }];
}

async function writeAll(
  { root, options, onProgress }: Pick<SettleInput, 'root' | 'options' | 'onProgress'>,
  changes: readonly FileChange[],
): Promise<{ written: boolean; run: string }> {
  if (changes.length === 0) return { written: false, run: '' };
  onProgress({ phase: 'write', done: 0, total: changes.length, text: `${changes.length} files` });
  if (options.outDir !== null) return writeBeside(root, options.outDir, changes);
  const result = await writeChanges(root, changes);
  if (result.status === 'written') return { written: true, run: result.run };
  throw new RunError(result.message, result.reason === 'encoding' ? 2 : 4);
}

async function writeBeside(
  root: string,
  outDir: string,
  changes: readonly FileChange[],
): Promise<{ written: boolean; run: string }> {
  const folder = resolve(root, outDir);
  const inTheWay = copiesInTheWay(folder, changes);
  if (inTheWay.length > 0) {
    const list = inTheWay.slice(0, 10).join(', ');
    throw new RunError(`${outDir} has files that would be replaced: ${list}.\nName an empty or a new folder.`, 4);
  }
  await writeCopies(root, folder, changes);
  return { written: true, run: '' };
}

function fileReports(
  sources: readonly SourceModel[],
  found: FoundSources,
  changes: readonly FileChange[],
): FileReport[] {
  const changed = new Set(pathsOf(changes));
  const left = found.problems.flatMap((each): FileReport[] =>
    each.problem === 'file' ? [{ path: each.path, status: 'failed', error: each.message }] : [],
  );
  const read = sources.map((source): FileReport => {
    const [error] = source.errors;
    if (error === undefined)
      return { path: source.path, status: changed.has(source.path) ? 'changed' : 'unchanged', error: null };
    const { line, column } = positionOf(source.text, error.span.start);
    return {
      path: source.path,
      status: 'failed',
      error: `syntax error at ${line}:${column}: ${error.message} Correct it and run again.`,
    };
  });
  return [...read, ...left].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function notesOf(found: FoundSources, units: readonly ConversionUnit[]): readonly string[] {
  if (units.length > 0) return found.notes;
  return [...found.notes, `No Linen code found in ${found.listed} source files: nothing to convert.`];
}

function pathsOf(changes: readonly FileChange[]): string[] {
  return changes.map((change) => change.path);
}

/** This package's folder for a project that does not have it installed. */
function ownRootFor(root: string): string | null {
  return existsSync(join(root, 'node_modules', 'linen2nnx')) ? null : packageRoot();
}
