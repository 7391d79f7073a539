/** Functions under a transform: which one, and over what. */
import type { TSESTree } from '@typescript-eslint/utils';
import { enclosingFunction, type FunctionNode, isFunction } from './classes.js';
import { jaxName, linenName, type Names, nnxName, variableAt } from './names.js';

const tracing = new Set(['jit', 'grad', 'valueAndGrad', 'vmap', 'scan', 'remat', 'checkpoint', 'vjp', 'jvp', 'cond']);

/** The name of a transform that a call applies to its first argument: `jit`, `lax.scan`. */
export function transformOf(call: TSESTree.CallExpression, names: Names): string | null {
  const name = jaxName(call.callee, names) ?? nnxName(call.callee, names) ?? linenName(call.callee, names);
  return name !== null && tracing.has(name.replace(/^lax\./, '')) ? name : null;
}

/** The function that an expression is or names. */
export function functionOf(node: TSESTree.Node | undefined, names: Names): FunctionNode | null {
  if (isFunction(node)) return node;
  if (node?.type !== 'Identifier') return null;
  const declared = variableAt(node, names)?.defs[0]?.node as TSESTree.Node | undefined;
  if (isFunction(declared)) return declared;
  return declared?.type === 'VariableDeclarator' && isFunction(declared.init) ? declared.init : null;
}

/** The transform around a node: of the nearest function that one is applied to, in this file. */
export function transformAround(node: TSESTree.Node, names: Names): string | null {
  for (let at = enclosingFunction(node); at !== null; at = enclosingFunction(at)) {
    const found = appliedTo(at, names);
    if (found !== null) return found;
  }
  return null;
}

function appliedTo(target: FunctionNode, names: Names): string | null {
  const { parent } = target;
  if (parent.type === 'CallExpression' && parent.arguments[0] === target) return transformOf(parent, names);
  const name =
    target.type === 'FunctionDeclaration'
      ? target.id
      : parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier'
        ? parent.id
        : null;
  const references = name === null ? [] : (variableAt(name, names)?.references ?? []);
  for (const { identifier } of references) {
    const call = (identifier as TSESTree.Identifier).parent;
    if (call.type !== 'CallExpression' || call.arguments[0] !== identifier) continue;
    const found = transformOf(call, names);
    if (found !== null) return found;
  }
  return null;
}
