/** What git says of the files about to be changed. Only reading commands are run, none that takes a lock. */
import { spawnSync } from 'node:child_process';
import { RunError } from './options.js';
import type { RunOptions } from './options.js';

/** Throws `RunError` (exit 4) when a file that will change could not be brought back by git. */
export function requireCleanTree(root: string, paths: readonly string[], options: RunOptions): void {
  const inside = git(root, ['rev-parse', '--is-inside-work-tree']);
  if (inside === null || inside.trim() !== 'true') {
    if (options.allowNoVcs) return;
    throw new RunError(
      'The folder is not under version control, so a conversion could not be taken back with it.\n' +
        'Commit it to git first, or pass --allow-no-vcs (every run also keeps a journal in .linen2nnx).',
      4,
    );
  }
  if (options.allowDirty) return;
  const dirty = dirtyPaths(root, paths);
  if (dirty.length === 0) return;
  throw new RunError(
    `${dirty.length} of the files to change ${dirty.length === 1 ? 'has' : 'have'} uncommitted changes:\n` +
      `${dirty
        .slice(0, 10)
        .map((path) => `  ${path}\n`)
        .join('')}` +
      'Commit or stash them first, or pass --allow-dirty.',
    4,
  );
}

/** Those of `paths` that are modified, staged, untracked or ignored. */
function dirtyPaths(root: string, paths: readonly string[]): string[] {
  const output = git(root, [
    '--no-optional-locks',
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=all',
    '--ignored=matching',
    '--',
    ...paths.map((path) => `:(literal)${path}`),
  ]);
  if (output === null)
    throw new RunError('git status failed.\nCheck the repository with `git status`, or pass --allow-dirty.', 4);
  return output
    .split('\0')
    .filter((line) => line.length > 3)
    .map((line) => `${line.slice(3)}${line.startsWith('??') ? ' (untracked)' : ''}`);
}

function git(root: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  return status === 0 ? stdout : null;
}
