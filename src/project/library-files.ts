/**
 * Source files of packages and of the TypeScript library: parsed and bound once in a process.
 *
 * They are nine tenths of what a check reads (the library, TensorFlow.js, this package), and no edit touches them. A
 * file counts as the same while its size and time on the disk are; what decides how a file is parsed or bound is part
 * of the key, as in TypeScript's own document registry.
 */
import { statSync } from 'node:fs';
import { Project, ts } from 'ts-morph';

export type ParseOptions = ts.ScriptTarget | ts.CreateSourceFileOptions;

export interface LibraryFiles {
  /** Undefined where there is no such file. */
  get(path: string, parse: ParseOptions): ts.SourceFile | undefined;
}

/** The files as programs with these options see them; those of other options are let go. */
export function libraryFiles(options: ts.CompilerOptions): LibraryFiles {
  const settings = settingsKey(options);
  if (kept?.settings !== settings) kept = { settings, files: new Map() };
  const { files } = kept;
  return {
    get: (path, parse) => {
      const version = versionOf(path);
      if (version === null) return undefined;
      const key = `${typeof parse === 'object' ? (parse.impliedNodeFormat ?? '') : ''} ${path}`;
      const known = files.get(key);
      if (known?.version === version) return known.file;
      const text = isBundled(path) ? bundledText(path) : ts.sys.readFile(path);
      if (text === undefined) return undefined;
      const file = ts.createSourceFile(path, text, asCompiler(parse));
      files.set(key, { version, file });
      return file;
    },
  };
}

/** As tsc parses: comments are read in JavaScript, where they hold types, and left alone in TypeScript. */
function asCompiler(parse: ParseOptions): ts.CreateSourceFileOptions {
  const options = typeof parse === 'object' ? parse : { languageVersion: parse };
  return { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeErrors };
}

/** Where `host.getDefaultLibFileName` finds `lib.*.d.ts`: a folder that is only in ts-morph. */
export const bundledLibrary = '/node_modules/typescript/lib';

interface KeptFiles {
  readonly settings: string;
  readonly files: Map<string, { readonly version: string; readonly file: ts.SourceFile }>;
}

let kept: KeptFiles | null = null;

/** Options that name files decide which files there are, not how one is parsed. */
function settingsKey(options: ts.CompilerOptions): string {
  const { configFilePath, configFile, pathsBasePath, baseUrl, paths, rootDir, outDir, typeRoots, ...rest } = options;
  void [configFilePath, configFile, pathsBasePath, baseUrl, paths, rootDir, outDir, typeRoots];
  return JSON.stringify(rest);
}

function versionOf(path: string): string | null {
  if (isBundled(path)) return 'bundled';
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? `${stat.size} ${stat.mtimeMs}` : null;
}

export function isBundled(path: string): boolean {
  return path.startsWith(`${bundledLibrary}/`);
}

let bundle: ts.ModuleResolutionHost | null = null;

/** ts-morph carries the library inside and shows it to projects only. */
function bundledText(path: string): string | undefined {
  bundle ??= new Project({ useInMemoryFileSystem: true }).getModuleResolutionHost();
  return bundle.readFile(path);
}
