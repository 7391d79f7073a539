/** One writer at a time in a project. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, isMissing, removeFile } from './disk.js';
import { openFolder } from './journal.js';

/** Runs `body` while holding the project's lock; null when another living process holds it. */
export async function withLock<T>(root: string, body: () => Promise<T>): Promise<T | null> {
  const path = join(await openFolder(root), 'lock');
  if (!(await take(path)) && !((await isStale(path)) && (await retake(path)))) return null;
  try {
    return await body();
  } finally {
    await removeFile(path);
  }
}

/** The lock appears with its holder's number in it: linked into place, not opened and then written. */
async function take(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await removeFile(own);
  }
}

/** Of several that find a stale lock, the one whose rename takes it away goes on; a lock that came meanwhile is put back. */
async function retake(path: string): Promise<boolean> {
  const away = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, away);
  } catch (error) {
    if (isMissing(error)) return take(path);
    throw error;
  }
  const stale = await isStale(away);
  if (!stale) await link(away, path).catch(() => undefined);
  await removeFile(away);
  return stale && take(path);
}

/** The lock of a process that is no longer there. */
async function isStale(path: string): Promise<boolean> {
  const holder = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  if (!/^\d+$/.test(holder)) return true;
  try {
    process.kill(Number(holder), 0);
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
}
