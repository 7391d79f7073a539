import { collections } from '../runtime/catalogue/collections.js';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { calledOnThis, classOfThis, styleOf } from './classes.js';
import { defineRule } from './define-rule.js';
import { literalText } from './literals.js';
import { namespaceImport } from './names.js';

/** `this.sow('intermediates', …)`. In NNX modules the fix writes the class of a built-in collection. */
export const noSowString = defineRule('no-sow-string', {
  mentions: ['sow'],
  fixable: true,
  visit: (file) => ({
    CallExpression: (node) => {
      const [first] = node.arguments;
      const collection = literalText(first);
      if (collection === null || first === undefined || calledOnThis(node)?.name !== 'sow') return;
      const owner = classOfThis(node);
      const style = owner === null ? null : styleOf(owner, file);
      if (style === null) return;
      const known = collections.find((each) => each.collection === collection);
      const nnx = style === nnxModule && known !== undefined ? namespaceImport(nnxModule, file) : null;
      file.report({
        node: first,
        data: { collection, variable: known?.variable ?? 'Variable' },
        fix: nnx === null ? null : (fixer) => fixer.replaceText(first, `${nnx}.${known!.variable}`),
      });
    },
  }),
});
