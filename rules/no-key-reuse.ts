import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { isFunction } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { declaredVariables, jaxName } from './names.js';

/** Functions of `jax.random` that read a key without using it up. */
const harmless = new Set(['foldIn', 'keyData', 'key', 'PRNGKey', 'wrapKeyData', 'clone']);

/** A key that two draws or splits take, or that one takes again in every turn of a loop. */
export const noKeyReuse = defineRule('no-key-reuse', {
  mentions: ['random'],
  visit: (file) => ({
    'Program:exit': () => {
      for (const variable of declaredVariables(file.source)) checkVariable(variable, file);
    },
  }),
});

function checkVariable(variable: TSESLint.Scope.Variable, file: RuleFile): void {
  const writes = variable.references.filter((each) => each.isWrite() && each.init !== true);
  const used: TSESTree.Identifier[] = [];
  for (const { identifier } of variable.references) {
    const node = identifier as TSESTree.Identifier;
    if (node.type !== 'Identifier' || !isConsumed(node, file)) continue;
    const again = used.some((before) => mayFollow(before, node) && !written(writes, before, node));
    if (again || (inLoopOf(node, variable) && !writtenInLoop(writes, node)))
      file.report({ node, data: { key: node.name } });
    used.push(node);
  }
}

/** The first argument of a function of `jax.random` that uses the key up. */
function isConsumed(node: TSESTree.Identifier, file: RuleFile): boolean {
  const { parent } = node;
  if (parent.type !== 'CallExpression' || parent.arguments[0] !== node) return false;
  const name = /^random\.(\w+)$/.exec(jaxName(parent.callee, file) ?? '')?.[1];
  return name !== undefined && !harmless.has(name);
}

/** Whether both places are reached in one run of the same function: not in two branches of one decision. */
function mayFollow(before: TSESTree.Node, after: TSESTree.Node): boolean {
  if (functionAround(before) !== functionAround(after)) return false;
  const first = ancestors(before);
  const second = ancestors(after);
  const shared = first.find((each) => second.includes(each));
  if (shared === undefined) return true;
  const [from, to] = [first[first.indexOf(shared) - 1], second[second.indexOf(shared) - 1]];
  if (shared.type === 'IfStatement' || shared.type === 'ConditionalExpression') {
    return from === shared.test || to === shared.test;
  }
  if (shared.type === 'SwitchStatement') return false;
  if (shared.type === 'LogicalExpression' && shared.operator !== '&&' && isDrawn(first, shared)) return false;
  return !leaves(first, shared);
}

/** The drawn tensor, which is never false, is what `||` or `??` asks for: `(wide && draw(key)) || draw(key)`. */
function isDrawn(path: readonly TSESTree.Node[], outer: TSESTree.Node): boolean {
  const [, call, ...between] = path.slice(0, path.indexOf(outer));
  return between.every((each, index) => {
    const inner = index === 0 ? call : between[index - 1];
    return each.type === 'LogicalExpression' && (each.operator !== '&&' || each.right === inner);
  });
}

/** The place stands in a block below `outer` that ends by `return` or `throw`, or leaves a loop that is `outer` or around it. */
function leaves(path: readonly TSESTree.Node[], outer: TSESTree.Node, by: ReadonlySet<string> = leavingTurn): boolean {
  const below = path.slice(0, path.indexOf(outer));
  return below.some((each, index) => {
    const last = each.type === 'BlockStatement' ? each.body.at(-1) : each;
    if (last?.type === 'ReturnStatement' || last?.type === 'ThrowStatement') return true;
    // One that belongs to a loop or switch further in goes no further than that.
    const isInner = below.slice(index).some(({ type }) => loops.has(type) || type === 'SwitchStatement');
    return last !== undefined && by.has(last.type) && !isInner;
  });
}

const leavingTurn: ReadonlySet<string> = new Set(['BreakStatement', 'ContinueStatement']);
const leavingLoop: ReadonlySet<string> = new Set(['BreakStatement']);

/** What a loop evaluates before its first turn only: the list it goes over, the start of a counter. */
function isBefore(loop: TSESTree.Node, part: TSESTree.Node): boolean {
  if (loop.type === 'ForOfStatement' || loop.type === 'ForInStatement') return part === loop.right;
  return loop.type === 'ForStatement' && part === loop.init;
}

function written(writes: readonly TSESLint.Scope.Reference[], before: TSESTree.Node, after: TSESTree.Node): boolean {
  return writes.some(({ identifier }) => {
    const at = (identifier as TSESTree.Node).range[0];
    return at < after.range[0] && statementEnd(identifier as TSESTree.Node) >= before.range[1];
  });
}

/** A write takes place at the end of its statement: `key = split(key)` uses the old key. */
function statementEnd(node: TSESTree.Node): number {
  let at: TSESTree.Node = node;
  while (at.parent && !at.type.endsWith('Statement') && at.type !== 'VariableDeclaration') at = at.parent;
  return at.range[1];
}

const loops = new Set(['ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement', 'DoWhileStatement']);

/** The loop around a use of a name that was set outside of it. */
function loopAround(node: TSESTree.Node, variable?: TSESLint.Scope.Variable): TSESTree.Node | null {
  const path = ancestors(node);
  for (const [index, each] of path.entries()) {
    if (isFunction(each)) return null;
    const part = path[index - 1];
    if (!loops.has(each.type) || part === undefined || isBefore(each, part) || leaves(path, each, leavingLoop))
      continue;
    const declared = variable?.defs[0]?.node as TSESTree.Node | undefined;
    const inside = declared !== undefined && declared.range[0] >= each.range[0] && declared.range[1] <= each.range[1];
    return inside ? null : each;
  }
  return null;
}

function inLoopOf(node: TSESTree.Node, variable: TSESLint.Scope.Variable): boolean {
  return variable.defs.length === 1 && loopAround(node, variable) !== null;
}

function writtenInLoop(writes: readonly TSESLint.Scope.Reference[], node: TSESTree.Node): boolean {
  const loop = loopAround(node);
  return writes.some(({ identifier }) => {
    const { range } = identifier as TSESTree.Node;
    return loop !== null && range[0] >= loop.range[0] && range[1] <= loop.range[1];
  });
}

function functionAround(node: TSESTree.Node): TSESTree.Node | undefined {
  return ancestors(node).find(isFunction);
}

function ancestors(node: TSESTree.Node): readonly TSESTree.Node[] {
  const path: TSESTree.Node[] = [];
  for (let at: TSESTree.Node | undefined = node; at; at = at.parent) path.push(at);
  return path;
}
