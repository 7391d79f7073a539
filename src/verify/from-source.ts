/** Lets Node run this package from its TypeScript sources, as the package's own tests do; nothing in an installed one. */
import { mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the compiled package lies: for code that runs from sources, where LINEN2NNX_BUILD says, if it does. */
export function compiledPackage(): URL | null {
  if (!import.meta.url.endsWith('.ts')) return new URL('../../', import.meta.url);
  const build = process.env['LINEN2NNX_BUILD'];
  return build === undefined ? null : pathToFileURL(`${build}/`);
}

/** Emitted texts by content, so that each file is transpiled once and not once a process. */
const cache = join(realpathSync(tmpdir()), 'linen2nnx-source-cache');

/** Node flags under which the child can load `entry`: none for compiled code. */
export function sourceFlags(entry: string): readonly string[] {
  if (!entry.endsWith('.ts')) return [];
  const typescript = import.meta.resolve('ts-morph');
  const hooks = dataUrl(sourceHooks(new URL('../../../', entry).href, typescript));
  mkdirSync(cache, { recursive: true });
  return [
    `--allow-fs-write=${cache}${sep}*`,
    '--import',
    dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hooks)});`),
  ];
}

function sourceHooks(folder: string, typescript: string): string {
  return `
    import { createHash } from 'node:crypto';
    import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    import { createRequire } from 'node:module';
    const typescript = () => createRequire(${JSON.stringify(folder)})(fileURLToPath(${JSON.stringify(typescript)})).ts;
    const folder = ${JSON.stringify(folder)};
    const emit = (text) => {
      const ts = typescript();
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
      return ts.transpileModule(text, { compilerOptions }).outputText;
    };
    const cached = (text) => {
      const file = ${JSON.stringify(cache + sep)} + createHash('sha256').update(text).digest('hex') + '.js';
      if (existsSync(file)) return readFileSync(file, 'utf8');
      const source = emit(text);
      writeFileSync(file + process.pid, source);
      renameSync(file + process.pid, file);
      return source;
    };
    export async function resolve(specifier, context, next) {
      if (specifier.startsWith('.') && context.parentURL?.startsWith(folder) && context.parentURL.endsWith('.ts')) {
        const url = new URL(specifier.replace(/\\.js$/, '.ts'), context.parentURL);
        if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true };
      }
      return next(specifier, context);
    }
    export async function load(url, context, next) {
      if (!url.startsWith(folder) || !url.endsWith('.ts')) return next(url, context);
      const text = readFileSync(fileURLToPath(url), 'utf8');
      return { format: 'module', source: cached(text), shortCircuit: true };
    }`;
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
