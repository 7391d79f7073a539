/** A file's imports, joined to the files of the project. */
import { dictionary } from './dictionary.js';
import type { Binding, SourceModel } from './source.js';

/** Imports learn the file they come from. */
export function joinImports(source: SourceModel, files: { readonly [specifier: string]: string }): SourceModel {
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
