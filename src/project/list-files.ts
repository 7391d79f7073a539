/** The source files of a project, before anything is read. */
import { execFileSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob } from 'tinyglobby';
import type { SourcePath } from '../ir/source.js';
import { type ProjectConfig, toProjectPath } from './read-config.js';

const endings = 'ts,tsx,mts,cts,js,jsx,mjs,cjs';
const never = ['**/node_modules/**', '**/.git/**', '**/*.d.{ts,mts,cts}', '**/*.min.js'];

export interface FileQuery {
  /** Files, folders or globs of the command line, relative to the root; empty means the whole project. */
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}
export interface ListedFiles {
  /** The project: what the tsconfig names, and what lies in the paths asked for. */
  readonly all: readonly SourcePath[];
  /** Those in the paths asked for. */
  readonly selected: readonly SourcePath[];
  readonly unmatched: readonly string[];
}

export async function listFiles(root: string, config: ProjectConfig, query: FileQuery): Promise<ListedFiles> {
  const ignore = [...never, ...config.outputs.map((each) => `${each}/**`)];
  const find = async (patterns: readonly string[]): Promise<readonly SourcePath[]> =>
    glob([...patterns], { cwd: root, ignore, dot: false, followSymbolicLinks: false, expandDirectories: false });

  const asked = query.paths.length === 0 ? ['.'] : query.paths;
  const matches = await Promise.all(asked.map(async (each) => ({ each, files: await find([patternOf(root, each)]) })));
  const unmatched = query.paths.filter((path) =>
    matches.some(({ each, files }) => each === path && files.length === 0),
  );
  const kept = await narrow(find, { files: matches.flatMap(({ files }) => files), query });
  const named = config.files.filter((each) => isSource(each, config.outputs));
  const whole = config.path === null ? await find([`**/*.{${endings}}`]) : named;
  return { all: unique([...whole, ...kept]), selected: unique(kept), unmatched };
}

function patternOf(root: string, path: string): string {
  const place = toProjectPath(root, path);
  const found = statSync(resolve(root, path), { throwIfNoEntry: false });
  if (found?.isDirectory()) return place === '' ? `**/*.{${endings}}` : `${escapeGlob(place)}/**/*.{${endings}}`;
  return found?.isFile() ? escapeGlob(place) : place;
}

function escapeGlob(path: string): string {
  return path.replace(/[()[\]{}!*?@+|\\]/g, '\\$&');
}

async function narrow(
  find: (patterns: readonly string[]) => Promise<readonly SourcePath[]>,
  from: { readonly files: readonly SourcePath[]; readonly query: FileQuery },
): Promise<readonly SourcePath[]> {
  const { include, exclude } = from.query;
  const included = include.length === 0 ? null : new Set(await find(include));
  const excluded = new Set(exclude.length === 0 ? [] : await find(exclude));
  const sources = from.files.filter((each) => isSource(each, []));
  return sources.filter((each) => (included === null || included.has(each)) && !excluded.has(each));
}

function isSource(path: SourcePath, outputs: readonly string[]): boolean {
  if (!/\.([cm]?[jt]s|[jt]sx)$/.test(path) || /\.d\.[cm]?ts$/.test(path) || path.endsWith('.min.js')) return false;
  if (/(^|\/)node_modules\//.test(path)) return false;
  return !outputs.some((each) => path.startsWith(`${each}/`));
}

function unique(paths: readonly SourcePath[]): readonly SourcePath[] {
  return [...new Set(paths)].sort();
}

/** Why a file is not to be touched, or null. `ignored` comes from `ignoredFiles`. */
export function whyLeftOut(
  root: string,
  file: { readonly path: SourcePath; readonly head: string; readonly ignored: ReadonlySet<SourcePath> },
): string | null {
  if (file.ignored.has(file.path)) return 'It is ignored by git.';
  if (/@generated\b|\bDO NOT EDIT\b/.test(file.head)) return 'It says that it is generated.';
  const real = toProjectPath(realpathSync(root), realpathSync(resolve(root, file.path)));
  if (real.startsWith('..')) return 'It is a link to a file outside the project.';
  return real === file.path ? null : `It is a link to ${real}.`;
}

/** The files that git ignores; none where there is no git. Only reads. */
export function ignoredFiles(root: string, paths: readonly SourcePath[]): ReadonlySet<SourcePath> {
  if (paths.length === 0) return new Set();
  try {
    const options = {
      cwd: root,
      input: paths.join('\0'),
      stdio: ['pipe', 'pipe', 'ignore'] as ['pipe', 'pipe', 'ignore'],
    };
    const out = execFileSync('git', ['check-ignore', '-z', '--stdin'], options);
    return new Set(
      out
        .toString('utf8')
        .split('\0')
        .filter((each) => each !== ''),
    );
  } catch {
    return new Set();
  }
}
