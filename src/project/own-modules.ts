/** Resolving `linen2nnx/*` to this very package, for programs that are checked without having it installed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ts } from 'ts-morph';
import { packageName } from '../../runtime/catalogue/modules.js';

export type Resolution = ts.ResolvedModuleWithFailedLookupLocations;

/** What a specifier means: `usual` looks where the importing file stands, `from` where the named file does. */
export type OwnModules = (name: string, usual: () => Resolution, from: (file: string) => Resolution) => Resolution;

/** Everything else resolves as usual; what the project itself cannot find is looked for where this package finds it. */
export function ownModules(packageRoot: string): OwnModules {
  const entries = readEntries(packageRoot);
  return (name, usual, from) => {
    const own = entries.get(name);
    if (own !== undefined) return { resolvedModule: ownModule(own) };
    const found = usual();
    return found.resolvedModule !== undefined || isRelative(name) ? found : from(join(packageRoot, 'package.json'));
  };
}

function ownModule(path: string): ts.ResolvedModuleFull {
  const declared = path.endsWith('.d.ts');
  return { resolvedFileName: path, isExternalLibraryImport: declared, extension: declared ? '.d.ts' : '.ts' };
}

function isRelative(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/');
}

/** The built tool is checked against the declarations built with it, the sources of the tool against themselves. */
const runsFromSource = fileURLToPath(import.meta.url).endsWith('.ts');

/** Specifier → file: the declarations, or the sources. */
function readEntries(packageRoot: string): ReadonlyMap<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const entries = new Map<string, string>();
  for (const [key, target] of Object.entries(exportsOf(manifest))) {
    const types = typesOf(target);
    if (types === null) continue;
    const source = join(packageRoot, types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts'));
    entries.set(join(packageName, key), runsFromSource && existsSync(source) ? source : join(packageRoot, types));
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
