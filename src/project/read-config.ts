/** The project's tsconfig files: which files they name, their compiler options, their path mappings. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ts } from 'ts-morph';
import type { SourcePath } from '../ir/source.js';
import type { PathMapping } from '../ir/specifier.js';
import type { ProjectProblem } from './problem.js';

export interface ProjectConfig {
  /** The main tsconfig, relative to the root; null when the project has none. */
  readonly path: SourcePath | null;
  /** Files it and its references include, relative to the root; those outside the root are left out. */
  readonly files: readonly SourcePath[];
  /** Folders that builds write to. */
  readonly outputs: readonly string[];
  readonly paths: readonly PathMapping[];
  readonly compilerOptions: ts.CompilerOptions;
  readonly problems: readonly ProjectProblem[];
}

/**
 * Reads `tsconfig.json` (else `jsconfig.json`) at the root, or the file named by `project`, and the projects it
 * references. A config that cannot be read is a problem with its place, not an exception.
 */
export function readConfig(root: string, project: string | null): ProjectConfig {
  const found = project === null ? findConfig(root) : resolve(root, project);
  const main = found !== null && ts.sys.directoryExists(found) ? join(found, 'tsconfig.json') : found;
  if (main === null) return emptyConfig([]);
  if (!existsSync(main)) {
    const path = toProjectPath(root, main);
    const message = `There is no tsconfig at ${path}. Name an existing one with --project, or leave the flag out.`;
    return emptyConfig([{ problem: 'config', path, line: 1, column: 1, message }]);
  }
  return readTree(root, main);
}

function findConfig(root: string): string | null {
  const names = ['tsconfig.json', 'jsconfig.json'].map((each) => join(root, each));
  return names.find((each) => existsSync(each)) ?? null;
}

function emptyConfig(problems: readonly ProjectProblem[]): ProjectConfig {
  const compilerOptions = { allowJs: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return {
    path: null,
    files: [],
    outputs: [],
    paths: [],
    compilerOptions: { ...compilerOptions, moduleResolution: ts.ModuleResolutionKind.Bundler },
    problems,
  };
}

/** The config and those it references, each once. */
function readTree(root: string, main: string): ProjectConfig {
  const seen = new Map<string, ParsedConfig>();
  const problems: ProjectProblem[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    const parsed = parse(root, path);
    seen.set(path, parsed);
    problems.push(...parsed.problems);
    for (const each of parsed.references) if (existsSync(each)) visit(each);
  };
  visit(main);
  const all = [...seen.values()];
  return {
    path: toProjectPath(root, main),
    files: [...new Set(all.flatMap((each) => each.files))].filter((each) => !each.startsWith('..')).sort(),
    outputs: [...new Set(all.flatMap((each) => each.outputs))].filter((each) => each !== '' && !each.startsWith('..')),
    paths: all.flatMap((each) => each.paths),
    compilerOptions: bestOptions(all),
    problems,
  };
}

/** A main config that only references others has no files: the options then are those of the first that has some. */
function bestOptions(all: readonly ParsedConfig[]): ts.CompilerOptions {
  return (all.find((each) => each.files.length > 0) ?? all[0])?.compilerOptions ?? {};
}

interface ParsedConfig {
  readonly files: readonly SourcePath[];
  readonly outputs: readonly string[];
  readonly paths: readonly PathMapping[];
  readonly compilerOptions: ts.CompilerOptions;
  readonly references: readonly string[];
  readonly problems: readonly ProjectProblem[];
}

function parse(root: string, path: string): ParsedConfig {
  const file = ts.readJsonConfigFile(path, (each) => ts.sys.readFile(each));
  const folder = dirname(path);
  const parsed = ts.parseJsonSourceFileConfigFileContent(file, ts.sys, folder, undefined, path);
  const syntax = (file as unknown as { readonly parseDiagnostics: readonly ts.Diagnostic[] }).parseDiagnostics;
  const errors = [...syntax, ...parsed.errors].filter((each) => !harmless.has(each.code));
  const { outDir, declarationDir } = parsed.options;
  return {
    files: parsed.fileNames.map((each) => toProjectPath(root, each)),
    outputs: [outDir, declarationDir].filter((each) => each !== undefined).map((each) => toProjectPath(root, each)),
    paths: mappings(root, folder, parsed.options),
    compilerOptions: parsed.options,
    references: (parsed.projectReferences ?? []).map((each) => ts.resolveProjectReferencePath(each)),
    problems: dedupe(errors.map((each) => configProblem(root, path, each))),
  };
}

/** "No inputs were found", "the files list is empty": not every config names files. */
const harmless: ReadonlySet<number> = new Set([18002, 18003]);

function configProblem(root: string, path: string, error: ts.Diagnostic): ProjectProblem {
  const place = error.file ?? null;
  const at = place === null ? { line: 0, character: 0 } : ts.getLineAndCharacterOfPosition(place, error.start ?? 0);
  return {
    problem: 'config',
    path: toProjectPath(root, place?.fileName ?? path),
    line: at.line + 1,
    column: at.character + 1,
    message: ts.flattenDiagnosticMessageText(error.messageText, '\n'),
  };
}

function dedupe(problems: readonly ProjectProblem[]): readonly ProjectProblem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}

/** `paths` are relative to `baseUrl`, else to the config that states them (an extended one counts). */
function mappings(root: string, folder: string, options: ts.CompilerOptions): readonly PathMapping[] {
  const scope = toProjectPath(root, folder);
  const stated = options['pathsBasePath'];
  const base = options.baseUrl ?? (typeof stated === 'string' ? stated : folder);
  const place = (target: string): string => toProjectPath(root, resolve(base, target));
  const listed = Object.entries(options.paths ?? {}).map(([pattern, targets]) => ({
    pattern,
    targets: targets.map(place),
    scope,
  }));
  if (options.baseUrl === undefined) return listed;
  return [...listed, { pattern: '*', targets: [place('*')], scope }];
}

/** Relative to the root, with forward slashes; starts with `..` outside of it. */
export function toProjectPath(root: string, path: string): SourcePath {
  const absolute = isAbsolute(path) ? path : resolve(root, path);
  return relative(root, absolute).split(sep).join('/');
}
