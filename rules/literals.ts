import type { TSESTree } from '@typescript-eslint/utils';

/** The text of a string literal; null for anything else. */
export function literalText(node: TSESTree.Node | null | undefined): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node?.type === 'TemplateLiteral' && node.expressions.length === 0 ? node.quasis[0]!.value.cooked : null;
}
