/** How the compiler sees the project while edits are checked: the disk, with some texts laid over it. */
import { dirname } from 'node:path';
import { ts } from 'ts-morph';
import { bundledLibrary, isBundled, type LibraryFiles, libraryFiles } from './library-files.js';
import { type OwnModules, ownModules } from './own-modules.js';

export interface CheckHost {
  /** The program of these files with the texts (absolute path → text) instead of what is on the disk. */
  program(files: readonly string[], texts: ReadonlyMap<string, string>): ts.Program;
}

/** Programs that follow each other share what they read and what modules resolved to. */
export function checkHost(options: ts.CompilerOptions, packageRoot: string | undefined): CheckHost {
  const shared: Shared = {
    options,
    library: libraryFiles(options),
    modules: ts.createModuleResolutionCache(process.cwd(), (name) => name, options),
    own: packageRoot === undefined ? null : ownModules(packageRoot),
  };
  let last: ts.Program | undefined;
  return {
    program: (files, texts) => {
      last = ts.createProgram([...files], options, compilerHost(shared, texts, last), last);
      return last;
    },
  };
}

interface Shared {
  readonly options: ts.CompilerOptions;
  readonly library: LibraryFiles;
  readonly modules: ts.ModuleResolutionCache;
  readonly own: OwnModules | null;
}

function compilerHost(
  { options, library, modules, own }: Shared,
  texts: ReadonlyMap<string, string>,
  last: ts.Program | undefined,
): ts.CompilerHost {
  const folders = new Set([...texts.keys()].map(dirname));
  const host: ts.CompilerHost = {
    getSourceFile: (path, parse) => {
      const text = texts.get(path);
      if (text === undefined) return library.get(path, parse);
      const known = last?.getSourceFile(path);
      return known?.text === text ? known : ts.createSourceFile(path, text, parse);
    },
    getDefaultLibFileName: (of) => `${bundledLibrary}/${ts.getDefaultLibFileName(of)}`,
    getDefaultLibLocation: () => bundledLibrary,
    writeFile: () => undefined,
    getCurrentDirectory: () => process.cwd(),
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (path) => texts.has(path) || isBundled(path) || ts.sys.fileExists(path),
    readFile: (path) => texts.get(path) ?? ts.sys.readFile(path),
    directoryExists: (path) => folders.has(path) || ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
    getModuleResolutionCache: () => modules,
    resolveModuleNameLiterals: (literals, from, redirected, _options, file) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(file, literal, options);
        const find = (source: string): ts.ResolvedModuleWithFailedLookupLocations =>
          ts.resolveModuleName(literal.text, source, options, host, modules, redirected, mode);
        return own === null ? find(from) : own(literal.text, () => find(from), find);
      }),
  };
  return host;
}
