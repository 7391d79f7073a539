/** Which project file an import specifier means. No disk is read: only the files of the project count. */
import { packageName } from '../../runtime/catalogue/modules.js';
import type { SourcePath } from './source.js';

export interface PathMapping {
  /** `@app/*`: at most one star. */
  readonly pattern: string;
  /** Relative to the project's root, in order of preference. */
  readonly targets: readonly string[];
  /** The folder whose files it holds for; empty for all. */
  readonly scope: string;
}
export interface KnownFiles {
  readonly known: ReadonlySet<SourcePath>;
  readonly paths: readonly PathMapping[];
}

/** The file, or null for a package or a file that is not part of the project. */
export function resolveSpecifier(from: SourcePath, specifier: string, project: KnownFiles): SourcePath | null {
  if (isOwnSpecifier(specifier)) return null;
  if (/^\.{1,2}(\/|$)/.test(specifier)) return findFile(joinPath(folderOf(from), specifier), project.known);
  for (const target of mappedTargets(from, specifier, project.paths)) {
    const file = findFile(target, project.known);
    if (file !== null) return file;
  }
  return null;
}

function folderOf(path: SourcePath): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function joinPath(folder: string, specifier: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.length === 0 || parts.at(-1) === '..') parts.push('..');
      else parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];
/** What an ending in a specifier may stand for. */
const written: readonly (readonly [string, readonly string[]])[] = [
  ['.js', ['.ts', '.tsx', '.jsx']],
  ['.jsx', ['.tsx']],
  ['.mjs', ['.mts']],
  ['.cjs', ['.cts']],
];

function findFile(path: string, known: ReadonlySet<SourcePath>): SourcePath | null {
  const swapped = written.flatMap(([ending, others]) =>
    path.endsWith(ending) ? others.map((other) => path.slice(0, -ending.length) + other) : [],
  );
  const inFolder = path === '' ? 'index' : `${path}/index`;
  const candidates = [
    ...swapped,
    path,
    ...endings.map((each) => path + each),
    ...endings.map((each) => inFolder + each),
  ];
  return candidates.find((each) => known.has(each)) ?? null;
}

function mappedTargets(from: SourcePath, specifier: string, paths: readonly PathMapping[]): readonly string[] {
  return paths
    .filter(({ scope }) => scope === '' || from.startsWith(`${scope}/`))
    .map((mapping) => ({ mapping, match: matchPattern(mapping.pattern, specifier) }))
    .filter(({ match }) => match !== null)
    .sort((a, b) => precision(b.mapping) - precision(a.mapping))
    .flatMap(({ mapping, match }) =>
      mapping.targets.map((each) =>
        joinPath(
          '',
          each.replace('*', () => match ?? ''),
        ),
      ),
    );
}

/** What the star stands for (empty when there is none); null when the pattern does not fit. */
function matchPattern(pattern: string, specifier: string): string | null {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === specifier ? '' : null;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits =
    specifier.startsWith(before) && specifier.endsWith(after) && specifier.length >= before.length + after.length;
  return fits ? specifier.slice(before.length, specifier.length - after.length) : null;
}

/** As TypeScript orders patterns: the longest text before the star, whole specifiers first; nearer tsconfig files win. */
function precision({ pattern, scope }: PathMapping): number {
  const star = pattern.indexOf('*');
  return scope.length * 10_000 + (star === -1 ? 5_000 : star);
}

/** The package's own entry points are never files of the project. */
function isOwnSpecifier(specifier: string): boolean {
  return specifier === packageName || specifier.startsWith(`${packageName}/`);
}
