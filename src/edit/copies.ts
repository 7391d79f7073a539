/** Changed files beside the project: `--out-dir`. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileChange } from '../ir/edit.js';
import { bytesOf, readDisk, writeWhole } from './disk.js';

/** Writes every new text below `folder`, at its path in the project; mode and byte order mark are those of the old file. */
export async function writeCopies(root: string, folder: string, changes: readonly FileChange[]): Promise<void> {
  for (const { path, after } of changes) {
    const { bytes, mode } = await readDisk(join(root, path));
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeWhole(target, bytesOf(after, bytes), mode);
  }
}

/** The changes that would replace a file of the folder. */
export function copiesInTheWay(folder: string, changes: readonly FileChange[]): readonly string[] {
  return changes.map(({ path }) => path).filter((path) => existsSync(join(folder, path)));
}
