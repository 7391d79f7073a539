/**
 * The files that matter: those with Linen code, those that use them, however many re-exports lie between, and those that
 * Linen code uses: a shape may be made by a helper that names no module.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageName } from '../../runtime/catalogue/modules.js';
import type { SourceFile, SourcePath } from '../ir/source.js';
import { resolveSpecifier } from '../ir/specifier.js';
import { ignoredFiles, listFiles, whyLeftOut } from './list-files.js';
import type { ProjectProblem } from './problem.js';
import { type ProjectConfig, readConfig } from './read-config.js';

export interface FindOptions {
  /** Files, folders or globs to convert, relative to the root; empty or absent means all. */
  readonly paths?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** A tsconfig other than the root's. */
  readonly project?: string;
  /** Specifiers that stand for the package's modules. */
  readonly aliases?: { readonly [specifier: string]: string };
  /** Text that stands for a file's text on disk. */
  readonly overlay?: { readonly path: SourcePath; readonly text: string } | null;
}
export interface FoundSources {
  /** Relevant files of the whole project, in path order. */
  readonly files: readonly SourceFile[];
  /** Those that may be written. */
  readonly selected: readonly SourcePath[];
  /** How many source files the project has. */
  readonly listed: number;
  readonly config: ProjectConfig;
  readonly problems: readonly ProjectProblem[];
  /** What the person should know: that there is no tsconfig. */
  readonly notes: readonly string[];
}

/**
 * Reads the project's source files and keeps those whose text names a module of the package; in further rounds, those
 * that import a file already kept; and all that the former import. Never under `node_modules`, declarations, builds, ignored or generated files.
 */
export async function findSources(root: string, options: FindOptions = {}): Promise<FoundSources> {
  const config = readConfig(root, options.project ?? null);
  const { paths = [], include = [], exclude = [] } = options;
  const listed = await listFiles(root, config, { paths, include, exclude });
  const relevant = keepRelevant(root, config, {
    paths: listed.all,
    aliases: options.aliases ?? {},
    overlay: options.overlay ?? null,
  });
  const { kept, problems } = checkFiles(root, relevant);
  const selected = new Set(listed.selected);
  return {
    files: kept,
    selected: kept.map((each) => each.path).filter((each) => selected.has(each)),
    listed: listed.all.length,
    config,
    problems: [...config.problems, ...listed.unmatched.map(unmatchedProblem), ...problems],
    notes: config.path === null ? ['There is no tsconfig.json: every source file under the folder is read.'] : [],
  };
}

function unmatchedProblem(path: string): ProjectProblem {
  const message = `${path} matches no TypeScript or JavaScript file. Check the spelling, or pass a folder that holds some.`;
  return { problem: 'unmatched', path, message };
}

interface Candidates {
  readonly paths: readonly SourcePath[];
  readonly aliases: { readonly [specifier: string]: string };
  readonly overlay: { readonly path: SourcePath; readonly text: string } | null;
}

function keepRelevant(root: string, config: ProjectConfig, from: Candidates): readonly SourceFile[] {
  const needles = [packageName, ...Object.keys(from.aliases)].map((each) => Buffer.from(each));
  const { overlay } = from;
  const read = (path: SourcePath) =>
    overlay?.path === path ? { path, bytes: Buffer.from(overlay.text) } : readFile(root, path);
  const known = new Set(from.paths);
  const kept = new Map<SourcePath, SourceFile>();
  const importers = new Map<SourcePath, SourceFile[]>();
  const imports = new Map<SourcePath, readonly SourcePath[]>();
  for (const path of from.paths) {
    const file = read(path);
    if (file === null) continue;
    if (needles.some((each) => file.bytes.includes(each))) kept.set(path, file);
    const targets = importedFiles(file, { known, paths: config.paths });
    imports.set(path, targets);
    for (const target of targets) {
      const list = importers.get(target);
      if (list === undefined) importers.set(target, [file]);
      else list.push(file);
    }
  }
  const linen = [...kept.keys()];
  const waiting = [...linen];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const importer of importers.get(path) ?? []) {
      if (kept.has(importer.path)) continue;
      kept.set(importer.path, importer);
      waiting.push(importer.path);
    }
  }
  for (const path of reachable(linen, imports)) {
    const file = kept.has(path) ? null : read(path);
    if (file !== null) kept.set(path, file);
  }
  return [...kept.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Everything that some files import, and what that imports. */
function reachable(
  from: readonly SourcePath[],
  imports: ReadonlyMap<SourcePath, readonly SourcePath[]>,
): ReadonlySet<SourcePath> {
  const found = new Set<SourcePath>();
  const waiting = [...from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const target of imports.get(path) ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      waiting.push(target);
    }
  }
  return found;
}

function readFile(root: string, path: SourcePath): (SourceFile & { readonly bytes: Buffer }) | null {
  try {
    return { path, bytes: readFileSync(join(root, path)) };
  } catch {
    return null;
  }
}

const specifierPattern = /\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g;

function importedFiles(
  file: SourceFile & { readonly bytes: Buffer },
  project: Parameters<typeof resolveSpecifier>[2],
): readonly SourcePath[] {
  const found: SourcePath[] = [];
  for (const match of file.bytes.toString('latin1').matchAll(specifierPattern)) {
    const target = resolveSpecifier(file.path, match[2] ?? '', project);
    if (target !== null) found.push(target);
  }
  return found;
}

function checkFiles(
  root: string,
  files: readonly SourceFile[],
): { readonly kept: readonly SourceFile[]; readonly problems: readonly ProjectProblem[] } {
  const ignored = ignoredFiles(
    root,
    files.map((each) => each.path),
  );
  const kept: SourceFile[] = [];
  const problems: ProjectProblem[] = [];
  for (const file of files) {
    const head = Buffer.from(file.bytes.subarray(0, 400)).toString('latin1');
    const why = isUtf8(file.bytes) ? whyLeftOut(root, { path: file.path, head, ignored }) : notUtf8;
    if (why === null) kept.push(file);
    else problems.push({ problem: 'file', path: file.path, message: `${file.path} is left out. ${why}` });
  }
  return { kept, problems };
}

const notUtf8 = 'It is not UTF-8 text: save it as UTF-8 to have it read.';

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
