/** All changed files, or none. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileChange } from '../ir/edit.js';
import { isBelow, isReadOnly, readDisk, temporaryName, textOf, type DiskFile } from './disk.js';
import { withLock } from './lock.js';
import { entryFor, recover, type RecoveryResult } from './recovery.js';
import { replaceAll } from './transaction.js';

export type WriteResult =
  | { readonly status: 'written'; readonly run: string; readonly paths: readonly string[] }
  | {
      readonly status: 'refused';
      /**
       * `drift`: changed on disk since it was read · `locked`: another run is writing · `conflict`: a cut-off run's files
       * were changed since · `outside`: a link that leaves the project · `encoding`: not UTF-8 · `read-only`: by its mode ·
       * `system`: disk full, no permission.
       */
      readonly reason: 'drift' | 'locked' | 'conflict' | 'outside' | 'encoding' | 'read-only' | 'system';
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
  const result = await replaceAll(root, { staged, undoes: null }, onStep);
  if (result.status === 'drift') return drift(result.paths);
  if (result.status === 'failed') return { status: 'refused', reason: 'system', paths: [], message: result.message };
  return { status: 'written', run: result.run, paths: changes.map((each) => each.path) };
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
  const fixed = pathsOf(isReadOnly);
  if (fixed.length > 0) return refusal('read-only', fixed, 'is read-only; make it writable and run again');
  const drifted = pathsOf(({ bytes }, change) => (bytes === null ? '' : textOf(bytes)) !== change.before);
  return drifted.length > 0 ? drift(drifted) : null;
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
  reason: 'drift' | 'conflict' | 'outside' | 'encoding' | 'read-only',
  paths: readonly string[],
  why: string,
): WriteResult {
  return { status: 'refused', reason, paths, message: paths.map((each) => `${each} ${why}.`).join('\n') };
}
