/** How one file of a project names another in an import. */
import type { ProjectModel } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';

/** A relative specifier with the ending that the importing file, else the project, writes. */
export function relativeSpecifier(model: ProjectModel, from: SourcePath, to: SourcePath): string {
  const here = from.split('/').slice(0, -1);
  const there = to.split('/');
  let shared = 0;
  while (shared < here.length && here[shared] === there[shared]) shared += 1;
  const up = here.slice(shared).map(() => '..');
  const way = [...(up.length === 0 ? ['.'] : up), ...there.slice(shared)].join('/');
  return way.replace(/\.([cm]?)[jt]sx?$/, (ending: string, kind: string) => endingOf(model, from, { ending, kind }));
}

function endingOf(
  model: ProjectModel,
  from: SourcePath,
  file: { readonly ending: string; readonly kind: string },
): string {
  const own = specifiersOf(model, from);
  const all = own.length > 0 ? own : Object.keys(model.sources).flatMap((each) => specifiersOf(model, each));
  if (all.some((each) => /\.[cm]?tsx?$/.test(each))) return file.ending;
  if (all.length === 0 || all.some((each) => /\.[cm]?jsx?$/.test(each))) return `.${file.kind}js`;
  return '';
}

function specifiersOf(model: ProjectModel, path: SourcePath): readonly string[] {
  const bindings = Object.values(model.sources[path]?.bindings ?? {});
  return bindings.flatMap((each) =>
    each.import !== null && each.import.specifier.startsWith('.') ? [each.import.specifier] : [],
  );
}
