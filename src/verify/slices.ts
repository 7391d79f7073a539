/**
 * Files that would train when imported are cut down to the declarations that the checked classes and programs need.
 * What goes is blanked, so that lines and columns stay. Both versions are cut alike.
 */
import { exportsOf, namesIn } from '../ir/declarations.js';
import type { ProjectModel } from '../ir/project.js';
import type { Binding, SourceModel, SourcePath } from '../ir/source.js';
import type { BindingId, ImportDeclaration, Span, Statement } from '../ir/syntax.js';

/** A name of a file that must be reachable from outside; it is exported as `exportName(name)`. */
export interface Root {
  readonly path: SourcePath;
  readonly name: string;
}

/** The name under which a root is exported, whether the file exports it or not. */
export function exportName(name: string): string {
  return `linen2nnx$${name}`;
}

/** The text of a part of a file as it is to be written. */
export type Write = (source: SourceModel, span: Span) => string;

/**
 * New texts of all files that the roots lead to and that need one: those with roots, and those of `cut`, which are
 * reduced. Roots a file does not declare are left out of it.
 */
export function sliceFiles(
  model: ProjectModel,
  roots: readonly Root[],
  cut: ReadonlySet<SourcePath>,
  write: Write = (source, span) => source.text.slice(span.start, span.end),
): { readonly [path: SourcePath]: string } {
  const wanted = new Map<SourcePath, Set<BindingId>>();
  const exported = new Map<SourcePath, Set<string>>();
  const seen = new Set<SourcePath>();
  const need = (path: SourcePath, name: string): void => {
    const source = model.sources[path];
    if (source === undefined) return;
    if (cut.has(path)) needInSlice(source, name);
    else needWhole(source);
  };
  const needInSlice = (source: SourceModel, name: string): void => {
    const origin = exportsOf(source).named.get(name);
    if (origin?.export === 'binding') needBinding(source, origin.binding);
    exported.set(source.path, (exported.get(source.path) ?? new Set()).add(name));
    if (origin?.export === 'from') followSpecifier(source.path, origin.specifier, origin.name);
    for (const star of exportsOf(source).stars) if (origin === undefined) followSpecifier(source.path, star, name);
  };
  const followSpecifier = (from: SourcePath, specifier: string, name: string): void => {
    const file = model.modules.files[from]?.[specifier];
    if (file !== undefined) need(file, name);
  };
  const needWhole = (source: SourceModel): void => {
    if (seen.has(source.path)) return;
    seen.add(source.path);
    for (const binding of Object.values(source.bindings)) followImport(binding);
    for (const origin of exportsOf(source).named.values()) {
      if (origin.export === 'from') followSpecifier(source.path, origin.specifier, origin.name);
    }
  };
  const followImport = ({ import: origin, reads }: Binding): void => {
    if (origin === null || origin.source === null || reads.length === 0) return;
    const target = model.sources[origin.source];
    if (origin.imported !== '*') need(origin.source, origin.imported);
    else for (const name of target === undefined ? [] : exportsOf(target).named.keys()) need(origin.source, name);
  };
  const needBinding = (source: SourceModel, id: BindingId): void => {
    const known = wanted.get(source.path) ?? new Set();
    if (known.has(id)) return;
    wanted.set(source.path, known.add(id));
    const binding = source.bindings[id];
    if (binding?.import) return followImport(binding);
    const statement = source.body.find((each) => declares(each).includes(id));
    if (statement !== undefined) for (const each of namesReadIn(source, statement)) needBinding(source, each);
  };
  for (const { path, name } of roots) {
    const source = model.sources[path];
    const id = source && topLevel(source, name);
    if (!source || !id) continue;
    if (cut.has(path)) needBinding(source, id);
    else needWhole(source);
  }
  return writeTexts(model, { roots, cut, wanted, exported, write });
}

interface Needed {
  readonly roots: readonly Root[];
  readonly cut: ReadonlySet<SourcePath>;
  readonly wanted: ReadonlyMap<SourcePath, ReadonlySet<BindingId>>;
  readonly exported: ReadonlyMap<SourcePath, ReadonlySet<string>>;
  readonly write: Write;
}

