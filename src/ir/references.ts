/** Where a declaration is mentioned, in any file. */
import { parentOf } from './declarations.js';
import type { ProjectModel } from './project.js';
import { originalBinding, originalExport, sourceOf } from './resolve.js';
import type { SourceModel, SourcePath } from './source.js';
import type { BindingId, Expression } from './syntax.js';
import { walk } from './walk.js';

export interface Reference {
  readonly path: SourcePath;
  /** The identifier, or `namespace.name`. */
  readonly node: Expression;
}

interface Importers {
  /** The import bindings that lead to a declaration. */
  readonly names: ReadonlyMap<BindingId, readonly BindingId[]>;
  /** `namespace.name` mentions that lead to it. */
  readonly members: ReadonlyMap<BindingId, readonly Reference[]>;
}
const importers = new WeakMap<ProjectModel, Importers>();
const identifiers = new WeakMap<SourceModel, ReadonlyMap<BindingId, readonly Expression[]>>();

/** Mentions as a value, the declaration's own file included, in path-then-position order. Types do not count. */
export function referencesTo(model: ProjectModel, id: BindingId): readonly Reference[] {
  const { names, members } = importersOf(model);
  const direct = [id, ...(names.get(id) ?? [])].flatMap((name) => mentionsOf(model, name));
  return [...direct, ...(members.get(id) ?? [])].sort(inOrder);
}

function inOrder(a: Reference, b: Reference): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.node.span.start - b.node.span.start;
}

function mentionsOf(model: ProjectModel, id: BindingId): readonly Reference[] {
  const source = sourceOf(model, id);
  if (source === null || source.bindings[id]?.reads.length === 0) return [];
  return (identifiersIn(source).get(id) ?? []).map((node) => ({ path: source.path, node }));
}

function identifiersIn(source: SourceModel): ReadonlyMap<BindingId, readonly Expression[]> {
  const known = identifiers.get(source);
  if (known !== undefined) return known;
  const made = new Map<BindingId, Expression[]>();
  walk(source.body, (node) => {
    if (node.kind === 'Identifier' && node.binding !== null) add(made, node.binding, node);
  });
  identifiers.set(source, made);
  return made;
}

function importersOf(model: ProjectModel): Importers {
  const known = importers.get(model);
  if (known !== undefined) return known;
  const names = new Map<BindingId, BindingId[]>();
  const members = new Map<BindingId, Reference[]>();
  for (const source of Object.values(model.sources)) {
    for (const binding of Object.values(source.bindings)) {
      const file = binding.import?.source ?? null;
      if (file === null) continue;
      const original = originalBinding(model, binding.id);
      if (original !== null) add(names, original, binding.id);
      else for (const each of membersOf(source, binding.id)) addMember(model, file, { reference: each, members });
    }
  }
  const made = { names, members };
  importers.set(model, made);
  return made;
}

type MemberReference = Reference & { readonly node: Extract<Expression, { kind: 'Member' }> };

/** `steps.trainStep` of `import * as steps`. */
function membersOf(source: SourceModel, namespace: BindingId): readonly MemberReference[] {
  return (identifiersIn(source).get(namespace) ?? []).flatMap((each) => {
    const parent = parentOf(source, each);
    return parent?.kind === 'Member' && parent.object === each ? [{ path: source.path, node: parent }] : [];
  });
}

function addMember(
  model: ProjectModel,
  file: SourcePath,
  found: { readonly reference: MemberReference; readonly members: Map<BindingId, Reference[]> },
): void {
  const id = originalExport(model, file, found.reference.node.property);
  if (id !== null) add(found.members, id, found.reference);
}

function add<T>(into: Map<BindingId, T[]>, id: BindingId, item: T): void {
  const list = into.get(id);
  if (list === undefined) into.set(id, [item]);
  else list.push(item);
}
