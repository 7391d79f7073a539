/** Fields of NNX modules and what they hold. */
import type { TSESTree } from '@typescript-eslint/utils';
import { variableClasses } from '../runtime/catalogue/nnx-names.js';
import { type ClassNode, classNamed } from './classes.js';
import { type Names, nnxName, staticKey } from './names.js';

const variableNames = new Set(variableClasses);

/** Whether an expression names a Variable class: of the package, or a subclass of this file. */
export function isVariableClass(node: TSESTree.Node, names: Names): boolean {
  const name = nnxName(node, names);
  if (name !== null) return variableNames.has(name);
  const local = node.type === 'Identifier' ? classNamed(node, names) : null;
  return local?.superClass !== null && local?.superClass !== undefined && isVariableClass(local.superClass, names);
}

/** The field that an assignment writes; null for others. */
export function fieldWritten(node: TSESTree.AssignmentExpression): string | null {
  const { left } = node;
  if (left.type !== 'MemberExpression' || left.object.type !== 'ThisExpression' || left.computed) return null;
  return left.property.type === 'Identifier' ? left.property.name : null;
}

/** Fields declared as Variables, or set to new ones in the constructor. */
export function variableFields(node: ClassNode, names: Names): ReadonlySet<string> {
  const found = new Set<string>();
  for (const member of node.body.body) {
    if (member.type === 'PropertyDefinition') {
      const type = member.typeAnnotation?.typeAnnotation;
      const declared = type?.type === 'TSTypeReference' && isVariableClass(type.typeName, names);
      if (declared || isNewVariable(member.value, names)) found.add(staticKey(member) ?? '');
    } else if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      for (const statement of member.value.body?.body ?? []) {
        if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression') continue;
        const field = fieldWritten(statement.expression);
        if (field !== null && isNewVariable(statement.expression.right, names)) found.add(field);
      }
    }
  }
  return found;
}

export function isNewVariable(node: TSESTree.Node | null, names: Names): boolean {
  return node?.type === 'NewExpression' && isVariableClass(node.callee, names);
}
