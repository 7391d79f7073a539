/** All files as one program: imports joined, module classes and their sites found. */
import type { ProjectModel } from '../ir/project.js';
import { dictionary } from '../ir/dictionary.js';
import { joinImports } from '../ir/join-imports.js';
import type { SourceModel } from '../ir/source.js';
import { findConstructSites } from './construct-sites.js';
import { findModelCalls } from './model-calls.js';
import { findModuleClasses } from './module-classes.js';
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
