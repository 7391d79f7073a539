// Module hooks: `linen2nnx/…` is the runtime's source, packages are those of this repository, TypeScript is compiled.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const own = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));

export async function resolve(specifier, context, next) {
  const entry = /^linen2nnx\/(\w+)$/.exec(specifier)?.[1];
  if (entry !== undefined)
    return { url: pathToFileURL(join(root, 'runtime', entry, 'index.ts')).href, shortCircuit: true };
  if (/^\.{1,2}\//.test(specifier) && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  if (!/^(\.|\/|\w+:)/.test(specifier))
    return next(specifier, { ...context, parentURL: pathToFileURL(join(root, 'package.json')).href });
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const source = path.startsWith(join(root, 'runtime')) ? compileOwn(path) : compileProject(path);
  return { format: 'module', source, shortCircuit: true };
}

function compileOwn(path) {
  return transformSync(readFileSync(path, 'utf8'), { ...own, swcrc: false, filename: path, sourceMaps: 'inline' }).code;
}

/** A project's file by its own compiler options: decorators may be standard or legacy. */
function compileProject(path) {
  const { options } = settingsOf(dirname(path));
  return ts.transpileModule(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: {
      ...options,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
    },
  }).outputText;
}

const settings = new Map();

function settingsOf(folder) {
  if (settings.has(folder)) return settings.get(folder);
  const path = ts.findConfigFile(folder, ts.sys.fileExists);
  const { config = {} } = path === undefined ? {} : ts.readConfigFile(path, ts.sys.readFile);
  const found = ts.convertCompilerOptionsFromJson(config.compilerOptions ?? {}, folder);
  settings.set(folder, found);
  return found;
}
