/** Expressions. */
import { ts } from 'ts-morph';
import type { Expression, Property, PropertyKey, Spread, Template, TypeNode, TypeWrap, Unary } from '../ir/syntax.js';
import { readChildren } from './lower-names.js';
import { insideOf, mentioned, type Reader, readName, spanOf } from './reader.js';

/** What is not in the table becomes opaque. */
export function lowerExpression(reader: Reader, node: ts.Node): Expression {
  const lower = table[node.kind];
  return lower === undefined ? opaque(reader, node) : lower(reader, node as never);
}

type Lower = (reader: Reader, node: never) => Expression;
const table: { readonly [kind: number]: Lower | undefined } = {
  [ts.SyntaxKind.Identifier]: (reader, node: ts.Identifier) => readName(reader, node),
  [ts.SyntaxKind.ParenthesizedExpression]: (reader, node: ts.ParenthesizedExpression) =>
    lowerExpression(reader, node.expression),
  [ts.SyntaxKind.StringLiteral]: lowerString,
  [ts.SyntaxKind.NoSubstitutionTemplateLiteral]: lowerString,
  [ts.SyntaxKind.NumericLiteral]: (reader, node: ts.NumericLiteral) => literal(reader, node, Number(node.text)),
  [ts.SyntaxKind.TrueKeyword]: (reader, node: ts.Node) => literal(reader, node, true),
  [ts.SyntaxKind.FalseKeyword]: (reader, node: ts.Node) => literal(reader, node, false),
  [ts.SyntaxKind.NullKeyword]: (reader, node: ts.Node) => literal(reader, node, null),
  [ts.SyntaxKind.ThisKeyword]: (reader, node: ts.Node) => ({ kind: 'This', span: spanOf(reader, node) }),
  [ts.SyntaxKind.SuperKeyword]: (reader, node: ts.Node) => ({ kind: 'Super', span: spanOf(reader, node) }),
  [ts.SyntaxKind.TemplateExpression]: lowerTemplate,
  [ts.SyntaxKind.TaggedTemplateExpression]: lowerTagged,
  [ts.SyntaxKind.ArrayLiteralExpression]: lowerArray,
  [ts.SyntaxKind.ObjectLiteralExpression]: lowerObject,
  [ts.SyntaxKind.FunctionExpression]: lowerFunctionLike,
  [ts.SyntaxKind.ArrowFunction]: lowerFunctionLike,
  [ts.SyntaxKind.ClassExpression]: lowerClassExpression,
  [ts.SyntaxKind.PrefixUnaryExpression]: lowerPrefix,
  [ts.SyntaxKind.PostfixUnaryExpression]: lowerPostfix,
  [ts.SyntaxKind.TypeOfExpression]: (reader, node: ts.TypeOfExpression) => unary(reader, node, 'typeof'),
  [ts.SyntaxKind.VoidExpression]: (reader, node: ts.VoidExpression) => unary(reader, node, 'void'),
  [ts.SyntaxKind.DeleteExpression]: (reader, node: ts.DeleteExpression) => unary(reader, node, 'delete'),
  [ts.SyntaxKind.BinaryExpression]: lowerBinary,
  [ts.SyntaxKind.ConditionalExpression]: lowerConditional,
  [ts.SyntaxKind.CallExpression]: lowerCall,
  [ts.SyntaxKind.NewExpression]: lowerNew,
  [ts.SyntaxKind.PropertyAccessExpression]: lowerMember,
  [ts.SyntaxKind.ElementAccessExpression]: lowerIndex,
  [ts.SyntaxKind.AwaitExpression]: (reader, node: ts.AwaitExpression) => ({
    kind: 'Await',
    span: spanOf(reader, node),
    argument: lowerExpression(reader, node.expression),
  }),
  [ts.SyntaxKind.YieldExpression]: lowerYield,
  [ts.SyntaxKind.AsExpression]: lowerAssertion,
  [ts.SyntaxKind.TypeAssertionExpression]: lowerAssertion,
  [ts.SyntaxKind.SatisfiesExpression]: (reader, node: ts.SatisfiesExpression) =>
    wrap(reader, node, { form: 'satisfies', type: reader.lower.type(reader, node.type) }),
  [ts.SyntaxKind.NonNullExpression]: (reader, node: ts.NonNullExpression) =>
    wrap(reader, node, { form: 'nonNull', type: null }),
} satisfies { [kind: number]: Lower };

function opaque(reader: Reader, node: ts.Node): Expression {
  const references = mentioned(reader, () => readChildren(reader, node));
  const span = spanOf(reader, node);
  return { kind: 'OpaqueExpression', span, syntax: ts.SyntaxKind[node.kind], specifier: null, references };
}

function lowerImportCall(reader: Reader, node: ts.CallExpression): Expression {
  const [first] = node.arguments;
  const specifier = first !== undefined && ts.isStringLiteralLike(first) ? first.text : null;
  const references = mentioned(reader, () => readChildren(reader, node));
  return { kind: 'OpaqueExpression', span: spanOf(reader, node), syntax: 'ImportCall', specifier, references };
}

