import type { TSESTree } from '@typescript-eslint/utils';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { propertyNamed } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { namespaceImport, nnxName, staticProperty, variableAt } from './names.js';
import { annotationOf } from './models.js';

/** `new nnx.Optimizer(model, tx)` without `wrt`, and `optimizer.update(grads)`. */
export const optimizerWrt = defineRule('optimizer-wrt', {
  mentions: ['Optimizer'],
  fixable: true,
  visit: (file) => ({
    NewExpression: (node) => {
      if (nnxName(node.callee, file) !== 'Optimizer') return;
      const [, tx, options] = node.arguments;
      const closed =
        options?.type === 'ObjectExpression' && options.properties.every((each) => each.type === 'Property');
      if (options !== undefined && (!closed || propertyNamed(options, 'wrt') !== null)) return;
      const nnx = namespaceImport(nnxModule, file);
      const what = 'The optimizer is made without `wrt`';
      const fixable = nnx !== null && options === undefined && tx !== undefined && tx.type !== 'SpreadElement';
      file.report({
        node,
        data: { what },
        fix: fixable ? (fixer) => fixer.insertTextAfter(tx, `, { wrt: ${nnx}.Param }`) : null,
      });
    },
    CallExpression: (node) => {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || staticProperty(callee) !== 'update') return;
      if (node.arguments.length !== 1 || callee.object.type !== 'Identifier') return;
      const model = modelOf(callee.object, file);
      if (model === null) return;
      const [grads] = node.arguments;
      file.report({
        node: callee.property,
        data: { what: `\`${file.source.getText(callee)}\` is given no model` },
        fix: model === '' || grads === undefined ? null : (fixer) => fixer.insertTextBefore(grads, `${model}, `),
      });
    },
  }),
});

/** The model an optimizer was made for, as text; '' where it is not seen, null where the name is no optimizer. */
function modelOf(node: TSESTree.Identifier, file: RuleFile): string | null {
  const definition = variableAt(node, file)?.defs[0];
  const declarator = definition?.node as TSESTree.Node | undefined;
  if (declarator?.type === 'VariableDeclarator' && declarator.init?.type === 'NewExpression') {
    if (nnxName(declarator.init.callee, file) !== 'Optimizer') return null;
    const [model] = declarator.init.arguments;
    return model?.type === 'Identifier' && variableAt(model, file)?.scope === variableAt(node, file)?.scope
      ? model.name
      : '';
  }
  const type = definition === undefined ? null : annotationOf(definition.name as TSESTree.Node);
  return type !== null && nnxName(type, file) === 'Optimizer' ? '' : null;
}
