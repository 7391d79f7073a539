import type { TSESTree } from '@typescript-eslint/utils';
import { enclosingClass, enclosingMember } from './classes.js';
import { conversionOf } from './conversion.js';
import { defineRule } from './define-rule.js';
import { linenName } from './names.js';

const compactNames = new Set(['compact', 'compactNameScope']);

/** `@nn.compact` as a decorator (standard or legacy), and `nn.compact(function …)` as a wrapper. */
export const noCompact = defineRule('no-compact', {
  mentions: ['compact'],
  suggests: true,
  visit: (file) => {
    const isCompact = (node: TSESTree.Node) => compactNames.has(linenName(node, file) ?? '');
    const report = (node: TSESTree.Node) =>
      file.report({ node, data: { owner: ownerOf(node) }, suggest: conversionOf(node, file) });
    return {
      Decorator: (node) => {
        if (isCompact(node.expression)) report(node);
      },
      CallExpression: (node) => {
        if (isCompact(node.callee)) report(node.callee);
      },
    };
  },
});

/** `Block.call` of the enclosing class member, as far as it has names. */
function ownerOf(node: TSESTree.Node): string {
  const owner = enclosingClass(node);
  if (owner === null) return 'This function';
  const member = enclosingMember(node);
  return [owner.id?.name ?? 'This class', ...(member === null ? [] : [member])].join('.');
}
