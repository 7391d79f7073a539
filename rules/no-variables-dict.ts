import type { TSESTree } from '@typescript-eslint/utils';
import { collections } from '../runtime/catalogue/collections.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { entryOf } from './model-calls.js';
import { linenName, staticKey, staticProperty, variableAt } from './names.js';

const collectionNames = new Set(collections.map(({ collection }) => collection));
const typeNames = new Set(['Variables', 'Params', 'FrozenDict', 'VariableDict']);

/** Collections taken out of what `init` or `apply` gave, and the types of variable dictionaries. */
export const noVariablesDict = defineRule('no-variables-dict', {
  mentions: [
    'params',
    'Params',
    'Variables',
    'FrozenDict',
    'batch_stats',
    'cache',
    'intermediates',
    'perturbations',
    'VariableDict',
  ],
  visit: (file) => ({
    MemberExpression: (node) => {
      const property = staticProperty(node);
      if (property === null || !collectionNames.has(property) || !isVariables(node.object, file)) return;
      file.report({ node: node.property, data: { what: `\`${file.source.getText(node)}\`` } });
    },
    VariableDeclarator: (node) => {
      if (node.id.type !== 'ObjectPattern' || node.init === null || !isVariables(node.init, file)) return;
      const taken = node.id.properties.find(
        (each) => each.type === 'Property' && collectionNames.has(staticKey(each) ?? ''),
      );
      if (taken !== undefined) file.report({ node: taken, data: { what: `\`${file.source.getText(node.id)}\`` } });
    },
    TSTypeReference: (node) => {
      const name = linenName(node.typeName, file);
      if (name !== null && typeNames.has(name)) {
        file.report({ node, data: { what: `The type \`${file.source.getText(node.typeName)}\`` } });
      }
    },
  }),
});

/** What `init` gave, directly or through a variable, or a name declared as variables. */
function isVariables(node: TSESTree.Node, file: RuleFile): boolean {
  if (node.type === 'CallExpression') return entryOf(node, file) === 'init';
  if (node.type !== 'Identifier') return false;
  const definition = variableAt(node, file)?.defs[0];
  const name = definition?.name as TSESTree.Node | undefined;
  const type = name?.type === 'Identifier' ? name.typeAnnotation?.typeAnnotation : undefined;
  if (type?.type === 'TSTypeReference') return typeNames.has(linenName(type.typeName, file) ?? '');
  const declarator = definition?.node as TSESTree.Node | undefined;
  return (
    declarator?.type === 'VariableDeclarator' &&
    declarator.id.type === 'Identifier' &&
    declarator.init !== null &&
    declarator.init.type === 'CallExpression' &&
    isVariables(declarator.init, file)
  );
}