function writeTexts(
  model: ProjectModel,
  { roots, cut, wanted, exported, write }: Needed,
): { [path: SourcePath]: string } {
  const texts: { [path: SourcePath]: string } = {};
  for (const path of new Set([...roots.map((each) => each.path), ...cut])) {
    const source = model.sources[path];
    if (source === undefined) continue;
    const names = new Set(roots.filter((each) => each.path === path).map((each) => each.name));
    const exports = [...names].filter((name) => topLevel(source, name) !== null);
    const text = cut.has(path)
      ? reduced(source, { wanted: wanted.get(path) ?? new Set(), exported: exported.get(path) ?? new Set(), write })
      : write(source, { start: 0, end: source.text.length });
    texts[path] = `${text}\n${exports.map((name) => `export { ${name} as ${exportName(name)} };\n`).join('')}`;
  }
  return texts;
}

/** The binding of a name declared at the top of a file, imports included. */
export function topLevel(source: SourceModel, name: string): BindingId | null {
  const ids = source.body.flatMap((each) => declares(each));
  return ids.find((id) => source.bindings[id]?.name === name && source.bindings[id]?.declared !== 'type') ?? null;
}

function declares(statement: Statement): readonly BindingId[] {
  switch (statement.kind) {
    case 'Variable':
      return statement.declarators.flatMap((each) => namesIn(each.target).map(([id]) => id));
    case 'FunctionDeclaration':
      return statement.function.binding === null ? [] : [statement.function.binding];
    case 'ClassDeclaration':
      return statement.class.binding === null ? [] : [statement.class.binding];
    case 'Import':
      return statement.names.map((each) => each.binding);
    case 'TypeDeclaration':
      return statement.binding === null ? [] : [statement.binding];
    default:
      return [];
  }
}

/** Everything the statement mentions. */
function namesReadIn(source: SourceModel, { span }: Statement): readonly BindingId[] {
  const inside = (each: Span): boolean => each.start >= span.start && each.end <= span.end;
  return Object.values(source.bindings)
    .filter((binding) => [...binding.reads, ...binding.writes].some(inside))
    .map((binding) => binding.id);
}

/** The file's text with everything blanked that is not wanted. */
function reduced(source: SourceModel, slice: Wanted): string {
  let text = '';
  let at = 0;
  for (const statement of source.body) {
    const { start, end } = statement.span;
    text += blank(source.text.slice(at, start)) + kept(source, statement, slice);
    at = end;
  }
  return text + blank(source.text.slice(at));
}

interface Wanted {
  readonly wanted: ReadonlySet<BindingId>;
  readonly exported: ReadonlySet<string>;
  readonly write: Write;
}

function kept(source: SourceModel, statement: Statement, { wanted, exported, write }: Wanted): string {
  const text = source.text.slice(statement.span.start, statement.span.end);
  switch (statement.kind) {
    case 'Import':
      return importText(statement, wanted) + blank(text).replace(/[^\n]/g, '');
    case 'ExportAll':
      return text;
    case 'ExportNames': {
      const names = statement.names.filter((each) => exported.has(each.exported));
      if (names.length === 0) return blank(text);
      const list = names.map((each) => `${each.local} as ${each.exported}`).join(', ');
      const from = statement.specifier === null ? '' : ` from ${JSON.stringify(statement.specifier)}`;
      return `export ${statement.typeOnly ? 'type ' : ''}{ ${list} }${from};`;
    }
    case 'ExportDefault':
      return exported.has('default') ? write(source, statement.span) : blank(text);
    default:
      return declares(statement).some((id) => wanted.has(id)) ? `${write(source, statement.span)};` : blank(text);
  }
}

function importText(statement: ImportDeclaration, wanted: ReadonlySet<BindingId>): string {
  const names = statement.names.filter((each) => wanted.has(each.binding));
  if (names.length === 0 || statement.typeOnly) return '';
  const from = `from ${JSON.stringify(statement.specifier)};`;
  const parts = names
    .filter((each) => !each.typeOnly)
    .map((each) => {
      if (each.imported === '*') return `import * as ${each.local} ${from}`;
      return `import { ${each.imported} as ${each.local} } ${from}`;
    });
  return parts.join(' ');
}

function blank(text: string): string {
  return text.replace(/[^\n\r]/g, ' ');
}
