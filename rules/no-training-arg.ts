import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { enclosingClass, isLinenClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { linenName, staticKey } from './names.js';

const flags = new Set(layers.flatMap(({ mode }) => (mode === null ? [] : [mode.option])));

/** Mode flags handed to layers inside Linen modules, when they are made or called. */
export const noTrainingArg = defineRule('no-training-arg', {
  visit: (file) => ({
    Property: (node) => {
      const flag = staticKey(node);
      if (flag === null || !flags.has(flag) || node.parent.type !== 'ObjectExpression') return;
      const call = node.parent.parent;
      if (call.type !== 'CallExpression' && call.type !== 'NewExpression') return;
      if (!call.arguments.includes(node.parent) || isConstant(node.value)) return;
      const owner = enclosingClass(node);
      const inModule = owner !== null && isLinenClass(owner, file);
      if (inModule || (call.type === 'NewExpression' && linenName(call.callee, file) !== null))
        file.report({ node, data: { flag } });
    },
  }),
});

/** A mode that never changes is a property of the layer. */
function isConstant(node: TSESTree.Node): boolean {
  return node.type === 'Literal';
}
