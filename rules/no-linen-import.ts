import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { linenModule } from '../runtime/catalogue/modules.js';
import { defineRule } from './define-rule.js';

/** Imports and re-exports of the Linen entry point. An import that nothing uses any more is removed. */
export const noLinenImport = defineRule('no-linen-import', {
  fixable: true,
  everywhere: true,
  mentions: [linenModule],
  visit: ({ report, source }) => {
    const check = (node: TSESTree.Node, from: TSESTree.Node | null): void => {
      if (from?.type !== 'Literal' || from.value !== linenModule) return;
      const unused = node.type === 'ImportDeclaration' && isUnused(node, source);
      report({
        node,
        data: { module: linenModule },
        fix: unused ? (fixer) => removeLine(fixer, node, source) : null,
      });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
    };
  },
});

/** An import for its side effect alone counts as used. */
function isUnused(node: TSESTree.ImportDeclaration, source: Readonly<TSESLint.SourceCode>): boolean {
  const variables = source.getDeclaredVariables?.(node) ?? [];
  return variables.length > 0 && variables.every((variable) => variable.references.length === 0);
}

function removeLine(
  fixer: TSESLint.RuleFixer,
  node: TSESTree.Node,
  source: Readonly<TSESLint.SourceCode>,
): TSESLint.RuleFix {
  const rest = source.text.slice(node.range[1]).match(/^[ \t]*\r?\n/);
  return fixer.removeRange([node.range[0], node.range[1] + (rest?.[0].length ?? 0)]);
}
