/** Where a declaration is mentioned, in any file. */
import { parentOf } from './declarations.js';
import type { ProjectModel } from './project.js';
import { originalBinding, originalExport } from './resolve.js';
import type { SourceModel, SourcePath } from './source.js';
import type { BindingId, Expression } from './syntax.js';
import { walk } from './walk.js';

export interface Reference {
  readonly path: SourcePath;
  /** The identifier, or `namespace.name`. */
  readonly node: Expression;
}

const indexes = new WeakMap<ProjectModel, ReadonlyMap<BindingId, readonly Reference[]>>();

/** Mentions as a value, the declaration's own file included, in path-then-position order. Types do not count. */
export function referencesTo(model: ProjectModel, id: BindingId): readonly Reference[] {
  return indexOf(model).get(id) ?? [];
}

function indexOf(model: ProjectModel): ReadonlyMap<BindingId, readonly Reference[]> {
  const known = indexes.get(model);
  if (known !== undefined) return known;
  const made = new Map<BindingId, Reference[]>();
  for (const source of Object.values(model.sources)) collect(model, source, made);
  indexes.set(model, made);
  return made;
}

function collect(model: ProjectModel, source: SourceModel, into: Map<BindingId, Reference[]>): void {
  walk(source.body, (node) => {
    if (node.kind !== 'Identifier' || node.binding === null) return;
    const original = originalBinding(model, node.binding);
    if (original !== null) add(into, original, { path: source.path, node });
    else addMember(model, source, { node, into });
  });
}

/** `steps.trainStep` of `import * as steps`. */
function addMember(
  model: ProjectModel,
  source: SourceModel,
  found: { readonly node: Expression; readonly into: Map<BindingId, Reference[]> },
): void {
  const parent = parentOf(source, found.node);
  const binding = found.node.kind === 'Identifier' && found.node.binding !== null ? found.node.binding : '';
  const file = source.bindings[binding]?.import?.source ?? null;
  if (file === null || parent?.kind !== 'Member' || parent.object !== found.node) return;
  const id = originalExport(model, file, parent.property);
  if (id !== null) add(found.into, id, { path: source.path, node: parent });
}

function add(into: Map<BindingId, Reference[]>, id: BindingId, reference: Reference): void {
  const list = into.get(id);
  if (list === undefined) into.set(id, [reference]);
  else list.push(reference);
}
