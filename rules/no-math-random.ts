import type { TSESTree } from '@typescript-eslint/utils';
import { hostRandom } from '../runtime/catalogue/nnx-names.js';
import { enclosingClass, styleOf } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { tensorName } from './names.js';
import { transformAround } from './transformed.js';

/** `Math.random` and random functions of TensorFlow.js, in modules and in functions under a transform. */
export const noMathRandom = defineRule('no-math-random', {
  mentions: ['andom', 'dropout', 'multinomial', 'tf.rand'],
  visit: (file) => ({
    CallExpression: (node) => {
      const name = tensorName(node.callee, file);
      const present = isMathRandom(node.callee, file) ? 'uniform' : hostRandom[name ?? ''];
      if (present === undefined || !inModel(node, file)) return;
      file.report({
        node: node.callee,
        data: { name: file.source.getText(node.callee), present, stream: name === 'dropout' ? 'dropout' : 'noise' },
      });
    },
  }),
});

function isMathRandom(callee: TSESTree.Node, { source }: RuleFile): boolean {
  return source.getText(callee) === 'Math.random';
}

function inModel(node: TSESTree.Node, file: RuleFile): boolean {
  const owner = enclosingClass(node);
  return (owner !== null && styleOf(owner, file) !== null) || transformAround(node, file) !== null;
}