function literal(reader: Reader, node: ts.Node, value: string | number | boolean | null): Expression {
  return { kind: 'Literal', span: spanOf(reader, node), value };
}

function lowerString(reader: Reader, node: ts.StringLiteralLike): Expression {
  return literal(reader, node, node.text);
}

function lowerTemplate(reader: Reader, node: ts.TemplateExpression): Template {
  return {
    kind: 'Template',
    span: spanOf(reader, node),
    quasis: [node.head.text, ...node.templateSpans.map((each) => each.literal.text)],
    expressions: node.templateSpans.map((each) => lowerExpression(reader, each.expression)),
  };
}

function lowerTagged(reader: Reader, node: ts.TaggedTemplateExpression): Expression {
  const tag = lowerExpression(reader, node.tag);
  typeArguments(reader, node.typeArguments);
  const template: Template = ts.isTemplateExpression(node.template)
    ? lowerTemplate(reader, node.template)
    : { kind: 'Template', span: spanOf(reader, node.template), quasis: [node.template.text], expressions: [] };
  return { kind: 'TaggedTemplate', span: spanOf(reader, node), tag, template };
}

function typeArguments(reader: Reader, list: ts.NodeArray<ts.TypeNode> | undefined): readonly TypeNode[] {
  return (list ?? []).map((each) => reader.lower.type(reader, each));
}

function lowerArray(reader: Reader, node: ts.ArrayLiteralExpression): Expression {
  const elements = node.elements.map((each) => (ts.isOmittedExpression(each) ? null : argument(reader, each)));
  return { kind: 'ArrayLiteral', span: spanOf(reader, node), elements };
}

function argument(reader: Reader, node: ts.Expression): Expression | Spread {
  if (!ts.isSpreadElement(node)) return lowerExpression(reader, node);
  return { kind: 'Spread', span: spanOf(reader, node), argument: lowerExpression(reader, node.expression) };
}

function lowerObject(reader: Reader, node: ts.ObjectLiteralExpression): Expression {
  const properties = node.properties.map((each) => lowerProperty(reader, each));
  return { kind: 'ObjectLiteral', span: spanOf(reader, node), properties };
}

function lowerProperty(reader: Reader, node: ts.ObjectLiteralElementLike): Property | Spread {
  const span = spanOf(reader, node);
  if (ts.isSpreadAssignment(node)) {
    return { kind: 'Spread', span, argument: lowerExpression(reader, node.expression) };
  }
  if (ts.isShorthandPropertyAssignment(node)) {
    const value = readName(reader, node.name);
    return { kind: 'Property', span, key: nameKey(reader, node.name), value, shorthand: true, method: false };
  }
  const key = lowerKey(reader, node.name);
  const method = !ts.isPropertyAssignment(node);
  const value = method ? reader.lower.function(reader, node) : lowerExpression(reader, node.initializer);
  return { kind: 'Property', span, key, value, shorthand: false, method };
}

function nameKey(reader: Reader, node: ts.Identifier): PropertyKey {
  return { span: spanOf(reader, node), name: node.text, computed: null };
}

/** A computed key that holds a plain string or number is as good as a literal one. */
export function lowerKey(reader: Reader, node: ts.PropertyName): PropertyKey {
  const span = spanOf(reader, node);
  if (!ts.isComputedPropertyName(node)) return { span, name: node.text, computed: null };
  const inner = node.expression;
  const computed = lowerExpression(reader, inner);
  const name = ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner) ? inner.text : null;
  return { span, name, computed };
}

function lowerFunctionLike(reader: Reader, node: ts.FunctionExpression | ts.ArrowFunction): Expression {
  return reader.lower.function(reader, node);
}

function lowerClassExpression(reader: Reader, node: ts.ClassExpression): Expression {
  return { kind: 'ClassExpression', span: spanOf(reader, node), class: reader.lower.classNode(reader, node) };
}

function unary(reader: Reader, node: ts.Node & { expression: ts.Expression }, operator: Unary['operator']): Expression {
  return { kind: 'Unary', span: spanOf(reader, node), operator, argument: lowerExpression(reader, node.expression) };
}

function lowerPrefix(reader: Reader, node: ts.PrefixUnaryExpression): Expression {
  const operator = ts.tokenToString(node.operator);
  if (operator === '++' || operator === '--') return update(reader, node, { operator, prefix: true });
  const span = spanOf(reader, node);
  const argument = lowerExpression(reader, node.operand);
  return { kind: 'Unary', span, operator: operator as Unary['operator'], argument };
}

function lowerPostfix(reader: Reader, node: ts.PostfixUnaryExpression): Expression {
  const operator = node.operator === ts.SyntaxKind.PlusPlusToken ? '++' : '--';
  return update(reader, node, { operator, prefix: false });
}

function update(
  reader: Reader,
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  how: { operator: '++' | '--'; prefix: boolean },
): Expression {
  const operand = withoutParentheses(node.operand);
  const argument = ts.isIdentifier(operand)
    ? readName(reader, operand, { write: true })
    : lowerExpression(reader, operand);
  return { kind: 'Update', span: spanOf(reader, node), ...how, argument };
}

