/** Loading a config file that is TypeScript, whatever the version of Node. */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Hands Node the transpiled text for one address; what the file imports is resolved from where it lies. */
const hooks = `
let config;
export function initialize(data) { config = data; }
export async function load(url, context, next) {
  return url === config.url ? { format: 'module', shortCircuit: true, source: config.source } : next(url, context);
}`;

/** The default export of a TypeScript file. */
export async function importTypeScript(path: string): Promise<unknown> {
  const { ts } = await import('ts-morph');
  const { outputText } = ts.transpileModule(await readFile(path, 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  const url = pathToFileURL(path).href;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { url, source: outputText } });
  const loaded = (await import(url)) as { readonly default?: unknown };
  if (loaded.default === undefined)
    throw new Error(`${path} has no default export: write export default defineConfig({ … })`);
  return loaded.default;
}
