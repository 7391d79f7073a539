/** Members of written types, through interfaces and aliases, without a type checker. */
import { declarationOf, originalBinding } from './resolve.js';
import type { ProjectModel } from './project.js';
import type { BindingId, TypeMember, TypeNode } from './syntax.js';

/** The member of an object type; null when the type is not known that far. */
export function memberType(model: ProjectModel, type: TypeNode | null, name: string): TypeMember | null {
  return find(model, type, { name, seen: new Set() });
}

function find(
  model: ProjectModel,
  type: TypeNode | null,
  what: { readonly name: string; readonly seen: Set<BindingId> },
): TypeMember | null {
  const form = type?.form;
  if (form?.form === 'object') return form.members.find((each) => each.name === what.name) ?? null;
  if (form?.form === 'union') {
    const rest = form.members.filter((each) => !isNothing(each));
    return rest.length === 1 ? find(model, rest[0] ?? null, what) : null;
  }
  if (form?.form === 'intersection') return findFirst(model, form.members, what);
  if (form?.form !== 'reference' || form.name.includes('.')) return null;
  if (['Readonly', 'Partial', 'Required'].includes(form.name)) return find(model, form.args[0] ?? null, what);
  if (form.binding === null) return null;
  const original = originalBinding(model, form.binding);
  if (original === null || what.seen.has(original)) return null;
  what.seen.add(original);
  const place = declarationOf(model, original);
  return place?.declares === 'type' ? findFirst(model, [place.node.type, ...place.node.heritage], what) : null;
}

function findFirst(
  model: ProjectModel,
  types: readonly (TypeNode | null)[],
  what: { readonly name: string; readonly seen: Set<BindingId> },
): TypeMember | null {
  for (const each of types) {
    const found = find(model, each, what);
    if (found !== null) return found;
  }
  return null;
}

export function isNothing(type: TypeNode): boolean {
  return type.form.form === 'keyword' && (type.form.name === 'null' || type.form.name === 'undefined');
}
