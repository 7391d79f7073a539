/** All files as one program: imports joined, module classes and their sites found. */
import type { ProjectModel } from '../ir/project.js';
import type { Binding, SourceModel } from '../ir/source.js';
import { findConstructSites } from './construct-sites.js';
import { findModelCalls } from './model-calls.js';
import { findModuleClasses } from './module-classes.js';
import { dictionary } from './scope.js';
import { makeModuleTable, type ModuleOptions } from './module-table.js';

/** The same model whatever the order of `sources`. */
export function mergeProject(sources: readonly SourceModel[], options: ModuleOptions = {}): ProjectModel {
  const ordered = [...sources].sort((a, b) => (a.path < b.path ? -1 : 1));
  const modules = makeModuleTable(ordered, options);
  const joined = ordered.map((each) => joinImports(each, modules.files[each.path] ?? {}));
  const empty: ProjectModel = {
    sources: dictionary(joined.map((each) => [each.path, each] as const)),
    classes: [],
    constructs: [],
    calls: [],
    detached: [],
    modules,
  };
  const withClasses = { ...empty, classes: findModuleClasses(empty) };
  const withSites = { ...withClasses, constructs: findConstructSites(withClasses) };
  return { ...withSites, ...findModelCalls(withSites) };
}

/** Imports learn the file they come from. */
function joinImports(source: SourceModel, files: { readonly [specifier: string]: string }): SourceModel {
  if (Object.keys(files).length === 0) return source;
  const joined = Object.values(source.bindings).map((each) => joinImport(each, files));
  const bindings = dictionary(joined.map((each) => [each.id, each] as const));
  return { ...source, bindings };
}

function joinImport(binding: Binding, files: { readonly [specifier: string]: string }): Binding {
  const file = binding.import === null ? undefined : files[binding.import.specifier];
  if (binding.import === null || file === undefined) return binding;
  return { ...binding, import: { ...binding.import, source: file } };
}
