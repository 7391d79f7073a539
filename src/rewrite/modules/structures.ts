/** The branches and loops that a part of a method stands in. */
import { tidyFunctions } from '../../../runtime/catalogue/functions-once.js';
import { ancestorsOf } from '../../ir/declarations.js';
import { entityOf } from '../../ir/resolve.js';
import type { Block, Expression, Statement } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import type { Draft } from './draft.js';
import type { Branch, Loop, Structure } from './structure.js';

export type { Branch, Loop, Structure } from './structure.js';

/** Why something has no such place: how often it runs is not known from the text. */
export type Displaced = 'condition' | 'loop' | 'closure';

/** Outermost first; a constructor can repeat these around what it builds. */
export function structuresOf(
  draft: Draft,
  node: SyntaxNode,
  body: SyntaxNode,
): { readonly chain: readonly Structure[] } | { readonly displaced: Displaced } {
  const above = ancestorsOf(draft.source, node);
  const path = [node, ...above.slice(0, above.indexOf(body)), body];
  const chain: Structure[] = [];
  for (let index = 1; index < path.length; index += 1) {
    const [parent, child] = [path[index]!, path[index - 1]!];
    const here = structureBelow(draft, parent, child);
    if (typeof here === 'string' && parent !== body) return { displaced: here };
    if (typeof here === 'object' && here !== null) chain.unshift(here);
    const guards = parent.kind === 'Block' ? guardsBefore(parent, child) : [];
    if (guards === null) return { displaced: 'condition' };
    // Innermost last: what a block's guards rule out is decided inside the structure that holds the block.
    chain.unshift(...guards);
  }
  return { chain };
}

export function testOf({ node }: Branch): Expression {
  return node.kind === 'Binary' ? node.left : node.test;
}

export function sameStructure(a: Structure | undefined, b: Structure | undefined): boolean {
  return a !== undefined && b !== undefined && a.node === b.node;
}

export function loopsIn(chain: readonly Structure[]): readonly Loop[] {
  return chain.filter((each): each is Loop => each.structure === 'loop');
}

/** Whether two parts are never both built: they stand in different arms of one branch. */
export function areExclusive(a: readonly Structure[], b: readonly Structure[]): boolean {
  return a.some((each, index) => {
    const other = b[index];
    return (
      each.structure === 'branch' && other?.structure === 'branch' && each.node === other.node && each.arm !== other.arm
    );
  });
}

function structureBelow(draft: Draft, parent: SyntaxNode, child: SyntaxNode): Structure | Displaced | null {
  switch (parent.kind) {
    case 'If':
    case 'Conditional':
      if (child === parent.test) return null;
      return { structure: 'branch', node: parent, arm: child === parent.consequent ? 0 : 1 };
    case 'Binary':
      if (child !== parent.right) return null;
      if (parent.operator === '&&') return { structure: 'branch', node: parent, arm: 0 };
      return parent.operator === '||' || parent.operator === '??' ? 'condition' : null;
    case 'Switch':
      return child === parent.discriminant ? null : 'condition';
    case 'Try':
      return child === parent.finalizer ? null : 'condition';
    case 'For':
      if (child === parent.init) return null;
      return child === parent.body ? { structure: 'loop', node: parent } : 'loop';
    case 'ForEach':
      if (child === parent.iterable) return null;
      return child === parent.body && parent.over === 'of' && !parent.await
        ? { structure: 'loop', node: parent }
        : 'loop';
    case 'While':
      return 'loop';
    case 'Function':
      return runsOnce(draft, parent) ? null : 'closure';
    case 'Call':
      return parent.optional && child !== parent.callee ? 'condition' : null;
    default:
      return null;
  }
}

/**
 * Statements before `child` that may leave the method or the turn: `if (test) return …;` is a branch whose other arm is
 * the rest; null where one has another form.
 */
function guardsBefore(block: Block, child: SyntaxNode): readonly Branch[] | null {
  const guards: Branch[] = [];
  for (const statement of block.body) {
    if (statement === child) break;
    if (!mayLeave(statement)) continue;
    if (statement.kind !== 'If' || statement.alternate !== null || !endsInReturn(statement.consequent)) return null;
    guards.push({ structure: 'branch', node: statement, arm: 1 });
  }
  return guards;
}

function mayLeave(statement: Statement): boolean {
  let found = false;
  walk(statement, (each) => {
    if (each.kind === 'Function') return false;
    if (each.kind === 'Return' || each.kind === 'Jump') found = true;
    return !found;
  });
  return found;
}

function endsInReturn(statement: Statement): boolean {
  const last = statement.kind === 'Block' ? statement.body.at(-1) : statement;
  if (last?.kind !== 'Return') return false;
  const before = statement.kind === 'Block' ? statement.body.slice(0, -1) : [];
  return before.every((each) => !mayLeave(each));
}

/** `tf.tidy(() => …)`. */
function runsOnce(draft: Draft, node: SyntaxNode): boolean {
  const call = ancestorsOf(draft.source, node)[0];
  if (call?.kind !== 'Call' || call.args.at(-1) !== node) return false;
  const entity = entityOf(draft.context.model, draft.source.path, call.callee);
  return (
    entity?.entity === 'external' &&
    tidyFunctions.some((each) => each.module === entity.module && each.name === entity.name)
  );
}
