/**
 * Module hooks of the child process: user TypeScript is transpiled, both versions of a file live side by side, and the
 * runtime and TensorFlow.js exist once. Runs in Node's hook thread.
 */
import { readFile } from 'node:fs/promises';
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { extname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ts } from 'ts-morph';

export type Side = 'linen' | 'nnx';

export interface LoaderData {
  /** Absolute folder of the user's project. */
  readonly root: string;
  /** Null where the project has none: TypeScript's defaults then. */
  readonly tsconfig: string | null;
  /** Texts by absolute path, in place of the files on disk. */
  readonly overlay: { readonly [side in Side]: { readonly [file: string]: string } };
  /** This package's own runtime, for projects that have not installed one; `forced` when run from sources. */
  readonly runtime: { readonly folder: string; readonly extension: '.js' | '.ts'; readonly forced: boolean };
}

let data: LoaderData;
let options: ts.CompilerOptions = {};

export const initialize: InitializeHook<LoaderData> = (given) => {
  data = given;
  options = readOptions(given.tsconfig);
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (isShared(specifier)) return resolveShared(specifier, context, next);
  const parent = context.parentURL === undefined ? null : splitSide(context.parentURL);
  if (parent === null || parent.side === null) {
    const own = splitSide(specifier);
    return own.side === null ? next(specifier, context) : { url: specifier, shortCircuit: true };
  }
  const file = resolveInProject(specifier, fileURLToPath(parent.url));
  if (file === null) return next(specifier, { ...context, parentURL: parent.url });
  return { url: pathToFileURL(file).href + parent.query, shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  const { side, url: plain } = splitSide(url);
  if (side === null) return next(url, context);
  const file = fileURLToPath(plain);
  const text = data.overlay[side][file] ?? (await readFile(file, 'utf8'));
  return { format: 'module', source: toModule(file, text), shortCircuit: true };
};

/** The address of one version of a file; each `run` is a fresh instance. */
export function sideUrl(file: string, side: Side, run: string): string {
  return `${pathToFileURL(file).href}?linen2nnx=${side}&run=${run}`;
}

function splitSide(url: string): { side: Side | null; url: string; query: string } {
  const match = /^(file:[^?]*)(\?linen2nnx=(linen|nnx)&run=[^?]*)$/.exec(url);
  if (match === null) return { side: null, url, query: '' };
  return { side: match[3] as Side, url: match[1]!, query: match[2]! };
}

// ------------------------------------------------------------------------------------------------ shared packages

function isShared(specifier: string): boolean {
  return /^(linen2nnx|@tensorflow\/tfjs[\w-]*)(\/|$)/.test(specifier);
}

/** The user's installed copy when there is one, else this package's. */
const resolveShared: ResolveHook = async (specifier, context, next) => {
  const ours = /^linen2nnx\/(\w+)$/.exec(specifier);
  const own = ours && new URL(`${ours[1]}/index${data.runtime.extension}`, data.runtime.folder).href;
  if (own !== null && data.runtime.forced) return { url: own, shortCircuit: true };
  try {
    return await next(specifier, { ...context, parentURL: pathToFileURL(`${data.root}${sep}package.json`).href });
  } catch (error) {
    if (own !== null) return { url: own, shortCircuit: true };
    if (!specifier.startsWith('@tensorflow/')) throw error;
    return next(specifier, { ...context, parentURL: data.runtime.folder });
  }
};

// ------------------------------------------------------------------------------------------------- project files

/** A file of the project that `specifier` names, or null for packages and built-ins. */
function resolveInProject(specifier: string, from: string): string | null {
  const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
  const file = resolvedModule?.resolvedFileName ?? null;
  if (file !== null && !resolvedModule!.isExternalLibraryImport && !/\.d\.[mc]?ts$/.test(file)) return file;
  if (!/^\.{0,2}\//.test(specifier)) return null;
  return fileURLToPath(new URL(specifier, pathToFileURL(from)));
}

function toModule(file: string, text: string): string {
  const extension = extname(file);
  if (extension === '.json') return `export default ${text};`;
  if (extension === '.js' || extension === '.mjs') return text;
  const { outputText } = ts.transpileModule(text, { fileName: file, compilerOptions: transpileOptions() });
  return outputText;
}

/** How the user's compiler would emit it, as an ES module: decorator dialect and field semantics are theirs. */
function transpileOptions(): ts.CompilerOptions {
  const target = options.target ?? ts.ScriptTarget.ES2022;
  return {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: options.experimentalDecorators ?? false,
    emitDecoratorMetadata: options.emitDecoratorMetadata ?? false,
    useDefineForClassFields: options.useDefineForClassFields ?? target >= ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: options.verbatimModuleSyntax ?? false,
    jsx: options.jsx ?? ts.JsxEmit.React,
    inlineSourceMap: true,
  };
}

function readOptions(tsconfig: string | null): ts.CompilerOptions {
  const fallback: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowJs: true,
  };
  if (tsconfig === null) return fallback;
  const host: ts.ParseConfigFileHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(tsconfig, {}, { ...host, readDirectory: () => [] });
  return { ...fallback, ...parsed?.options };
}
