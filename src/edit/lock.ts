/** One writer at a time in a project. */
import { open, readFile } from 'node:fs/promises';
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

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function retake(path: string): Promise<boolean> {
  await removeFile(path);
  return take(path);
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
