/** The modules of a user's project, both versions of each file, as the child process loads them. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ts } from 'ts-morph';
import type { ModuleAnswer, ModuleQuestion, Side } from './child/loader.js';

export interface ProjectTexts {
  /** Null where the project has none: TypeScript's defaults then. */
  readonly tsconfig: string | null;
  /** Texts by absolute path, in place of the files on disk. */
  readonly overlay: { readonly [side in Side]: { readonly [file: string]: string } };
}

/** Answers what the child's module hooks ask; what goes wrong is an answer too. */
export function projectModules(texts: ProjectTexts): (question: ModuleQuestion) => ModuleAnswer {
  const options = readOptions(texts.tsconfig);
  return (question) => {
    try {
      if (question.ask === 'file') return { answer: fileOf(question.specifier, question.from, options) };
      const text = texts.overlay[question.side][question.file] ?? readFileSync(question.file, 'utf8');
      return { answer: toModule(question.file, text, options) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}

/** A file of the project that `specifier` names, or null for packages and built-ins. */
function fileOf(specifier: string, from: string, options: ts.CompilerOptions): string | null {
  const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
  const file = resolvedModule?.resolvedFileName ?? null;
  if (file !== null && !resolvedModule!.isExternalLibraryImport && !/\.d\.[mc]?ts$/.test(file)) return file;
  if (!/^\.{0,2}\//.test(specifier)) return null;
  return fileURLToPath(new URL(specifier, pathToFileURL(from)));
}

/** What was emitted before, by file, options and text. */
const emitted = new Map<string, string>();

function toModule(file: string, text: string, options: ts.CompilerOptions): string {
  const extension = extname(file);
  if (extension === '.json') return `export default ${text};`;
  if (extension === '.js' || extension === '.mjs') return text;
  const compilerOptions = transpileOptions(options);
  const place = JSON.stringify([file, compilerOptions, text]);
  const known = emitted.get(place);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileModule(text, { fileName: file, compilerOptions });
  emitted.set(place, outputText);
  return outputText;
}

/** How the user's compiler would emit it, as an ES module: decorator dialect and field semantics are theirs. */
function transpileOptions(options: ts.CompilerOptions): ts.CompilerOptions {
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
