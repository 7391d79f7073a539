/** Visiting the lowered tree, in text order. */
import type {
  AnyNode,
  ClassMember,
  ClassMethod,
  ClassNode,
  Decorator,
  FunctionExpression,
  Parameter,
  PropertyKey,
  TypeNode,
} from './syntax.js';

/** Everything with a `kind`. */
export type SyntaxNode = AnyNode | ClassMember;

/**
 * Calls `visit` for `node` and everything below it, parents first, in text order; `false` skips what is below. The
 * second argument is the parent, null at the start.
 */
export function walk(
  node: SyntaxNode | readonly SyntaxNode[],
  visit: (node: SyntaxNode, parent: SyntaxNode | null) => boolean | void,
): void {
  const step = (each: SyntaxNode, parent: SyntaxNode | null): void => {
    if (visit(each, parent) === false) return;
    for (const child of rawChildren(each)) if (child !== null) step(child, each);
  };
  for (const each of isList(node) ? node : [node]) step(each, null);
}

/**
 * The nodes right below a node: parameters give their patterns, defaults and decorators, classes their heritage,
 * decorators and members, opaque nodes the identifiers they mention. Types are left out (`typesOf`).
 */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return rawChildren(node).filter((child) => child !== null);
}

/** The types written at a node itself, not below it. */
export function typesOf(node: SyntaxNode): readonly TypeNode[] {
  switch (node.kind) {
    case 'Call':
    case 'New':
      return node.typeArguments;
    case 'TypeWrap':
    case 'Field':
    case 'TypeDeclaration':
      return node.type === null ? [] : [node.type];
    case 'Function':
    case 'Method':
      return [...allParams(node).map((each) => each.type), node.returnType].filter((each) => each !== null);
    case 'Variable':
      return node.declarators.map((each) => each.type).filter((each) => each !== null);
    default:
      return [];
  }
}

type Children = readonly (SyntaxNode | null)[];

function rawChildren(node: SyntaxNode): Children {
  switch (node.kind) {
    case 'Identifier':
    case 'Literal':
    case 'This':
    case 'Super':
    case 'IdentifierPattern':
    case 'Empty':
    case 'Jump':
    case 'Import':
    case 'ExportNames':
    case 'ExportAll':
    case 'TypeDeclaration':
      return [];
    case 'OpaqueExpression':
    case 'OpaqueStatement':
    case 'OpaqueMember':
      return node.references;
    case 'Function':
      return [...ofParameters(allParams(node)), node.body];
    case 'ClassExpression':
    case 'ClassDeclaration':
      return ofClass(node.class);
    case 'Field':
      return [...ofDecorators(node.decorators), node.value];
    case 'Method':
      return [...ofDecorators(node.decorators), ...ofParameters(allParams(node)), node.body];
    case 'FunctionDeclaration':
      return [node.function];
    case 'ArrayPattern':
    case 'ObjectPattern':
    case 'DefaultPattern':
    case 'RestPattern':
    case 'PlacePattern':
      return ofPattern(node);
    default:
      return isStatementKind(node) ? ofStatement(node) : ofExpression(node);
  }
}

type PatternNode = Extract<
  SyntaxNode,
  { kind: 'ArrayPattern' | 'ObjectPattern' | 'DefaultPattern' | 'RestPattern' | 'PlacePattern' }
>;
function ofPattern(node: PatternNode): Children {
  switch (node.kind) {
    case 'ArrayPattern':
      return node.elements;
    case 'ObjectPattern':
      return [...node.properties.flatMap((each) => [...ofKey(each.key), each.value]), node.rest];
    case 'DefaultPattern':
      return [node.target, node.value];
    case 'RestPattern':
      return [node.target];
    case 'PlacePattern':
      return [node.place];
  }
}

const statementKinds = [
  'Variable',
  'Expression',
  'Return',
  'If',
  'For',
  'ForEach',
  'While',
  'Switch',
  'Block',
  'Throw',
  'Try',
  'Labeled',
  'ExportDefault',
] as const;
type StatementNode = Extract<SyntaxNode, { kind: (typeof statementKinds)[number] }>;
const statementKindSet: ReadonlySet<string> = new Set(statementKinds);

function isStatementKind(node: SyntaxNode): node is StatementNode {
  return statementKindSet.has(node.kind);
}

function ofStatement(node: StatementNode): Children {
  switch (node.kind) {
    case 'Variable':
      return node.declarators.flatMap((each) => [each.target, each.init]);
    case 'Expression':
    case 'ExportDefault':
      return [node.expression];
    case 'Return':
    case 'Throw':
      return [node.argument];
    case 'If':
      return [node.test, node.consequent, node.alternate];
    case 'For':
      return [node.init, node.test, node.update, node.body];
    case 'ForEach':
      return [node.target, node.iterable, node.body];
    case 'While':
      return node.testAfter ? [node.body, node.test] : [node.test, node.body];
    case 'Switch':
      return [node.discriminant, ...node.cases.flatMap((each) => [each.test, ...each.body])];
    case 'Block':
      return node.body;
    case 'Try':
      return [node.block, node.param, node.handler, node.finalizer];
    case 'Labeled':
      return [node.body];
  }
}

type ExpressionNode = Exclude<
  SyntaxNode,
  | StatementNode
  | PatternNode
  | {
      kind:
        | 'Identifier'
        | 'Literal'
        | 'This'
        | 'Super'
        | 'IdentifierPattern'
        | 'Empty'
        | 'Jump'
        | 'Import'
        | 'ExportNames'
        | 'ExportAll'
        | 'TypeDeclaration'
        | 'OpaqueExpression'
        | 'OpaqueStatement'
        | 'OpaqueMember'
        | 'Function'
        | 'ClassExpression'
        | 'ClassDeclaration'
        | 'Field'
        | 'Method'
        | 'FunctionDeclaration';
    }
>;
function ofExpression(node: ExpressionNode): Children {
  switch (node.kind) {
    case 'Template':
    case 'Sequence':
      return node.expressions;
    case 'ArrayLiteral':
      return node.elements;
    case 'ObjectLiteral':
      return node.properties;
    case 'Property':
      return [...ofKey(node.key), node.value];
    case 'Spread':
    case 'Unary':
    case 'Update':
    case 'Await':
    case 'Yield':
      return [node.argument];
    case 'Binary':
      return [node.left, node.right];
    case 'Conditional':
      return [node.test, node.consequent, node.alternate];
    case 'Assign':
      return [node.target, node.value];
    case 'Call':
    case 'New':
      return [node.callee, ...node.args];
    case 'Member':
      return [node.object];
    case 'Index':
      return [node.object, node.index];
    case 'TypeWrap':
      return [node.expression];
    case 'TaggedTemplate':
      return [node.tag, node.template];
  }
}

function ofKey(key: PropertyKey): Children {
  return key.computed === null ? [] : [key.computed];
}

function allParams(node: FunctionExpression | ClassMethod): readonly Parameter[] {
  return node.thisParam === null ? node.params : [node.thisParam, ...node.params];
}

function ofParameters(params: readonly Parameter[]): Children {
  return params.flatMap(ofParameter);
}

function ofParameter(param: Parameter): Children {
  return [...ofDecorators(param.decorators), param.pattern, param.initial];
}

function ofDecorators(decorators: readonly Decorator[]): Children {
  return decorators.map((each) => each.expression);
}

function ofClass(node: ClassNode): Children {
  return [...ofDecorators(node.decorators), node.superClass, ...node.members];
}

function isList(value: SyntaxNode | readonly SyntaxNode[]): value is readonly SyntaxNode[] {
  return Array.isArray(value);
}