function withoutParentheses(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)
    ? withoutParentheses(node.expression)
    : node;
}

function lowerBinary(reader: Reader, node: ts.BinaryExpression): Expression {
  const kind = node.operatorToken.kind;
  if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return lowerAssign(reader, node);
  if (kind === ts.SyntaxKind.CommaToken) return lowerSequence(reader, node);
  if (ts.isPrivateIdentifier(node.left)) return opaque(reader, node);
  return lowerLeftChain(reader, node);
}

/** `a + b + c + …` nests to the left; a loop keeps long chains off the stack. */
function lowerLeftChain(reader: Reader, node: ts.BinaryExpression): Expression {
  const chain: ts.BinaryExpression[] = [node];
  let first: ts.Expression = node.left;
  while (ts.isBinaryExpression(first) && isPlainOperator(first.operatorToken.kind)) {
    if (ts.isPrivateIdentifier(first.left)) break;
    chain.push(first);
    first = first.left;
  }
  let left = lowerExpression(reader, first);
  for (const each of chain.reverse()) {
    const operator = ts.tokenToString(each.operatorToken.kind) ?? '';
    left = { kind: 'Binary', span: spanOf(reader, each), operator, left, right: lowerExpression(reader, each.right) };
  }
  return left;
}

function isPlainOperator(kind: ts.SyntaxKind): boolean {
  return (
    kind !== ts.SyntaxKind.CommaToken &&
    !(kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment)
  );
}

function lowerAssign(reader: Reader, node: ts.BinaryExpression): Expression {
  const operator = ts.tokenToString(node.operatorToken.kind) ?? '=';
  const target = reader.lower.target(reader, node.left, operator !== '=');
  return { kind: 'Assign', span: spanOf(reader, node), operator, target, value: lowerExpression(reader, node.right) };
}

function lowerSequence(reader: Reader, node: ts.BinaryExpression): Expression {
  const items: ts.Expression[] = [node.right];
  let first: ts.Expression = node.left;
  while (ts.isBinaryExpression(first) && first.operatorToken.kind === ts.SyntaxKind.CommaToken) {
    items.push(first.right);
    first = first.left;
  }
  items.push(first);
  const expressions = items.reverse().map((each) => lowerExpression(reader, each));
  return { kind: 'Sequence', span: spanOf(reader, node), expressions };
}

function lowerConditional(reader: Reader, node: ts.ConditionalExpression): Expression {
  return {
    kind: 'Conditional',
    span: spanOf(reader, node),
    test: lowerExpression(reader, node.condition),
    consequent: lowerExpression(reader, node.whenTrue),
    alternate: lowerExpression(reader, node.whenFalse),
  };
}

function lowerCall(reader: Reader, node: ts.CallExpression): Expression {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return lowerImportCall(reader, node);
  return {
    kind: 'Call',
    span: spanOf(reader, node),
    callee: lowerExpression(reader, node.expression),
    typeArguments: typeArguments(reader, node.typeArguments),
    args: node.arguments.map((each) => argument(reader, each)),
    argsSpan: insideOf(reader, node.arguments),
    optional: node.questionDotToken !== undefined,
  };
}

function lowerNew(reader: Reader, node: ts.NewExpression): Expression {
  return {
    kind: 'New',
    span: spanOf(reader, node),
    callee: lowerExpression(reader, node.expression),
    typeArguments: typeArguments(reader, node.typeArguments),
    args: (node.arguments ?? []).map((each) => argument(reader, each)),
    argsSpan: node.arguments === undefined ? null : insideOf(reader, node.arguments),
  };
}

function lowerMember(reader: Reader, node: ts.PropertyAccessExpression): Expression {
  return {
    kind: 'Member',
    span: spanOf(reader, node),
    object: lowerExpression(reader, node.expression),
    property: node.name.text,
    propertySpan: spanOf(reader, node.name),
    optional: node.questionDotToken !== undefined,
  };
}

function lowerIndex(reader: Reader, node: ts.ElementAccessExpression): Expression {
  return {
    kind: 'Index',
    span: spanOf(reader, node),
    object: lowerExpression(reader, node.expression),
    index: lowerExpression(reader, node.argumentExpression),
    optional: node.questionDotToken !== undefined,
  };
}

function lowerYield(reader: Reader, node: ts.YieldExpression): Expression {
  const argument = node.expression === undefined ? null : lowerExpression(reader, node.expression);
  return { kind: 'Yield', span: spanOf(reader, node), argument, delegate: node.asteriskToken !== undefined };
}

function lowerAssertion(reader: Reader, node: ts.AssertionExpression): Expression {
  if (ts.isConstTypeReference(node.type)) return wrap(reader, node, { form: 'const', type: null });
  return wrap(reader, node, { form: 'as', type: reader.lower.type(reader, node.type) });
}

function wrap(
  reader: Reader,
  node: ts.Node & { expression: ts.Expression },
  how: Pick<TypeWrap, 'form' | 'type'>,
): Expression {
  const span = spanOf(reader, node);
  return { kind: 'TypeWrap', span, ...how, expression: lowerExpression(reader, node.expression) };
}
