import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { packageName } from '../runtime/catalogue/modules.js';
import { defineRule } from './define-rule.js';
import { classNamed, isLinenClass, linenName, staticProperty, variableOf } from './linen-names.js';

type Scope = TSESLint.Scope.Scope;

/** Entry points, and what takes their place. */
const entries: { readonly [entry: string]: string } = {
  init: 'Build the model with its input sizes: `new Model(784, …, { rngs: new nnx.Rngs(0) })`.',
  initWithOutput: 'Build the model with its input sizes and `{ rngs }`, then call it.',
  lazyInit: 'Build the model with its input sizes and `{ rngs }`.',
  apply: 'Call the model or its method: `model.call(x)`; what `mutable` returned stays in the model.',
};

/**
 * `model.init(key, [x])`, `model.apply(variables, [x], …)`. The receiver is known to be a Linen module when this file
 * shows it; where it comes from another file, the call's own form tells: variables first, then an array of arguments.
 */
export const noInitApply = defineRule('no-init-apply', {
  visit: (context, report) => {
    const usesPackage = context.sourceCode.ast.body.some(
      (node) => node.type === 'ImportDeclaration' && node.source.value.startsWith(`${packageName}/`),
    );
    if (!usesPackage) return {};
    return {
      CallExpression: (node) => {
        const { callee } = node;
        if (callee.type !== 'MemberExpression') return;
        const entry = staticProperty(callee);
        const replacement = entry === null ? undefined : entries[entry];
        if (entry === null || replacement === undefined) return;
        const scope = context.sourceCode.getScope(node);
        if (!isModelCall(node, callee.object, scope)) return;
        report({
          node: callee.property,
          data: { receiver: context.sourceCode.getText(callee.object), entry, replacement },
        });
      },
    };
  },
});

function isModelCall(call: TSESTree.CallExpression, receiver: TSESTree.Node, scope: Scope): boolean {
  const known = receiverKind(receiver, scope);
  return known === 'linen' || (known === 'unknown' && hasLinenForm(call));
}

/** What this file shows of a receiver. `other`: certainly no Linen module. */
function receiverKind(node: TSESTree.Node, scope: Scope): 'linen' | 'other' | 'unknown' {
  if (node.type === 'NewExpression') return classKind(node.callee, scope);
  if (node.type === 'ThisExpression') return enclosingClassKind(node, scope);
  if (node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression' || node.type === 'Super')
    return 'other';
  if (node.type !== 'Identifier') return 'unknown';
  const definition = variableOf(node.name, scope)?.defs[0];
  if (definition === undefined) return 'other';
  if (String(definition.type) === 'FunctionName' || String(definition.type) === 'ClassName') return 'other';
  if (String(definition.type) === 'ImportBinding') return 'unknown';
  const annotation = annotationOf(definition.name as TSESTree.Node);
  if (annotation !== null) return classKind(annotation, scope);
  const declarator = definition.node as TSESTree.Node;
  if (declarator.type !== 'VariableDeclarator' || declarator.id.type !== 'Identifier' || declarator.init === null)
    return 'unknown';
  return receiverKind(declarator.init, scope);
}

function classKind(callee: TSESTree.Node, scope: Scope): 'linen' | 'other' | 'unknown' {
  if (linenName(callee, scope) !== null) return 'linen';
  if (callee.type !== 'Identifier') return 'unknown';
  const local = classNamed(callee.name, scope);
  if (local === null) return 'unknown';
  return isLinenClass(local.node, local.scope) ? 'linen' : local.node.superClass === null ? 'other' : 'unknown';
}

function enclosingClassKind(node: TSESTree.Node, scope: Scope): 'linen' | 'other' | 'unknown' {
  for (let at: TSESTree.Node | null | undefined = node; at; at = at.parent) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression')
      return isLinenClass(at, scope) ? 'linen' : 'unknown';
  }
  return 'other';
}

/** The class named by `model: Model`. */
function annotationOf(name: TSESTree.Node): TSESTree.Node | null {
  const type = name.type === 'Identifier' ? name.typeAnnotation?.typeAnnotation : undefined;
  return type?.type === 'TSTypeReference' && type.typeName.type === 'Identifier' ? type.typeName : null;
}

/** `(anything, [arguments], options?)`, and not `f.apply(this, […])` or `f.apply(null, […])`. */
function hasLinenForm({ arguments: [first, second, third], ...call }: TSESTree.CallExpression): boolean {
  if (first === undefined || second?.type !== 'ArrayExpression') return false;
  if (first.type === 'ThisExpression' || first.type === 'SpreadElement') return false;
  if (first.type === 'Literal' || (first.type === 'Identifier' && first.name === 'undefined')) return false;
  const options = third === undefined || third.type === 'ObjectExpression' || third.type === 'Identifier';
  return options && !('optional' in call && call.optional);
}
