/** Module classes of a file: which style they are of, and what belongs to them. */
import type { TSESTree } from '@typescript-eslint/utils';
import { linenModule, nnxModule } from '../runtime/catalogue/modules.js';
import { type Names, foreignExport, nameOf, staticKey, variableAt } from './names.js';

export type ClassNode = TSESTree.ClassDeclaration | TSESTree.ClassExpression;
export type FunctionNode =
  TSESTree.FunctionDeclaration | TSESTree.FunctionExpression | TSESTree.ArrowFunctionExpression;

const styles = new WeakMap<ClassNode, string | null>();

/** The module whose `Module` (or layer) the class extends, directly or through other classes; null for other classes. */
export function styleOf(node: ClassNode, names: Names): string | null {
  const before = styles.get(node);
  if (before !== undefined) return before;
  styles.set(node, null);
  const style = node.superClass === null || node.superClass === undefined ? null : valueStyle(node.superClass, names);
  styles.set(node, style);
  return style;
}

/** The style of the class that an expression names: a layer, a class of this file, or one of another file. */
export function valueStyle(node: TSESTree.Node, names: Names): string | null {
  const found = nameOf(node, names);
  if (found !== null) return found.module === linenModule || found.module === nnxModule ? found.module : null;
  if (node.type !== 'Identifier') return null;
  const local = classNamed(node, names);
  if (local !== null) return styleOf(local, names);
  const variable = variableAt(node, names);
  const foreign = variable === null ? null : foreignExport(variable, names);
  return foreign?.kind === 'class' ? foreign.module : null;
}

export const isLinenClass = (node: ClassNode, names: Names): boolean => styleOf(node, names) === linenModule;
export const isNnxClass = (node: ClassNode, names: Names): boolean => styleOf(node, names) === nnxModule;

/** The class of this file that an identifier names. */
export function classNamed(node: TSESTree.Identifier, names: Names): ClassNode | null {
  const declared = variableAt(node, names)?.defs[0]?.node as TSESTree.Node | undefined;
  if (declared?.type === 'ClassDeclaration') return declared;
  return declared?.type === 'VariableDeclarator' && declared.init?.type === 'ClassExpression' ? declared.init : null;
}

/** The innermost class around a node. */
export function enclosingClass(node: TSESTree.Node): ClassNode | null {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return at;
  }
  return null;
}

/** The class whose `this` stands at a node: functions of their own hide it. */
export function classOfThis(node: TSESTree.Node): ClassNode | null {
  for (let at: TSESTree.Node | undefined = node; at?.parent; at = at.parent) {
    const { parent }: TSESTree.Node = at;
    if (parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition') return enclosingClass(parent);
    if (at.type === 'FunctionDeclaration') return null;
    if (at.type === 'FunctionExpression' && !isWrappedMember(at)) return null;
  }
  return null;
}

/** `call = nn.compact(function () …)`: the wrapper passes `this` on. */
function isWrappedMember(node: TSESTree.FunctionExpression): boolean {
  return node.parent.type === 'CallExpression' && node.parent.parent.type === 'PropertyDefinition';
}

/** The name of the class member around a node, or null. */
export function enclosingMember(node: TSESTree.Node): string | null {
  for (let at: TSESTree.Node | undefined = node; at; at = at.parent) {
    if (at.type === 'MethodDefinition' || at.type === 'PropertyDefinition') return staticKey(at);
    if (at.type === 'ClassBody') return null;
  }
  return null;
}

/** `this.<name>(…)`: the name, of a method called on `this`. */
export function calledOnThis({ callee }: TSESTree.CallExpression): TSESTree.Identifier | null {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.object.type !== 'ThisExpression') return null;
  return callee.property.type === 'Identifier' ? callee.property : null;
}

export function isFunction(node: TSESTree.Node | null | undefined): node is FunctionNode {
  return (
    node?.type === 'FunctionDeclaration' ||
    node?.type === 'FunctionExpression' ||
    node?.type === 'ArrowFunctionExpression'
  );
}

/** The innermost function around a node. */
export function enclosingFunction(node: TSESTree.Node): FunctionNode | null {
  for (let at = node.parent; at; at = at.parent) if (isFunction(at)) return at;
  return null;
}

/** The property of an object literal under a literal key. */
export function propertyNamed(node: TSESTree.Node | null | undefined, name: string): TSESTree.Property | null {
  if (node?.type !== 'ObjectExpression') return null;
  const found = node.properties.find((each) => each.type === 'Property' && staticKey(each) === name);
  return found?.type === 'Property' ? found : null;
}
