/** Taking a finished run back, from its journal alone. */
import { hashOf, isReadOnly, readDisk, temporaryName } from './disk.js';
import { readRuns, type Journal, type JournalEntry } from './journal.js';
import { withLock } from './lock.js';
import { recover } from './recovery.js';
import { replaceAll, type Staged } from './transaction.js';
import type { WriteOptions } from './write.js';

export type UndoResult =
  | { readonly status: 'undone'; readonly run: string; readonly paths: readonly string[] }
  | {
      readonly status: 'refused';
      /** `unknown`: there is no such run · `done`: it was taken back already · others as in `WriteResult`. */
      readonly reason: 'unknown' | 'done' | 'drift' | 'locked' | 'conflict' | 'read-only' | 'system';
      readonly paths: readonly string[];
      readonly message: string;
    };

export interface RunSummary {
  readonly run: string;
  readonly paths: readonly string[];
  /** Taken back by a later `undo`. */
  readonly undone: boolean;
}

/** The conversions written in a folder, oldest first. */
export async function listRuns(root: string): Promise<readonly RunSummary[]> {
  const runs = await readRuns(root);
  const undone = undoneBy(runs);
  return runs
    .filter((each) => isConversion(each))
    .map(({ run, entries }) => ({ run, paths: entries.map((each) => each.path), undone: undone.has(run) }));
}

/**
 * Puts the files of a run (the last that stands, when none is named) back as they were before it, all or none. Refused when
 * one of them is no longer as the run wrote it.
 */
export async function undoRun(root: string, run: string | null, options: WriteOptions = {}): Promise<UndoResult> {
  const result = await withLock(root, () => undoLocked(root, run, options.onStep ?? (() => undefined)));
  return (
    result ?? refused('locked', [], 'Another run is writing in this project.\nWait for it to end, then try again.')
  );
}

async function undoLocked(root: string, asked: string | null, onStep: (step: string) => void): Promise<UndoResult> {
  const recovery = await recover(root);
  if (recovery.status === 'conflict') return conflict(recovery.paths);
  const runs = await readRuns(root);
  const undone = undoneBy(runs);
  const standing = runs.filter((each) => isConversion(each) && !undone.has(each.run));
  const run = asked === null ? standing.at(-1) : runs.find((each) => isConversion(each) && each.run === asked);
  if (run === undefined) {
    const what = asked === null ? 'There is no run to undo.' : `There is no run ${asked}.`;
    return refused('unknown', [], `${what}\n\`linen2nnx runs\` lists them.`);
  }
  if (undone.has(run.run)) return refused('done', [], `Run ${run.run} was undone already.`);
  const disks = await Promise.all(run.entries.map((each) => readDisk(each.target)));
  const drifted = pathsOf(run, (entry, index) => hashOf(disks[index]!.bytes) !== entry.after);
  if (drifted.length > 0) return drift(drifted, laterRun(standing, run, drifted));
  const fixed = pathsOf(run, (_, index) => isReadOnly(disks[index]!));
  if (fixed.length > 0) return refused('read-only', fixed, `${fixed.join(', ')}: read-only. Make writable, then undo.`);
  const staged = run.entries.map((entry, index) => reversed(entry, disks[index]!.bytes));
  const result = await replaceAll(root, { staged, undoes: run.run }, onStep);
  if (result.status === 'drift') return drift(result.paths, null);
  if (result.status === 'failed') return refused('system', [], result.message);
  return { status: 'undone', run: run.run, paths: run.entries.map((each) => each.path) };
}

function isConversion({ undoes }: Journal): boolean {
  return undoes === null;
}

function undoneBy(runs: readonly Journal[]): ReadonlySet<string> {
  return new Set(runs.flatMap(({ undoes }) => (undoes === null ? [] : [undoes])));
}

function reversed(entry: JournalEntry, now: Uint8Array | null): Staged {
  const bytes = entry.old === null ? null : Buffer.from(entry.old, 'base64');
  const old = now === null ? null : Buffer.from(now).toString('base64');
  const turned = { before: entry.after, after: entry.before, old, temporary: temporaryName(entry.target) };
  return { entry: { ...entry, ...turned }, bytes };
}

function pathsOf({ entries }: Journal, test: (entry: JournalEntry, index: number) => boolean): readonly string[] {
  return entries.filter(test).map((each) => each.path);
}

/** A run after `run` that stands and wrote one of the files. */
function laterRun(standing: readonly Journal[], run: Journal, paths: readonly string[]): string | null {
  const later = standing.filter((each) => each.run > run.run);
  return later.findLast((each) => each.entries.some(({ path }) => paths.includes(path)))?.run ?? null;
}

function drift(paths: readonly string[], later: string | null): UndoResult {
  const list = paths.map((each) => `  ${each}\n`).join('');
  const fix =
    later === null
      ? 'Put them back to what the run wrote, or restore the old text by hand: .linen2nnx/runs holds it.'
      : `Run ${later} wrote some of them since: undo it first.`;
  return refused('drift', paths, `These files are not as the run left them, so nothing was undone:\n${list}${fix}`);
}

function conflict(paths: readonly string[]): UndoResult {
  const fix = 'Restore them to what the run read or wrote, or delete .linen2nnx/journal.json to keep them as they are.';
  return refused(
    'conflict',
    paths,
    `A run was cut off, and these files were changed since: ${paths.join(', ')}.\n${fix}`,
  );
}

function refused(
  reason: Extract<UndoResult, { status: 'refused' }>['reason'],
  paths: readonly string[],
  message: string,
): UndoResult {
  return { status: 'refused', reason, paths, message };
}
