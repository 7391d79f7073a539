import { transforms } from '../runtime/catalogue/transforms.js';
import { defineRule } from './define-rule.js';
import { linenName } from './names.js';

const byName = new Map(transforms.map((each) => [each.linen, each]));

/** Calls and decorators of lifted transforms. */
export const noLiftedTransform = defineRule('no-lifted-transform', {
  visit: (file) => {
    const check = (node: Parameters<typeof linenName>[0]): void => {
      const transform = byName.get(linenName(node, file) ?? '');
      if (transform === undefined || node === null || node === undefined) return;
      const replacement =
        transform.nnx === null
          ? 'NNX has no transform for it: write what it does to the variables, on a state from `nnx.split`.'
          : `Use \`nnx.${transform.nnx}\` over a function of modules.`;
      file.report({ node, data: { transform: transform.linen, replacement } });
    };
    return {
      CallExpression: (node) => check(node.callee),
      Decorator: (node) => {
        if (node.expression.type !== 'CallExpression') check(node.expression);
      },
    };
  },
});
