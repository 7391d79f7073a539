/** Lets Node run this package from its TypeScript sources, as the package's own tests do; nothing in an installed one. */

/** Node flags under which the child can load `entry`: none for compiled code. */
export function sourceFlags(entry: string): readonly string[] {
  if (!entry.endsWith('.ts')) return [];
  const typescript = import.meta.resolve('ts-morph');
  const hooks = dataUrl(sourceHooks(new URL('../../../', entry).href, typescript));
  return ['--import', dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hooks)});`)];
}

function sourceHooks(folder: string, typescript: string): string {
  return `
    import { existsSync, readFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    import { createRequire } from 'node:module';
    const { ts } = createRequire(${JSON.stringify(folder)})(fileURLToPath(${JSON.stringify(typescript)}));
    const folder = ${JSON.stringify(folder)};
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
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
      return { format: 'module', source: ts.transpileModule(text, { compilerOptions }).outputText, shortCircuit: true };
    }`;
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
