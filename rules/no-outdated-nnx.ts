import { outdatedNames } from '../runtime/catalogue/outdated.js';
import { defineRule } from './define-rule.js';
import { nnxName } from './names.js';

/** Names of earlier versions of NNX, by the name of today. */
export const noOutdatedNnx = defineRule('no-outdated-nnx', {
  fixable: true,
  visit: (file) => ({
    MemberExpression: (node) => {
      const name = nnxName(node, file);
      const present = name === null ? undefined : outdatedNames[name];
      if (present === undefined) return;
      const { object } = node;
      const owner = name!.includes('.') && object.type === 'MemberExpression' ? object.object : object;
      const text = file.source.getText(owner);
      const renamed = /^[\w.]+$/.test(present);
      file.report({
        node,
        data: { name: file.source.getText(node), present: renamed ? `${text}.${present}` : present },
        fix: renamed ? (fixer) => fixer.replaceText(node, `${text}.${present}`) : null,
      });
    },
    TSQualifiedName: (node) => {
      const name = nnxName(node, file);
      const present = name === null ? undefined : outdatedNames[name];
      if (present !== undefined)
        file.report({ node, data: { name: file.source.getText(node), present: `nnx.${present}` } });
    },
  }),
});
