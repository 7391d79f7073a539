/** Where a part is kept once it is built, and every use of it. */
import { parentOf } from '../../ir/declarations.js';
import { takenParameter } from '../../ir/module-takers.js';
import type { Call, Expression, Member, New } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import type { Draft, Handed, Holder, SubmoduleCall } from './draft.js';
import { elementHolder, elementsOf } from './elements.js';
import type { BuildStep } from './order.js';
import type { SelfUse } from './self-uses.js';

/** The holder of what a step builds; null where it goes some other way. */
export function holderOf(draft: Draft, { node, factory, phase, method }: BuildStep): Holder | null {
  const isVariable = node.kind === 'Call' && factory === null;
  const outer = outermostWrap(draft, node);
  const parent = parentOf(draft.source, outer);
  if (parent?.kind === 'Variable') {
    const declarator = parent.declarators.find((each) => each.init === outer);
    const { target } = declarator ?? {};
    if (declarator === undefined || target?.kind !== 'IdentifierPattern' || target.binding === null) return null;
    // A parameter's value that is assigned again is read once, where it stands.
    const isValue = isVariable && node.callee.kind === 'Member' && node.callee.property === 'param';
    if (draft.source.bindings[target.binding]?.writes.length !== 0) return isValue ? { holder: 'inline' } : null;
    return { holder: 'local', binding: target.binding, name: target.name, statement: parent, declarator };
  }
  if (parent?.kind === 'Assign') {
    const { target, operator } = parent;
    const statement = parentOf(draft.source, parent);
    if (operator !== '=' || target.kind !== 'PlacePattern' || statement?.kind !== 'Expression') return null;
    if (target.place.kind !== 'Member' || target.place.object.kind !== 'This' || method !== 'setup') return null;
    return { holder: 'field', name: target.place.property, statement };
  }
  if (method === 'setup') return elementHolder(draft, outer) ?? (isVariable ? { holder: 'inline' } : null);
  return phase === 'compact' || isVariable ? { holder: 'inline' } : null;
}

interface HeldAt {
  readonly holder: Holder;
  readonly method: string;
  readonly label: string;
}

/** The calls of a submodule's methods; refuses any other use of it. */
export function callsOf(draft: Draft, node: New | Call, at: HeldAt): readonly SubmoduleCall[] {
  return mentionsOf(draft, node, at).flatMap((each) => callOn(draft, each.node, { ...at, within: each.within }) ?? []);
}

/** The functions that a submodule is handed to. */
export function handedOf(draft: Draft, node: New | Call, at: HeldAt): readonly Handed[] {
  const quiet: Draft = { ...draft, refusals: { ...draft.refusals, add: () => undefined } };
  return mentionsOf(quiet, node, at).flatMap((each) => {
    const handed = handedAt(draft, each.node);
    return handed === null ? [] : [{ ...handed, within: each.within }];
  });
}

/** The expressions that stand for it; refuses what hides some of them. */
function mentionsOf(
  draft: Draft,
  node: New | Call,
  at: HeldAt,
): readonly { readonly node: Expression; readonly within: string }[] {
  const { holder } = at;
  if (holder.holder === 'inline') return [{ node: outermostWrap(draft, node), within: at.method }];
  if (holder.holder === 'field') {
    return fieldUses(draft, holder.name, at.label).flatMap((each) =>
      each.node === null ? [] : [{ node: each.node, within: each.within ?? '' }],
    );
  }
  if (holder.holder === 'element') {
    return fieldUses(draft, holder.name, at.label).flatMap((each) => {
      const used = each.node === null ? { elements: [], lost: [] } : elementsOf(draft, each.node, holder.place);
      for (const { node: use, form } of used.lost) draft.refusals.add('L2N407', use.span, { module: at.label, form });
      return used.elements.map((element) => ({ node: element, within: each.within ?? '' }));
    });
  }
  const mentions = draft.identifiers.get(holder.binding) ?? [];
  if (mentions.length !== draft.source.bindings[holder.binding]?.reads.length) {
    draft.refusals.add('L2N407', holder.declarator.span, { module: at.label, form: 'named in a type' });
  }
  return mentions.map((each) => ({ node: each, within: at.method }));
}

/** Reads of a field; refuses those that take it out of `this` by a pattern. */
function fieldUses(draft: Draft, name: string, label: string): readonly SelfUse[] {
  const uses = draft.selfUses.filter((each) => each.name === name && !isTarget(draft, each.node));
  for (const each of uses) {
    if (each.node === null) draft.refusals.add('L2N407', each.span, { module: label, form: 'taken out of `this`' });
  }
  return uses;
}

/** The expression with the type assertions around it. */
export function outermostWrap(draft: Draft, node: Expression): Expression {
  const parent = parentOf(draft.source, node);
  return parent?.kind === 'TypeWrap' ? outermostWrap(draft, parent) : node;
}

/** `this.x` on the left of an assignment. */
export function isTarget(draft: Draft, node: Member | null): boolean {
  return node !== null && parentOf(draft.source, node)?.kind === 'PlacePattern';
}

function callOn(draft: Draft, node: Expression, at: { label: string; within: string }): SubmoduleCall | null {
  const callee = parentOf(draft.source, outermostWrap(draft, node));
  const call = callee === null ? null : parentOf(draft.source, callee);
  if (callee?.kind === 'Member' && isCallOf(call, callee)) {
    return { node: call, callee, method: callee.property, within: at.within };
  }
  if (isAsked(node, callee) || handedAt(draft, node) !== null) return null;
  draft.refusals.add('L2N407', node.span, { module: at.label, form: formOf(callee) });
  return null;
}

function handedAt(draft: Draft, node: Expression): Omit<Handed, 'within'> | null {
  const argument = outermostWrap(draft, node);
  const call = parentOf(draft.source, argument);
  if (call?.kind !== 'Call' || call.callee === argument) return null;
  const taken = takenParameter(draft.context.model, draft.source.path, { call, argument });
  return taken === null ? null : { call, taken };
}

/** Only whether it is there: `if (this.norm)`, `this.norm !== null`. */
function isAsked(node: Expression, parent: SyntaxNode | null): boolean {
  switch (parent?.kind) {
    case 'If':
    case 'Conditional':
      return parent.test === node;
    case 'Unary':
      return parent.operator === '!';
    case 'Binary': {
      const other = parent.left === node ? parent.right : parent.left;
      const isNothing =
        (other.kind === 'Literal' && other.value === null) ||
        (other.kind === 'Identifier' && other.name === 'undefined');
      return isNothing && /^[!=]==?$/.test(parent.operator);
    }
    default:
      return false;
  }
}

function isCallOf(node: SyntaxNode | null, callee: Member): node is Call {
  return node?.kind === 'Call' && node.callee === callee;
}

function formOf(parent: SyntaxNode | null): string {
  switch (parent?.kind) {
    case 'Member':
      return `\`.${parent.property}\` is read`;
    case 'Call':
    case 'New':
      return 'passed on';
    case 'Return':
      return 'returned';
    case 'ArrayLiteral':
    case 'ObjectLiteral':
    case 'Property':
      return 'kept in a list';
    default:
      return 'not called at once';
  }
}
