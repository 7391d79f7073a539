import { enclosingClass, isLinenClass } from './classes.js';
import { conversionOf } from './conversion.js';
import { defineRule } from './define-rule.js';
import { staticKey } from './names.js';

/** The method `setup` of Linen modules. */
export const noSetupMethod = defineRule('no-setup-method', {
  mentions: ['setup'],
  suggests: true,
  visit: (file) => ({
    MethodDefinition: (node) => {
      if (node.static || staticKey(node) !== 'setup') return;
      const owner = enclosingClass(node);
      if (owner !== null && isLinenClass(owner, file))
        file.report({
          node: node.key,
          data: { owner: owner.id?.name ?? 'This class' },
          suggest: conversionOf(node, file),
        });
    },
  }),
});
