import type { TSESTree } from '@typescript-eslint/utils';
import {
  calledOnThis,
  type ClassNode,
  enclosingClass,
  enclosingFunction,
  isLinenClass,
  valueStyle,
} from './classes.js';
import { linenModule } from '../runtime/catalogue/modules.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { staticProperty, variableAt } from './names.js';

/** `x.shape…` of a method's parameter that goes into a layer's constructor or into `this.param`. */
export const noShapeFromInput = defineRule('no-shape-from-input', {
  mentions: ['.shape'],
  visit: (file) => {
    const check = (node: TSESTree.NewExpression | TSESTree.CallExpression, user: string): void => {
      const owner = enclosingClass(node);
      if (owner === null || !isLinenClass(owner, file)) return;
      for (const argument of node.arguments) {
        const shape = shapeIn(argument, file, owner);
        if (shape !== null) file.report({ node: shape, data: { text: file.source.getText(shape), user } });
      }
    };
    return {
      NewExpression: (node) => {
        if (valueStyle(node.callee, file) === linenModule) check(node, file.source.getText(node.callee));
      },
      CallExpression: (node) => {
        if (calledOnThis(node)?.name === 'param') check(node, 'this.param');
      },
    };
  },
});

/** The first part of a size expression that reads a shape; functions inside are left alone. */
function shapeIn(node: TSESTree.Node, file: RuleFile, owner: ClassNode): TSESTree.Node | null {
  switch (node.type) {
    case 'MemberExpression':
      if (staticProperty(node) === 'shape' && readsInput(node.object, file)) return node;
      return shapeIn(node.object, file, owner);
    case 'Identifier':
      return isShapeConstant(node, file) ? node : null;
    case 'CallExpression':
      return firstOf([node.callee, ...node.arguments], file, owner);
    case 'BinaryExpression':
    case 'LogicalExpression':
      return firstOf([node.left, node.right], file, owner);
    case 'ArrayExpression':
      return firstOf(node.elements, file, owner);
    case 'ObjectExpression':
      return firstOf(
        node.properties.map((each) => (each.type === 'Property' ? each.value : each.argument)),
        file,
        owner,
      );
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return shapeIn(node.expression, file, owner);
    case 'SpreadElement':
    case 'UnaryExpression':
      return shapeIn(node.argument, file, owner);
    default:
      return null;
  }
}

function firstOf(nodes: readonly (TSESTree.Node | null)[], file: RuleFile, owner: ClassNode): TSESTree.Node | null {
  for (const each of nodes) {
    const found = each === null ? null : shapeIn(each, file, owner);
    if (found !== null) return found;
  }
  return null;
}

/** A name that is no field of the module: a parameter, or something computed from one. */
function readsInput(node: TSESTree.Node, file: RuleFile): boolean {
  if (node.type !== 'Identifier') return false;
  const definition = variableAt(node, file)?.defs[0];
  if (definition === undefined) return false;
  return String(definition.type) === 'Parameter' || enclosingFunction(definition.node as TSESTree.Node) !== null;
}

/** `const size = x.shape.at(-1)`, `const [batch, length] = x.shape`. */
function isShapeConstant(node: TSESTree.Identifier, file: RuleFile): boolean {
  const declarator = variableAt(node, file)?.defs[0]?.node as TSESTree.Node | undefined;
  if (declarator?.type !== 'VariableDeclarator' || declarator.init === null) return false;
  const shape = /^(\w+)\.shape\b/.exec(file.source.getText(declarator.init));
  return shape !== null && enclosingFunction(declarator) !== null;
}
