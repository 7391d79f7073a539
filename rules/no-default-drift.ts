import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { propertyNamed } from './classes.js';
import { defineRule } from './define-rule.js';
import { linenName } from './names.js';

/** Options whose default is another one in NNX, by layer. */
const drifts = new Map(
  layers.map((layer) => [
    layer.linen,
    layer.options.filter(
      ({ becomes, linenDefault, nnxDefault, nnxOnly }) =>
        nnxOnly !== true &&
        (becomes === 'same' || becomes === 'renamed') &&
        linenDefault !== null &&
        linenDefault !== nnxDefault,
    ),
  ]),
);

/** Linen layers that leave out such an option. The fix writes Linen's value. */
export const noDefaultDrift = defineRule('no-default-drift', {
  fixable: true,
  visit: (file) => ({
    NewExpression: (node) => {
      const layer = linenName(node.callee, file);
      const options = optionsOf(node);
      if (layer === null || options === 'unknown') return;
      for (const { linen: option, linenDefault, nnxDefault } of drifts.get(layer) ?? []) {
        if (propertyNamed(options, option) !== null) continue;
        const literal = /^[\w.'-]+$/.test(linenDefault!) && options !== null && options.properties.length > 0;
        file.report({
          node: node.callee,
          data: { layer, option, linen: linenDefault!, nnx: nnxDefault ?? 'none' },
          fix: literal
            ? (fixer) => fixer.insertTextAfter(options.properties.at(-1)!, `, ${option}: ${linenDefault}`)
            : null,
        });
      }
    },
  }),
});

/** The options object; null where there is none, `unknown` where something else may hold the option. */
function optionsOf(node: TSESTree.NewExpression): TSESTree.ObjectExpression | null | 'unknown' {
  const last = node.arguments.at(-1);
  if (last === undefined || last.type === 'Literal' || last.type === 'ArrayExpression') return null;
  if (last.type !== 'ObjectExpression')
    return last.type === 'Identifier' || last.type === 'SpreadElement' ? 'unknown' : null;
  return last.properties.some((each) => each.type === 'SpreadElement') ? 'unknown' : last;
}
