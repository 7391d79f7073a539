/** The class and the member around a node. */
import { ancestorsOf } from '../ir/declarations.js';
import type { ConstructSite, ProjectModel } from '../ir/project.js';
import { classOfNode } from '../ir/resolve.js';
import type { SourceModel } from '../ir/source.js';
import type { ClassNode } from '../ir/syntax.js';
import type { SyntaxNode } from '../ir/walk.js';

/** The nearest module class and the member of it that holds the node; null outside module classes. */
export function ownerOf(model: ProjectModel, source: SourceModel, node: SyntaxNode): ConstructSite['owner'] {
  let method = '';
  for (const each of ancestorsOf(source, node)) {
    if (each.kind === 'Method' || each.kind === 'Field') method = each.name ?? '';
    const owner = isClass(each) ? classOfNode(model, each.class) : null;
    if (owner !== null) return { class: owner.id, method };
  }
  return null;
}

/** The class whose instance `this` is at a node; null where it is none, or not known. */
export function thisClassOf(source: SourceModel, node: SyntaxNode): ClassNode | null {
  let child = node;
  for (const each of ancestorsOf(source, node)) {
    if (each.kind === 'Function' && !each.arrow && !isMemberValue(source, each)) return null;
    if (each.kind === 'Method' && each.static) return null;
    if (isClass(each)) return each.class.superClass === child ? null : each.class;
    child = each;
  }
  return null;
}

/** `call = nn.compact(function () { this… })`: the wrapper calls it on the instance. */
function isMemberValue(source: SourceModel, node: SyntaxNode): boolean {
  const outer = ancestorsOf(source, node).find((each) => each.kind !== 'Call');
  return outer?.kind === 'Field' && !outer.static;
}

type ClassHolder = Extract<SyntaxNode, { kind: 'ClassDeclaration' | 'ClassExpression' }>;

function isClass(node: SyntaxNode): node is ClassHolder {
  return node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression';
}
