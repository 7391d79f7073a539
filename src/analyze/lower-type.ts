/** Types as written: their text, their names, and the forms that analysis asks for. */
import { ts } from 'ts-morph';
import type { BindingId, TypeForm, TypeMember, TypeNode } from '../ir/syntax.js';
import { type Reader, spanOf, withReferences } from './reader.js';
import { declare, inScope, use } from './scope.js';

export function lowerType(reader: Reader, node: ts.TypeNode): TypeNode {
  const span = spanOf(reader, node);
  const { result, references } = withReferences(reader, () => formOf(reader, node));
  return { span, text: reader.text.slice(span.start, span.end), form: result, references };
}

function formOf(reader: Reader, node: ts.TypeNode): TypeForm {
  if (ts.isParenthesizedTypeNode(node)) return formOf(reader, node.type);
  if (ts.isTypeReferenceNode(node)) return referenceForm(reader, node);
  if (ts.isExpressionWithTypeArguments(node)) return heritageForm(reader, node);
  if (ts.isArrayTypeNode(node)) return { form: 'array', element: lowerType(reader, node.elementType) };
  if (ts.isTupleTypeNode(node)) return tupleForm(reader, node);
  if (ts.isTypeLiteralNode(node)) return { form: 'object', members: typeMembers(reader, node.members) };
  if (ts.isUnionTypeNode(node)) return { form: 'union', members: node.types.map((each) => lowerType(reader, each)) };
  if (ts.isIntersectionTypeNode(node)) {
    return { form: 'intersection', members: node.types.map((each) => lowerType(reader, each)) };
  }
  if (ts.isLiteralTypeNode(node)) return literalForm(node);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword) return formOf(reader, node.type);
  if (ts.isFunctionTypeNode(node) || ts.isConstructorTypeNode(node)) {
    inScope(reader.names, () => reader.lower.signature(reader, node));
    return { form: 'function' };
  }
  return otherForm(reader, node);
}

function referenceForm(reader: Reader, node: ts.TypeReferenceNode): TypeForm {
  const target = readEntityName(reader, node.typeName, 'type');
  const args = (node.typeArguments ?? []).map((each) => lowerType(reader, each));
  return reference(node.typeName.getText(reader.file), target, args);
}

/** `extends Base<T>` of an interface, `implements Face<T>` of a class. */
function heritageForm(reader: Reader, node: ts.ExpressionWithTypeArguments): TypeForm {
  const target = readHeritageName(reader, node.expression);
  const args = (node.typeArguments ?? []).map((each) => lowerType(reader, each));
  return reference(node.expression.getText(reader.file), target, args);
}

/** The binding is known only when the file is settled: the form is the very object that learns it. */
function reference(name: string, target: { binding: BindingId | null }, args: readonly TypeNode[]): TypeForm {
  return Object.assign(target, { form: 'reference' as const, name, args });
}

function readHeritageName(reader: Reader, node: ts.Expression): { binding: BindingId | null } {
  if (ts.isPropertyAccessExpression(node)) return readHeritageName(reader, node.expression);
  if (ts.isIdentifier(node)) return readTypeName(reader, node, 'type');
  reader.lower.names(reader, node);
  return { binding: null };
}

function readEntityName(reader: Reader, node: ts.EntityName, as: 'type' | 'value'): { binding: BindingId | null } {
  if (ts.isQualifiedName(node)) return readEntityName(reader, node.left, 'value');
  return readTypeName(reader, node, as);
}

function readTypeName(reader: Reader, node: ts.Identifier, as: 'type' | 'value'): { binding: BindingId | null } {
  if (node.text === 'this') return { binding: null };
  const target: { binding: BindingId | null } = { binding: null };
  const mention = { name: node.text, span: spanOf(reader, node), binding: null };
  use(reader.names, mention, { as: as === 'type' ? 'type' : 'either' });
  reader.names.uses.at(-1)?.targets.push(target);
  return target;
}

function tupleForm(reader: Reader, node: ts.TupleTypeNode): TypeForm {
  const elements = node.elements.map((each) => lowerType(reader, ts.isNamedTupleMember(each) ? each.type : each));
  return { form: 'tuple', elements };
}

