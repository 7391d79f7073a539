/** How a class uses its own instance. */
import { ancestorsOf, parentOf } from '../../ir/declarations.js';
import type { ModuleClass } from '../../ir/project.js';
import type { SourceModel } from '../../ir/source.js';
import type { ClassMember, Member, PatternProperty, Span, VariableStatement } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';

/** `this.<name>`, or `<name>` taken out of `this` by a pattern. */
export interface SelfUse {
  readonly name: string;
  readonly span: Span;
  /** Null for a use through a pattern. */
  readonly node: Member | null;
  readonly pattern: { readonly statement: VariableStatement; readonly property: PatternProperty } | null;
  /** Name of the member that holds it; null for a computed one. */
  readonly within: string | null;
}

/** All uses of `this`; those that pass the instance itself on are in `escapes`. */
export function readSelfUses(
  source: SourceModel,
  module: ModuleClass,
): { readonly uses: readonly SelfUse[]; readonly escapes: readonly Span[] } {
  const uses: SelfUse[] = [];
  const escapes: Span[] = [];
  for (const member of module.node.members) {
    if (member.static) continue;
    walk(member, (node) => {
      if (node.kind !== 'This' || !isInstance(source, node, member)) return;
      const found = usesAt(source, node, member.name);
      if (found === null) escapes.push(node.span);
      else uses.push(...found);
    });
  }
  return { uses, escapes };
}

/** Whether `this` is the instance there: no function or class of its own stands between. */
function isInstance(source: SourceModel, node: SyntaxNode, member: ClassMember): boolean {
  const between = ancestorsOf(source, node);
  const inner = between.slice(0, between.indexOf(member));
  if (inner.some((each) => each.kind === 'ClassExpression' || each.kind === 'ClassDeclaration')) return false;
  const own = inner.filter((each) => each.kind === 'Function' && !each.arrow);
  return own.length === 0 || (own.length === 1 && member.kind === 'Field' && isMemberFunction(source, own[0]!));
}

/** `call = nn.compact(function () { … })`. */
function isMemberFunction(source: SourceModel, node: SyntaxNode): boolean {
  return ancestorsOf(source, node).find((each) => each.kind !== 'Call')?.kind === 'Field';
}

function usesAt(source: SourceModel, node: SyntaxNode, within: string | null): readonly SelfUse[] | null {
  const parent = parentOf(source, node);
  if (parent?.kind === 'TypeWrap') return null;
  if (parent?.kind === 'Member' && parent.object === node) {
    return [{ name: parent.property, span: parent.span, node: parent, pattern: null, within }];
  }
  if (parent?.kind !== 'Variable') return null;
  const declarator = parent.declarators.find((each) => each.init === node);
  if (declarator?.target.kind !== 'ObjectPattern' || declarator.target.rest !== null) return null;
  const { properties } = declarator.target;
  if (properties.some((each) => each.key.name === null)) return null;
  return properties.map((property) => ({
    name: property.key.name ?? '',
    span: property.span,
    node: null,
    pattern: { statement: parent, property },
    within,
  }));
}
