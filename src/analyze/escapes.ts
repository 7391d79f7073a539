/** Classes that reach code which cannot be followed: a call on an unknown receiver may run any of them. */
import { declarationIn, parentOf } from '../ir/declarations.js';
import type { ClassId, ConstructSite, ConstructTarget, ProjectModel } from '../ir/project.js';
import { type Reference, referencesTo } from '../ir/references.js';
import type { SourceModel } from '../ir/source.js';
import type { BindingId, Expression } from '../ir/syntax.js';
import type { SyntaxNode } from '../ir/walk.js';

/** Classes handed on as values, and classes an instance of which is handed on. */
export function escapingClasses(model: ProjectModel): ReadonlySet<ClassId> {
  const found = new Set<ClassId>();
  for (const each of model.classes) {
    const binding = each.node.binding ?? null;
    if (binding !== null && referencesTo(model, binding).some((use) => isHandedOn(model, use))) found.add(each.id);
  }
  for (const site of model.constructs) {
    const id = classIn(site.target);
    if (id !== null && !found.has(id) && instanceEscapes(model, site)) found.add(id);
  }
  return found;
}

function classIn(target: ConstructTarget): ClassId | null {
  if (target.target === 'class') return target.id;
  return target.target === 'lifted' ? classIn(target.of) : null;
}

function instanceEscapes(model: ProjectModel, site: ConstructSite): boolean {
  const source = model.sources[site.path];
  if (source === undefined) return false;
  if (isHandedOn(model, { path: site.path, node: site.node })) return true;
  const holder = holderOf(source, site.node);
  return holder !== null && referencesTo(model, holder).some((use) => isHandedOn(model, use));
}

/** The constant that holds just this value. */
function holderOf(source: SourceModel, node: Expression): BindingId | null {
  const parent = parentOf(source, node);
  if (parent?.kind !== 'Variable') return null;
  const target = parent.declarators.find((each) => each.init === node)?.target;
  const id = target?.kind === 'IdentifierPattern' ? target.binding : null;
  return id !== null && declarationIn(source, id)?.declares === 'variable' ? id : null;
}

/** An argument, an element, a property, a result, something assigned: whoever gets it may do anything with it. */
function isHandedOn(model: ProjectModel, use: Reference): boolean {
  const source = model.sources[use.path];
  const parent = source === undefined ? null : parentOf(source, use.node);
  return parent !== null && handsOn(parent, use.node);
}

function handsOn(parent: SyntaxNode, node: Expression): boolean {
  switch (parent.kind) {
    case 'Call':
      return parent.callee !== node;
    case 'New':
      return parent.callee !== node;
    case 'Property':
    case 'ArrayLiteral':
    case 'Spread':
    case 'Return':
    case 'Yield':
    case 'Function':
    case 'Assign':
    case 'Conditional':
    case 'DefaultPattern':
    case 'Field':
    case 'TypeWrap':
    case 'OpaqueExpression':
    case 'OpaqueStatement':
      return true;
    default:
      return false;
  }
}