function literalForm(node: ts.LiteralTypeNode): TypeForm {
  const literal = node.literal;
  if (literal.kind === ts.SyntaxKind.NullKeyword) return { form: 'keyword', name: 'null' };
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return { form: 'literal', value: true };
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return { form: 'literal', value: false };
  if (ts.isStringLiteralLike(literal)) return { form: 'literal', value: literal.text };
  if (ts.isNumericLiteral(literal)) return { form: 'literal', value: Number(literal.text) };
  if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand)) {
    return { form: 'literal', value: -Number(literal.operand.text) };
  }
  return { form: 'other' };
}

function otherForm(reader: Reader, node: ts.TypeNode): TypeForm {
  const keyword = ts.tokenToString(node.kind);
  if (keyword !== undefined) return { form: 'keyword', name: keyword };
  if (ts.isTypeQueryNode(node)) readTypeQuery(reader, node);
  else if (ts.isImportTypeNode(node)) readTypeArguments(reader, node);
  else if (ts.isInferTypeNode(node)) readConstraints(reader, node.typeParameter);
  else {
    inScope(reader.names, () => {
      if (ts.isConditionalTypeNode(node)) declareInferred(reader, node.extendsType);
      ts.forEachChild(node, (each) => reader.lower.names(reader, each));
    });
  }
  return { form: 'other' };
}

/** `infer U` holds for the whole conditional type, however deep it stands in it. */
function declareInferred(reader: Reader, node: ts.Node): void {
  if (ts.isInferTypeNode(node)) declareInfer(reader, node.typeParameter);
  else if (!ts.isConditionalTypeNode(node)) ts.forEachChild(node, (each) => declareInferred(reader, each));
}

function declareInfer(reader: Reader, node: ts.TypeParameterDeclaration): void {
  declare(reader.names, node.name.text, spanOf(reader, node.name), { declared: 'type' });
}

function readTypeQuery(reader: Reader, node: ts.TypeQueryNode): void {
  if (ts.isImportTypeNode(node.exprName)) readTypeArguments(reader, node.exprName);
  else readEntityName(reader, node.exprName, 'value');
  readTypeArguments(reader, node);
}

function readTypeArguments(reader: Reader, node: ts.NodeWithTypeArguments): void {
  for (const each of node.typeArguments ?? []) lowerType(reader, each);
}

/** Members with a plain name, as far as they have one; the others are read for their names. */
export function typeMembers(reader: Reader, members: ts.NodeArray<ts.TypeElement>): readonly TypeMember[] {
  return members.flatMap((each) => {
    const span = spanOf(reader, each);
    if (ts.isPropertySignature(each)) {
      const type = each.type === undefined ? null : lowerType(reader, each.type);
      const name = reader.lower.key(reader, each.name).name;
      return name === null ? [] : [{ name, optional: each.questionToken !== undefined, type, span }];
    }
    if (!ts.isMethodSignature(each)) return readUnnamedMember(reader, each);
    const name = reader.lower.key(reader, each.name).name;
    const { references } = withReferences(reader, () =>
      inScope(reader.names, () => reader.lower.signature(reader, each)),
    );
    const type = {
      span,
      text: reader.text.slice(span.start, span.end),
      form: { form: 'function' as const },
      references,
    };
    return name === null ? [] : [{ name, optional: each.questionToken !== undefined, type, span }];
  });
}

function readUnnamedMember(reader: Reader, node: ts.TypeElement): [] {
  inScope(reader.names, () => reader.lower.names(reader, node));
  return [];
}

/** `[K in …]` declares a name of a type. */
export function declareTypeName(reader: Reader, node: ts.TypeParameterDeclaration): void {
  declare(reader.names, node.name.text, spanOf(reader, node.name), { declared: 'type' });
  readConstraints(reader, node);
}

function readConstraints(reader: Reader, node: ts.TypeParameterDeclaration): void {
  for (const each of [node.constraint, node.default]) if (each !== undefined) lowerType(reader, each);
}
