/** The module table of a project: what each file's import specifiers mean. */
import type { ModuleTable } from '../ir/project.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import { type PathMapping, resolveSpecifier } from '../ir/specifier.js';

export interface ModuleOptions {
  /** Other specifiers of the known modules: `{ '@acme/linen': 'linen2nnx/linen' }`. */
  readonly aliases?: { readonly [specifier: string]: string };
  /** The `paths` of the project's tsconfig files. */
  readonly paths?: readonly PathMapping[];
}

export function makeModuleTable(sources: readonly SourceModel[], options: ModuleOptions): ModuleTable {
  const aliases = options.aliases ?? {};
  const known = new Set(sources.map((each) => each.path));
  const files: { [from: string]: { [specifier: string]: SourcePath } } = {};
  for (const source of sources) {
    const here: { [specifier: string]: SourcePath } = {};
    for (const specifier of specifiersOf(source)) {
      if (specifier in aliases) continue;
      const file = resolveSpecifier(source.path, specifier, { known, paths: options.paths ?? [] });
      if (file !== null) here[specifier] = file;
    }
    files[source.path] = here;
  }
  return { aliases, files };
}

function specifiersOf(source: SourceModel): ReadonlySet<string> {
  const found = new Set<string>();
  for (const statement of source.body) {
    if (statement.kind === 'Import' || statement.kind === 'ExportAll') found.add(statement.specifier);
    if (statement.kind === 'ExportNames' && statement.specifier !== null) found.add(statement.specifier);
  }
  for (const binding of Object.values(source.bindings))
    if (binding.import !== null) found.add(binding.import.specifier);
  for (const match of source.text.matchAll(/\b(?:require|import)\s*\(\s*(['"`])(.+?)\1/g))
    if (match[2] !== undefined) found.add(match[2]);
  return found;
}
