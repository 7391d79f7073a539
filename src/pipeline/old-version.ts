/** The Linen version of converted files: from git by the manifest's blob hash, else from the journal of the run. */
import { spawnSync } from 'node:child_process';
import { readSource } from '../analyze/read-source.js';
import { listRuns } from '../edit/undo.js';
import { readRuns } from '../edit/journal.js';
import type { Manifest } from '../ir/manifest.js';
import type { SourcePath } from '../ir/source.js';

export interface OldVersion {
  /** Files that the conversions changed, as they were before; null for a file that there was none of. */
  readonly files: ReadonlyMap<SourcePath, Uint8Array | null>;
  /** Files of the manifest of which no version has the manifest's hash. */
  readonly missing: readonly SourcePath[];
}

/** The files as they were before the conversions that wrote the manifest. */
export async function findOldVersion(root: string, manifest: Manifest): Promise<OldVersion> {
  const files = new Map<SourcePath, Uint8Array | null>();
  const missing: SourcePath[] = [];
  const runs = await conversionsIn(root);
  for (const [path, blob] of new Map(manifest.classes.map(({ linen }) => [linen.source, linen.blob]))) {
    if (isBlob(files.get(path), path, blob)) continue;
    const found = fromGit(root, path, blob) ?? fromJournal(runs, path, blob);
    if (found === null) missing.push(path);
    // What an earlier conversion had before it is older than what a later one had.
    for (const [each, bytes] of found ?? []) if (!files.has(each) || each === path) files.set(each, bytes);
  }
  return { files, missing };
}

type Files = ReadonlyMap<SourcePath, Uint8Array | null>;

function isBlob(bytes: Uint8Array | null | undefined, path: SourcePath, blob: string): boolean {
  return bytes !== null && bytes !== undefined && readSource({ path, bytes: Buffer.from(bytes) }).blob === blob;
}

// ---------------------------------------------------------------------------------------------------------- git

/** Files that changed together with the version `blob` of `path`: in the commit that replaced it, or since HEAD. */
function fromGit(root: string, path: SourcePath, blob: string): Files | null {
  if (
    git(root, ['rev-parse', `HEAD:./${path}`])
      ?.toString()
      .trim() === blob
  )
    return changedFiles(root, 'HEAD', ['HEAD']);
  const log = git(root, ['log', '--raw', '--no-abbrev', '--no-renames', '--format=%H', '--', path])?.toString() ?? '';
  let commit = '';
  for (const line of log.split('\n')) {
    if (!line.startsWith(':')) commit = line.trim() === '' ? commit : line.trim();
    else if (line.split(' ')[2] === blob) return changedFiles(root, `${commit}~1`, [`${commit}~1`, commit]);
  }
  return null;
}

function changedFiles(root: string, before: string, range: readonly string[]): Files {
  const names = git(root, ['diff', '--name-only', '--no-renames', '--relative', '-z', ...range, '--', '.']);
  const paths = (names?.toString() ?? '').split('\0').filter((each) => /\.[mc]?[jt]sx?$/.test(each));
  return new Map(paths.map((each) => [each, git(root, ['show', `${before}:./${each}`])]));
}

function git(root: string, args: readonly string[]): Buffer | null {
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', ...args], { cwd: root, maxBuffer: 1 << 28 });
  return status === 0 ? stdout : null;
}

// ------------------------------------------------------------------------------------------------------ journal

/** Files of each run that still stands, the newest run first. */
async function conversionsIn(root: string): Promise<readonly Files[]> {
  const standing = new Set((await listRuns(root)).filter((each) => !each.undone).map((each) => each.run));
  const runs = (await readRuns(root)).filter((each) => standing.has(each.run));
  return runs
    .map(({ entries }) => new Map(entries.map((each) => [each.path, each.old === null ? null : fromBase64(each.old)])))
    .reverse();
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

function fromJournal(runs: readonly Files[], path: SourcePath, blob: string): Files | null {
  return runs.find((files) => isBlob(files.get(path), path, blob)) ?? null;
}
