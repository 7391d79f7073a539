/** A copy of a project in which the old versions of its files lie: what analysis and verification read as the old program. */
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Makes the copy, hands it to `body`, and removes it. Packages are those of the project itself. */
export async function withOldProject<T>(
  root: string,
  files: ReadonlyMap<string, Uint8Array | null>,
  body: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'linen2nnx-old-')));
  try {
    const left = new Set(['node_modules', '.git', '.linen2nnx']);
    await cp(root, copy, { recursive: true, filter: (source) => source === root || !left.has(basename(source)) });
    for (const [path, bytes] of files) {
      const target = join(copy, path);
      await mkdir(dirname(target), { recursive: true });
      if (bytes === null) await rm(target, { force: true });
      else await writeFile(target, bytes);
    }
    const packages = packagesOf(root);
    if (packages !== null) await symlink(packages, join(copy, 'node_modules'), 'junction');
    return await body(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** The nearest `node_modules`, which in a workspace may lie above the project. */
function packagesOf(root: string): string | null {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules');
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return null;
  }
}
