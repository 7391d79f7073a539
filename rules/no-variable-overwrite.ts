import type { TSESTree } from '@typescript-eslint/utils';
import { type ClassNode, classOfThis, isNnxClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { fieldWritten, isNewVariable, variableFields } from './module-fields.js';
import { staticKey } from './names.js';

/** A Variable of an NNX module replaced by something else: `this.count = …`, `this.count += 1`. */
export const noVariableOverwrite = defineRule('no-variable-overwrite', {
  visit: (file) => {
    const fields = new Map<ClassNode, ReadonlySet<string>>();
    const fieldsOf = (owner: ClassNode): ReadonlySet<string> => {
      const known = fields.get(owner) ?? variableFields(owner, file);
      fields.set(owner, known);
      return known;
    };
    return {
      AssignmentExpression: (node) => {
        const field = fieldWritten(node);
        const owner = field === null ? null : classOfThis(node);
        if (field === null || owner === null || !isNnxClass(owner, file) || !fieldsOf(owner).has(field)) return;
        const made = isInConstructor(node) || isNewVariable(node.right, file) || isOtherField(node.right);
        if (node.operator !== '=' || !made) file.report({ node: node.left, data: { field } });
      },
      UpdateExpression: (node) => {
        const { argument } = node;
        if (argument.type !== 'MemberExpression' || argument.object.type !== 'ThisExpression') return;
        const field = argument.property.type === 'Identifier' ? argument.property.name : '';
        const owner = classOfThis(node);
        if (owner !== null && isNnxClass(owner, file) && fieldsOf(owner).has(field))
          file.report({ node: argument, data: { field } });
      },
    };
  },
});

/** The constructor fills the field for the first time. */
function isInConstructor(node: TSESTree.Node): boolean {
  for (let at: TSESTree.Node | undefined = node; at; at = at.parent) {
    if (at.type === 'MethodDefinition') return at.kind === 'constructor' || staticKey(at) === 'setup';
  }
  return false;
}

/** `this.a = other.b`: one Variable in two places. */
function isOtherField(node: TSESTree.Node): boolean {
  return node.type === 'MemberExpression' && !(node.property.type === 'Identifier' && node.property.name === 'value');
}
