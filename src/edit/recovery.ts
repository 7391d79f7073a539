/** What to do with a write that was cut off. */
import { bytesOf, commit, hashOf, hashOnDisk, removeFile, writeWhole, type DiskFile } from './disk.js';
import { dropJournal, keepRun, readJournal, type Journal, type JournalEntry } from './journal.js';

export type RecoveryResult =
  | { readonly status: 'clean' }
  /** Every file of the run is new now. */
  | { readonly status: 'finished'; readonly run: string }
  /** Every file of the run is old again. */
  | { readonly status: 'undone'; readonly run: string }
  /** These files were changed by someone else since; nothing was touched. */
  | { readonly status: 'conflict'; readonly run: string; readonly paths: readonly string[] };

/** Finishes the write a journal speaks of, or undoes it where it cannot be finished. Call while holding the lock. */
export async function recover(root: string): Promise<RecoveryResult> {
  const journal = await readJournal(root);
  if (journal === null) return { status: 'clean' };
  const { run } = journal;
  if (journal.state === 'staging') return undoWrite(root, journal);
  const foreign = await pathsWhere(journal, async (entry) => {
    const now = await hashOnDisk(entry.target);
    return now !== entry.before && now !== entry.after;
  });
  if (foreign.length > 0) return { status: 'conflict', run, paths: foreign };
  const unfinished = await pathsWhere(journal, async (entry) => !(await isFinishable(entry)));
  if (unfinished.length > 0) return undoWrite(root, journal);
  for (const entry of journal.entries) {
    if ((await hashOnDisk(entry.target)) !== entry.after) await replace(entry);
  }
  await keepRun(root, journal);
  return { status: 'finished', run };
}

/** Puts the staged file in its place, or removes the file where the run leaves none. */
export async function replace(entry: JournalEntry): Promise<void> {
  if (entry.after === hashOf(null)) await removeFile(entry.target);
  else await commit(entry.temporary, entry.target);
}

/** Puts every file back as it was. A file that holds the old bytes already is not written. */
async function restore(entries: readonly JournalEntry[]): Promise<void> {
  for (const entry of entries) {
    if ((await hashOnDisk(entry.target)) === entry.before) continue;
    if (entry.old === null) await removeFile(entry.target);
    else await writeWhole(entry.target, Buffer.from(entry.old, 'base64'), entry.mode);
  }
}

/** Every file old again. The staged files go first: on a full disk they make the room. */
export async function undoWrite(root: string, journal: Journal): Promise<RecoveryResult> {
  for (const entry of journal.entries) await removeFile(entry.temporary);
  if (journal.state === 'committing') await restore(journal.entries);
  await dropJournal(root);
  return { status: 'undone', run: journal.run };
}

async function isFinishable(entry: JournalEntry): Promise<boolean> {
  if (entry.after === hashOf(null) || (await hashOnDisk(entry.target)) === entry.after) return true;
  return (await hashOnDisk(entry.temporary)) === entry.after;
}

async function pathsWhere(journal: Journal, test: (entry: JournalEntry) => Promise<boolean>): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of journal.entries) if (await test(entry)) paths.push(entry.path);
  return paths;
}

/** An entry for replacing what is on disk by `text`. */
export function entryFor(
  path: string,
  text: string,
  place: { readonly disk: DiskFile; readonly temporary: string },
): { entry: JournalEntry; bytes: Uint8Array } {
  const { disk, temporary } = place;
  const bytes = bytesOf(text, disk.bytes);
  const old = disk.bytes === null ? null : Buffer.from(disk.bytes).toString('base64');
  const { target, mode } = disk;
  const entry = { path, target, temporary, mode, before: hashOf(disk.bytes), after: hashOf(bytes), old };
  return { entry, bytes };
}
