/** The manifest of a project, from its file. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../ir/manifest.js';
import { emptyManifest, parseManifest } from '../manifest/manifest.js';
import { RunError } from './options.js';

export const manifestFile = 'linen2nnx.manifest.json';

/** Empty where there is no file; throws `RunError` for one that cannot be read. */
export function readManifest(root: string): Manifest {
  const path = join(root, manifestFile);
  if (!existsSync(path)) return emptyManifest;
  const read = parseManifest(readFileSync(path, 'utf8'));
  if ('manifest' in read) return read.manifest;
  throw new RunError(`${manifestFile}: ${read.message}\nCorrect it, or restore it from version control.`, 2);
}
