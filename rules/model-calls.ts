/** Calls of the entry points of Linen modules. */
import type { TSESTree } from '@typescript-eslint/utils';
import { linenModule } from '../runtime/catalogue/modules.js';
import { classOfThis, isFunction, styleOf, valueStyle } from './classes.js';
import { type Names, foreignExport, staticProperty, variableAt } from './names.js';

type Kind = 'linen' | 'other' | 'unknown';

/** The entry points of a Linen module. */
export const entryNames = ['init', 'initWithOutput', 'lazyInit', 'apply'] as const;
export type EntryName = (typeof entryNames)[number];

/**
 * The entry point that a call uses. The receiver is known to be a Linen module when this file or its imports show it;
 * where they do not, the call's own form tells: variables or a key first, then an array of arguments.
 */
export function entryOf(call: TSESTree.CallExpression, names: Names): EntryName | null {
  const { callee } = call;
  if (callee.type !== 'MemberExpression') return null;
  const property = staticProperty(callee);
  const entry = entryNames.find((name) => name === property);
  if (entry === undefined) return null;
  const kind = receiverKind(callee.object, names);
  return kind === 'linen' || (kind === 'unknown' && hasLinenForm(call)) ? entry : null;
}

/** Whether an expression is certainly a Linen module. */
export function isLinenModel(node: TSESTree.Node, names: Names): boolean {
  return receiverKind(node, names) === 'linen';
}

/** What this file shows of a receiver. `other`: certainly no Linen module. */
function receiverKind(node: TSESTree.Node, names: Names): Kind {
  if (node.type === 'NewExpression') return classKind(node.callee, names);
  if (node.type === 'ThisExpression') {
    const owner = classOfThis(node);
    return owner === null ? 'other' : styleOf(owner, names) === linenModule ? 'linen' : 'unknown';
  }
  if (isFunction(node) || node.type === 'Super') return 'other';
  return node.type === 'Identifier' ? namedKind(node, names) : 'unknown';
}

function namedKind(node: TSESTree.Identifier, names: Names): Kind {
  const variable = variableAt(node, names);
  const definition = variable?.defs[0];
  if (variable === null || definition === undefined) return 'other';
  const kind = String(definition.type);
  if (kind === 'FunctionName' || kind === 'ClassName') return 'other';
  if (kind === 'ImportBinding') return foreignExport(variable, names)?.kind === 'class' ? 'other' : 'unknown';
  const annotation = annotatedClass(definition.name as TSESTree.Node);
  if (annotation !== null) return classKind(annotation, names);
  const declarator = definition.node as TSESTree.Node;
  if (declarator.type !== 'VariableDeclarator' || declarator.id.type !== 'Identifier' || declarator.init === null)
    return 'unknown';
  return receiverKind(declarator.init, names);
}

function classKind(callee: TSESTree.Node, names: Names): Kind {
  const style = valueStyle(callee, names);
  if (style !== null) return style === linenModule ? 'linen' : 'other';
  if (callee.type !== 'Identifier') return 'unknown';
  const declared = variableAt(callee, names)?.defs[0]?.node as TSESTree.Node | undefined;
  return declared?.type === 'ClassDeclaration' && declared.superClass === null ? 'other' : 'unknown';
}

/** The class named by `model: Model`. */
function annotatedClass(name: TSESTree.Node): TSESTree.Node | null {
  const type = name.type === 'Identifier' ? name.typeAnnotation?.typeAnnotation : undefined;
  return type?.type === 'TSTypeReference' && type.typeName.type === 'Identifier' ? type.typeName : null;
}

/** `(anything, [arguments], options?)`, and not `f.apply(this, […])` or `f.apply(null, […])`. */
function hasLinenForm({ arguments: [first, second, third], ...call }: TSESTree.CallExpression): boolean {
  if (first === undefined || second?.type !== 'ArrayExpression') return false;
  if (first.type === 'ThisExpression' || first.type === 'SpreadElement') return false;
  if (first.type === 'Literal' || (first.type === 'Identifier' && first.name === 'undefined')) return false;
  const options = third === undefined || third.type === 'ObjectExpression' || third.type === 'Identifier';
  return options && !('optional' in call && call.optional);
}
