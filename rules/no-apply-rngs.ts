import { calledOnThis, classOfThis, isLinenClass, propertyNamed } from './classes.js';
import { defineRule } from './define-rule.js';
import { entryOf } from './model-calls.js';

/** `rngs` given to `apply`, and `this.makeRng(…)`. */
export const noApplyRngs = defineRule('no-apply-rngs', {
  mentions: ['rngs', 'makeRng'],
  visit: (file) => ({
    CallExpression: (node) => {
      const rngs = entryOf(node, file) === 'apply' ? propertyNamed(node.arguments[2], 'rngs') : null;
      if (rngs !== null) file.report({ node: rngs, data: { what: '`rngs` of `apply`' } });
      const method = calledOnThis(node);
      if (method?.name !== 'makeRng') return;
      const owner = classOfThis(node);
      if (owner !== null && isLinenClass(owner, file))
        file.report({ node: method, data: { what: `\`${file.source.getText(node)}\`` } });
    },
  }),
});
