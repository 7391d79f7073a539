/** What a write is about to do, on disk before it does it. */
import { mkdir, open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, removeFile, writeWhole } from './disk.js';

export interface Journal {
  readonly schemaVersion: 1;
  readonly run: string;
  /** The run that this one takes back; null for a conversion. */
  readonly undoes: string | null;
  /** `staging`: temporary files may exist, no file was replaced · `committing`: all are staged, files are being replaced. */
  readonly state: 'staging' | 'committing';
  readonly entries: readonly JournalEntry[];
}
export interface JournalEntry {
  /** Project-relative. */
  readonly path: string;
  /** Absolute; the file itself where `path` is a symlink. */
  readonly target: string;
  readonly temporary: string;
  readonly mode: number;
  /** SHA-256 of the bytes, `absent` where there is no file. */
  readonly before: string;
  readonly after: string;
  /** The old bytes in base64, null for a file that did not exist: what an undo puts back. */
  readonly old: string | null;
}

const folderName = '.linen2nnx';

/** The tool's folder in a project; it ignores itself in git. */
export async function openFolder(root: string): Promise<string> {
  const folder = join(root, folderName);
  await mkdir(join(folder, 'runs'), { recursive: true });
  await open(join(folder, '.gitignore'), 'wx').then(
    async (file) => {
      await file.writeFile('*\n');
      await file.close();
    },
    () => undefined,
  );
  return folder;
}

/** The unfinished write of a run that was killed, or null. */
export async function readJournal(root: string): Promise<Journal | null> {
  return readJson(journalPath(root));
}

export async function writeJournal(root: string, journal: Journal): Promise<void> {
  await writeWhole(journalPath(root), encode(journal));
}

export async function dropJournal(root: string): Promise<void> {
  await removeFile(journalPath(root));
}

/** Keeps a finished run, so that it can be undone without git and its old sources can be read again. */
export async function keepRun(root: string, journal: Journal): Promise<void> {
  await writeWhole(join(root, folderName, 'runs', `${journal.run}.json`), encode(journal));
  await dropJournal(root);
}

/** Finished runs, oldest first. */
export async function readRuns(root: string): Promise<readonly Journal[]> {
  const folder = join(root, folderName, 'runs');
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const runs = await Promise.all(
    names
      .filter((each) => each.endsWith('.json'))
      .sort()
      .map((each) => readJson(join(folder, each))),
  );
  return runs.filter((each) => each !== null);
}

function journalPath(root: string): string {
  return join(root, folderName, 'journal.json');
}

function encode(journal: Journal): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(journal, null, 2)}\n`);
}

async function readJson(path: string): Promise<Journal | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Journal;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
