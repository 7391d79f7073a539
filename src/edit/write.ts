/** All changed files, or none. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileChange } from '../ir/edit.js';
import { commit, isBelow, readDisk, removeFile, stage, temporaryName, textOf, type DiskFile } from './disk.js';
import { dropJournal, keepRun, writeJournal, type Journal, type JournalEntry } from './journal.js';
import { withLock } from './lock.js';
import { entryFor, recover, type RecoveryResult } from './recovery.js';

export type WriteResult =
  | { readonly status: 'written'; readonly run: string; readonly paths: readonly string[] }
  | {
      readonly status: 'refused';
      /**
       * `drift`: changed on disk since it was read · `locked`: another run is writing · `conflict`: a cut-off run's files
       * were changed since · `outside`: a link that leaves the project · `encoding`: not UTF-8.
       */
      readonly reason: 'drift' | 'locked' | 'conflict' | 'outside' | 'encoding';
      readonly paths: readonly string[];
      readonly message: string;
    };

export interface WriteOptions {
  /** Told before each change of the disk; what it throws stops the write there, as a kill would. */
  readonly onStep?: (step: string) => void;
}

/**
 * Replaces every changed file (temporary file in the same folder, fsync, rename), keeping mode bits, the link a path goes
 * through and the byte order mark. A journal in `.linen2nnx` makes it all or nothing: the next write, or `recoverWrites`,
 * finishes or undoes one that was killed. A change whose `before` is empty may name a file that does not exist yet.
 */
export async function writeChanges(
  root: string,
  changes: readonly FileChange[],
  options: WriteOptions = {},
): Promise<WriteResult> {
  const result = await withLock(root, () => writeLocked(root, changes, options.onStep ?? (() => undefined)));
  return result ?? locked();
}

/** Finishes or undoes a write that was killed. */
export async function recoverWrites(root: string): Promise<RecoveryResult | { readonly status: 'locked' }> {
  return (await withLock(root, () => recover(root))) ?? { status: 'locked' };
}

async function writeLocked(
  root: string,
  changes: readonly FileChange[],
  onStep: (step: string) => void,
): Promise<WriteResult> {
  const recovery = await recover(root);
  if (recovery.status === 'conflict') return conflict(recovery.paths);
  if (changes.length === 0) return { status: 'written', run: '', paths: [] };
  const disks = await Promise.all(changes.map((each) => readDisk(join(root, each.path))));
  const refused = await refusalOf(root, changes, disks);
  if (refused !== null) return refused;
  const staged = changes.map((each, index) => {
    const disk = disks[index]!;
    return entryFor(each.path, each.after, { disk, temporary: temporaryName(disk.target) });
  });
  const entries = staged.map((each) => each.entry);
  const journal: Journal = { schemaVersion: 1, run: runName(), state: 'staging', entries };
  onStep('journal');
  await writeJournal(root, journal);
  for (const { entry, bytes } of staged) {
    onStep(`stage ${entry.path}`);
    await stage(entry.temporary, bytes, entry.mode);
  }
  const drifted = await driftedSince(entries);
  if (drifted.length > 0) return giveUp(root, entries, drifted);
  onStep('commit');
  await writeJournal(root, { ...journal, state: 'committing' });
  for (const entry of entries) {
    onStep(`replace ${entry.path}`);
    await commit(entry.temporary, entry.target);
  }
  onStep('keep');
  await keepRun(root, { ...journal, state: 'committing' });
  return { status: 'written', run: journal.run, paths: changes.map((each) => each.path) };
}

async function refusalOf(
  root: string,
  changes: readonly FileChange[],
  disks: readonly DiskFile[],
): Promise<WriteResult | null> {
  const home = await realpath(root);
  const pathsOf = (test: (disk: DiskFile, change: FileChange) => boolean): string[] =>
    changes.filter((each, index) => test(disks[index]!, each)).map((each) => each.path);
  const outside = pathsOf((disk) => !isBelow(home, disk.target));
  if (outside.length > 0) return refusal('outside', outside, 'leads out of the project');
  const foreign = pathsOf(({ bytes }) => bytes !== null && textOf(bytes) === null);
  if (foreign.length > 0) return refusal('encoding', foreign, 'is not UTF-8 text');
  const drifted = pathsOf(({ bytes }, change) => (bytes === null ? '' : textOf(bytes)) !== change.before);
  return drifted.length > 0 ? drift(drifted) : null;
}

async function driftedSince(entries: readonly JournalEntry[]): Promise<string[]> {
  const disks = await Promise.all(entries.map((each) => readDisk(each.target)));
  return entries
    .filter(
      (each, index) =>
        (disks[index]!.bytes === null ? null : Buffer.from(disks[index]!.bytes!).toString('base64')) !== each.old,
    )
    .map((each) => each.path);
}

async function giveUp(root: string, entries: readonly JournalEntry[], paths: readonly string[]): Promise<WriteResult> {
  for (const entry of entries) await removeFile(entry.temporary);
  await dropJournal(root);
  return drift(paths);
}

function drift(paths: readonly string[]): WriteResult {
  return refusal('drift', paths, 'was changed since it was read; run again');
}

function locked(): WriteResult {
  return { status: 'refused', reason: 'locked', paths: [], message: 'Another run is writing in this project.' };
}

function conflict(paths: readonly string[]): WriteResult {
  return refusal(
    'conflict',
    paths,
    'was changed after an earlier run was cut off; restore it or remove .linen2nnx/journal.json',
  );
}

function refusal(
  reason: 'drift' | 'conflict' | 'outside' | 'encoding',
  paths: readonly string[],
  why: string,
): WriteResult {
  return { status: 'refused', reason, paths, message: paths.map((each) => `${each} ${why}.`).join('\n') };
}

function runName(): string {
  return `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
}
