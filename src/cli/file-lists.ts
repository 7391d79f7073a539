/** Files named by a list or by git: what narrows the paths of a run. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RunError } from '../pipeline/options.js';
import { toProjectPath } from '../project/read-config.js';

/** Files of a list (`-`: of stdin) or changed since a commit, or both; null when neither is asked for. */
export function listedFiles(
  root: string,
  { filesFrom, since }: { readonly filesFrom?: string | undefined; readonly since?: string | undefined },
): readonly string[] | null {
  const listed = filesFrom === undefined ? null : filesOfList(root, filesFrom);
  const changed = since === undefined ? null : filesSince(root, since);
  if (listed === null || changed === null) return listed ?? changed;
  return listed.filter((each) => changed.includes(each));
}

function filesOfList(root: string, list: string): readonly string[] {
  if (list !== '-' && !existsSync(resolve(root, list)))
    throw new RunError(`There is no list ${list}.\nName a file with one path a line, or - for stdin.`, 2);
  const text = readFileSync(list === '-' ? 0 : resolve(root, list), 'utf8');
  const paths = text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((each) => each !== '');
  const missing = paths.filter((each) => !existsSync(resolve(root, each)));
  if (missing.length > 0)
    throw new RunError(`${list} lists files that are not there: ${missing.slice(0, 10).join(', ')}.\nRemove them.`, 2);
  return paths.map((each) => toProjectPath(root, each));
}

/** Changed or untracked; deleted files have nothing to convert. Only reading commands are run. */
function filesSince(root: string, ref: string): readonly string[] {
  if (ref.startsWith('-')) throw noSuchRef(ref);
  const commit = git(root, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])?.trim();
  if (commit === undefined) throw noSuchRef(ref);
  const changed = git(root, ['diff', '--name-only', '-z', '--relative', '--diff-filter=d', commit, '--']);
  const untracked = git(root, ['ls-files', '--others', '--exclude-standard', '-z']);
  return `${changed ?? ''}${untracked ?? ''}`.split('\0').filter((each) => each !== '');
}

function noSuchRef(ref: string): RunError {
  return new RunError(`git knows no commit ${ref} in this folder.\nName a commit, a branch or a tag.`, 2);
}

function git(root: string, args: readonly string[]): string | null {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', ...args], options);
  return status === 0 ? stdout : null;
}
