import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { enclosingClass, enclosingFunction, isNnxClass, propertyNamed } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { nnxName, variableOf } from './names.js';

const needy = new Set(layers.flatMap(({ nnx, rngs }) => (nnx !== null && rngs === 'required' ? [nnx] : [])));

/** Layers that need `rngs`, made without, where `rngs` is at hand. */
export const noDroppedRngs = defineRule('no-dropped-rngs', {
  mentions: ['rngs'],
  fixable: true,
  visit: (file) => ({
    NewExpression: (node) => {
      const name = nnxName(node.callee, file);
      if (name === null || !needy.has(name) || !hasRngs(node, file)) return;
      const last = node.arguments.at(-1);
      if (last?.type === 'ObjectExpression') {
        if (last.properties.some((each) => each.type === 'SpreadElement') || propertyNamed(last, 'rngs') !== null)
          return;
        const end = last.properties.at(-1);
        file.report({
          node,
          data: { name: file.source.getText(node.callee) },
          fix: (fixer) =>
            end === undefined ? fixer.replaceText(last, '{ rngs }') : fixer.insertTextAfter(end, ', rngs'),
        });
      } else if (last !== undefined && isPlain(last)) {
        file.report({
          node,
          data: { name: file.source.getText(node.callee) },
          fix: (fixer) => fixer.insertTextAfter(last, ', { rngs }'),
        });
      }
    },
  }),
});

/** A size, and no object that may hold `rngs`. */
function isPlain(node: TSESTree.Node): boolean {
  if (node.type === 'MemberExpression') return node.object.type !== 'Super';
  return ['Literal', 'BinaryExpression', 'ArrayExpression', 'TemplateLiteral'].includes(node.type);
}

function hasRngs(node: TSESTree.Node, file: RuleFile): boolean {
  const owner = enclosingClass(node);
  if (owner === null || !isNnxClass(owner, file) || enclosingFunction(node) === null) return false;
  const variable = variableOf('rngs', file.source.getScope(node));
  return variable !== null && String(variable.defs[0]?.type) === 'Parameter';
}
