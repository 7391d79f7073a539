/** Resolving `linen2nnx/*` to this very package, for programs that are checked without having it installed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ResolutionHostFactory, ts } from 'ts-morph';
import { packageName } from '../../runtime/catalogue/modules.js';

/** Everything else resolves as usual; what the project itself cannot find is looked for where this package finds it. */
export function ownModules(packageRoot: string): ResolutionHostFactory {
  const entries = readEntries(packageRoot);
  return (host, getOptions) => {
    const options = (): ts.CompilerOptions => getOptions();
    const cache = ts.createModuleResolutionCache(packageRoot, (name) => name);
    const find = (name: string, from: string): ts.ResolvedModule | undefined =>
      ts.resolveModuleName(name, from, options(), host, cache).resolvedModule;
    return {
      resolveModuleNames: (names, from) =>
        names.map((name) => {
          const own = entries.get(name);
          if (own !== undefined) return { resolvedFileName: own, isExternalLibraryImport: !own.endsWith('.ts') };
          return find(name, from) ?? (isRelative(name) ? undefined : find(name, join(packageRoot, 'package.json')));
        }),
    };
  };
}

function isRelative(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/');
}

/** Specifier → file: declarations where they are built and no sources are at hand, else the sources. */
function readEntries(packageRoot: string): ReadonlyMap<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const entries = new Map<string, string>();
  for (const [key, target] of Object.entries(exportsOf(manifest))) {
    const types = typesOf(target);
    if (types === null) continue;
    const source = join(packageRoot, types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts'));
    entries.set(join(packageName, key), existsSync(source) ? source : join(packageRoot, types));
  }
  return entries;
}

function exportsOf(manifest: unknown): object {
  return isObject(manifest) && 'exports' in manifest && isObject(manifest.exports) ? manifest.exports : {};
}

function typesOf(target: unknown): string | null {
  return isObject(target) && 'types' in target && typeof target.types === 'string' ? target.types : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
