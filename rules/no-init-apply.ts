import { defineRule } from './define-rule.js';
import { type EntryName, entryOf } from './model-calls.js';

/** Entry points, and what takes their place. */
const replacements: { readonly [entry in EntryName]: string } = {
  init: 'Build the model with its input sizes: `new Model(784, …, { rngs: new nnx.Rngs(0) })`.',
  initWithOutput: 'Build the model with its input sizes and `{ rngs }`, then call it.',
  lazyInit: 'Build the model with its input sizes and `{ rngs }`.',
  apply: 'Call the model or its method: `model.call(x)`; what `mutable` returned stays in the model.',
};

/** `model.init(key, [x])`, `model.apply(variables, [x], …)`. */
export const noInitApply = defineRule('no-init-apply', {
  mentions: ['init', 'apply', 'Init'],
  visit: (file) => ({
    CallExpression: (node) => {
      const entry = entryOf(node, file);
      if (entry === null || node.callee.type !== 'MemberExpression') return;
      const receiver = file.source.getText(node.callee.object);
      file.report({ node: node.callee.property, data: { receiver, entry, replacement: replacements[entry] } });
    },
  }),
});
