import { collections } from '../runtime/catalogue/collections.js';
import { calledOnThis, classOfThis, isLinenClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { literalText } from './literals.js';

/** `this.param(…)` and `this.variable(…)` in Linen modules. */
export const noInlineParam = defineRule('no-inline-param', {
  mentions: ['.param', '.variable'],
  visit: (file) => ({
    CallExpression: (node) => {
      const method = calledOnThis(node);
      const entry = method?.name;
      if (method === null || (entry !== 'param' && entry !== 'variable')) return;
      const owner = classOfThis(node);
      if (owner === null || !isLinenClass(owner, file)) return;
      const [first, second] = node.arguments;
      const collection = entry === 'param' ? 'params' : (literalText(first) ?? 'of a computed name');
      const name = literalText(entry === 'param' ? first : second);
      const variable = collections.find((each) => each.collection === collection)?.variable ?? 'Variable';
      const what = entry === 'param' ? 'a parameter' : 'a variable';
      file.report({ node: method, data: { entry, what, collection, attribute: name ?? 'name', variable } });
    },
  }),
});
