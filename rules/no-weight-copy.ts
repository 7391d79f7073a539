import type { TSESTree } from '@typescript-eslint/utils';
import { classOfThis, isNnxClass } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { isNewVariable } from './module-fields.js';

/** A parameter set to, or made from, the value of another parameter of the same module. */
export const noWeightCopy = defineRule('no-weight-copy', {
  mentions: ['.value'],
  visit: (file) => ({
    AssignmentExpression: (node) => {
      if (node.operator !== '=' || !inConstructor(node)) return;
      const target = parameterOf(node.left, file);
      const from = valueOf(
        isNewVariable(node.right, file) ? (node.right as TSESTree.NewExpression).arguments[0] : node.right,
      );
      const owner = classOfThis(node);
      if (target === null || from === null || owner === null || !isNnxClass(owner, file)) return;
      file.report({ node, data: { target, from: file.source.getText(from) } });
    },
  }),
});

/** `this.head.kernel` of `this.head.kernel.value`, or of the field itself. */
function parameterOf(node: TSESTree.Node, file: RuleFile): string | null {
  if (!startsAtThis(node)) return null;
  return file.source.getText(valueOf(node) ?? node);
}

/** The Variable whose value an expression reads. */
function valueOf(node: TSESTree.Node | undefined): TSESTree.Node | null {
  if (node?.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return null;
  return node.property.name === 'value' && startsAtThis(node) ? node.object : null;
}

function startsAtThis(node: TSESTree.Node): boolean {
  if (node.type === 'ThisExpression') return true;
  return node.type === 'MemberExpression' && startsAtThis(node.object);
}

function inConstructor(node: TSESTree.Node): boolean {
  for (let at: TSESTree.Node | undefined = node; at; at = at.parent) {
    if (at.type === 'MethodDefinition') return at.kind === 'constructor';
  }
  return false;
}
