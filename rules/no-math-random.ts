import type { TSESTree } from '@typescript-eslint/utils';
import { enclosingClass, styleOf } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { tensorName } from './names.js';
import { transformAround } from './transformed.js';

/** Random functions of TensorFlow.js, and those of `jax.random` that take their place. */
const host: { readonly [name: string]: string } = {
  randomUniform: 'uniform',
  randomNormal: 'normal',
  randomStandardNormal: 'normal',
  truncatedNormal: 'truncatedNormal',
  randomUniformInt: 'randint',
  randomGamma: 'gamma',
  multinomial: 'categorical',
  dropout: 'bernoulli',
  rand: 'uniform',
};

/** `Math.random` and random functions of TensorFlow.js, in modules and in functions under a transform. */
export const noMathRandom = defineRule('no-math-random', {
  mentions: ['andom', 'dropout', 'multinomial', 'tf.rand'],
  visit: (file) => ({
    CallExpression: (node) => {
      const name = tensorName(node.callee, file);
      const present = isMathRandom(node.callee, file) ? 'uniform' : host[name ?? ''];
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
