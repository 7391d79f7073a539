/** Replacing several files so that all become new or all stay old. */
import { hashOnDisk, stage, systemErrorOf } from './disk.js';
import { keepRun, writeJournal, type Journal, type JournalEntry } from './journal.js';
import { replace, undoWrite } from './recovery.js';

export interface Staged {
  readonly entry: JournalEntry;
  /** What the file becomes; null removes it. */
  readonly bytes: Uint8Array | null;
}
export type TransactionResult =
  | { readonly status: 'done'; readonly run: string }
  /** Changed on disk since `before` was read; nothing was replaced. */
  | { readonly status: 'drift'; readonly paths: readonly string[] }
  /** The system refused (disk full, no permission): every file is old again. */
  | { readonly status: 'failed'; readonly message: string };

/** Stages, compares once more, replaces, keeps the run. Call while holding the lock and with no journal left. */
export async function replaceAll(
  root: string,
  { staged, undoes }: { readonly staged: readonly Staged[]; readonly undoes: string | null },
  onStep: (step: string) => void,
): Promise<TransactionResult> {
  const entries = staged.map((each) => each.entry);
  const journal: Journal = { schemaVersion: 1, run: runName(), undoes, state: 'staging', entries };
  let current = journal;
  try {
    onStep('journal');
    await writeJournal(root, journal);
    for (const { entry, bytes } of staged) {
      onStep(`stage ${entry.path}`);
      if (bytes !== null) await stage(entry.temporary, bytes, entry.mode);
    }
    const drifted = await driftedSince(entries);
    if (drifted.length > 0) {
      await undoWrite(root, journal);
      return { status: 'drift', paths: drifted };
    }
    onStep('commit');
    await writeJournal(root, { ...journal, state: 'committing' });
    current = { ...journal, state: 'committing' };
    for (const entry of entries) {
      onStep(`replace ${entry.path}`);
      await replace(entry);
    }
    onStep('keep');
    await keepRun(root, current);
    return { status: 'done', run: journal.run };
  } catch (error) {
    const message = systemErrorOf(error);
    if (message === null) throw error;
    await undoWrite(root, current);
    return { status: 'failed', message };
  }
}

async function driftedSince(entries: readonly JournalEntry[]): Promise<string[]> {
  const hashes = await Promise.all(entries.map((each) => hashOnDisk(each.target)));
  return entries.filter((each, index) => hashes[index] !== each.before).map((each) => each.path);
}

/** Sorts by time; no two runs share one, as a process writes one after the other. */
function runName(): string {
  return `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
}
