/** Reading and replacing files so that a crash leaves the old or the new one, never half. */
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

const mark = Uint8Array.of(0xef, 0xbb, 0xbf);

export interface DiskFile {
  /** The file itself, where `path` is a symlink. */
  readonly target: string;
  readonly bytes: Uint8Array | null;
  readonly mode: number;
}

/** Follows symlinks. `bytes` is null for a file that does not exist. */
export async function readDisk(path: string): Promise<DiskFile> {
  try {
    const target = await realpath(path);
    return { target, bytes: await readFile(target), mode: (await stat(target)).mode & 0o7777 };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return {
      target: join(await realpath(dirname(path)), path.slice(dirname(path).length + 1)),
      bytes: null,
      mode: 0o644,
    };
  }
}

/** Text without its byte order mark; null when the bytes are no UTF-8 text. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes of a text, with a byte order mark where the old file had one. */
export function bytesOf(text: string, old: Uint8Array | null): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const marked = old !== null && mark.every((each, index) => old[index] === each);
  return marked ? Uint8Array.from([...mark, ...bytes]) : bytes;
}

export function hashOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'absent' : createHash('sha256').update(bytes).digest('hex');
}

export async function hashOnDisk(path: string): Promise<string> {
  return hashOf((await readDisk(path)).bytes);
}

export function temporaryName(target: string): string {
  return join(dirname(target), `.linen2nnx-${randomBytes(6).toString('hex')}.tmp`);
}

/** Written and on the disk, under its temporary name. */
export async function stage(temporary: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes the staged file's place at once; the folder's entry is on the disk afterwards. */
export async function commit(temporary: string, target: string): Promise<void> {
  await rename(temporary, target);
  await syncFolder(dirname(target));
}

export async function writeWhole(target: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const temporary = temporaryName(target);
  await stage(temporary, bytes, mode);
  await commit(temporary, target);
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && !way.startsWith(`..${sep}`) && way !== '..' && !way.startsWith(sep);
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

/** Whether it is the system's error of this code. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** The system's message of an error it made (disk full, no permission), null for any other. */
export function systemErrorOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error ? error.message : null;
}

/** Whether its mode lets nobody write it: someone meant it to stay. */
export function isReadOnly({ bytes, mode }: DiskFile): boolean {
  return bytes !== null && (mode & 0o222) === 0;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
