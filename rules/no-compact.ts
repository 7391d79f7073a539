import type { TSESTree } from '@typescript-eslint/utils';
import { defineRule } from './define-rule.js';
import { linenName } from './linen-names.js';

const compactNames = new Set(['compact', 'compactNameScope']);

/** `@nn.compact` as a decorator (standard or legacy), and `nn.compact(function …)` as a wrapper. */
export const noCompact = defineRule('no-compact', {
  visit: (context, report) => {
    const isCompact = (node: TSESTree.Node) =>
      compactNames.has(linenName(node, context.sourceCode.getScope(node)) ?? '');
    return {
      Decorator: (node) => {
        if (isCompact(node.expression)) report({ node, data: { owner: ownerOf(node) } });
      },
      CallExpression: (node) => {
        if (isCompact(node.callee)) report({ node: node.callee, data: { owner: ownerOf(node) } });
      },
    };
  },
});

/** `Block.call` of the enclosing class member, as far as it has names. */
function ownerOf(node: TSESTree.Node): string {
  let member: string | null = null;
  for (let at: TSESTree.Node | null | undefined = node; at; at = at.parent) {
    if ((at.type === 'MethodDefinition' || at.type === 'PropertyDefinition') && at.key.type === 'Identifier') {
      member ??= at.key.name;
    }
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') {
      return [at.id?.name ?? 'This class', member].filter((part) => part !== null).join('.');
    }
  }
  return 'This function';
}
