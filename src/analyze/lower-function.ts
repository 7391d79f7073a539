/** Functions: parameters, bodies, and the scopes they open. */
import { ts } from 'ts-morph';
import type { Block, FunctionExpression, Parameter, Pattern, Span } from '../ir/syntax.js';
import {
  accessOf,
  decoratorsOf,
  type FunctionNode,
  hasModifier,
  insideOf,
  type Reader,
  type Signature,
  skipTrivia,
  spanOf,
  typeParametersSpan,
} from './reader.js';
import { declare, inBody, inFunction } from './scope.js';

/** A function of any form but a class's method. The name of a declaration belongs to the scope around it. */
export function lowerFunction(reader: Reader, node: FunctionNode): FunctionExpression {
  const span = spanOf(reader, node);
  const outer = ts.isFunctionDeclaration(node) ? declareFunction(reader, node) : null;
  return inFunction(reader.names, span, () => {
    const name = node.name !== undefined && ts.isIdentifier(node.name) ? node.name : null;
    const signature = lowerSignature(reader, node);
    const own = name !== null && ts.isFunctionExpression(node) ? declareInside(reader, name) : null;
    return {
      kind: 'Function',
      span,
      arrow: ts.isArrowFunction(node),
      async: hasModifier(node, ts.SyntaxKind.AsyncKeyword),
      generator: 'asteriskToken' in node && node.asteriskToken !== undefined,
      name: name?.text ?? null,
      binding: outer ?? own,
      ...signature,
      body: lowerBody(reader, node),
    };
  });
}

function declareFunction(reader: Reader, node: ts.FunctionDeclaration): string | null {
  if (node.name === undefined) return null;
  const exported = hasModifier(node, ts.SyntaxKind.ExportKeyword);
  return declare(reader.names, node.name.text, spanOf(reader, node.name), { declared: 'function', exported });
}

/** A parameter of the same name hides the function's own. */
function declareInside(reader: Reader, name: ts.Identifier): string | null {
  if (reader.names.scope.values?.has(name.text) === true) return null;
  return declare(reader.names, name.text, spanOf(reader, name), { declared: 'function' });
}

function lowerBody(reader: Reader, node: FunctionNode): FunctionExpression['body'] {
  if (node.body === undefined) return { kind: 'Block', span: { start: node.end, end: node.end }, body: [] };
  if (ts.isBlock(node.body)) return lowerFunctionBody(reader, node.body);
  return reader.lower.expression(reader, node.body);
}

/** The block of a function; call it within `inFunction`. */
export function lowerFunctionBody(reader: Reader, node: ts.Block): Block {
  const body = inBody(reader.names, () => node.statements.map((each) => reader.lower.statement(reader, each)));
  return { kind: 'Block', span: spanOf(reader, node), body };
}

/** Type parameters, parameters and return type; call it within `inFunction`. */
export function lowerSignature(reader: Reader, node: ts.SignatureDeclaration): Signature {
  declareTypeParameters(reader, node.typeParameters);
  const all = node.parameters.map((each) => lowerParameter(reader, each));
  const hasThis = all[0]?.pattern.kind === 'IdentifierPattern' && all[0].pattern.name === 'this';
  return {
    typeParameters: typeParametersSpan(reader, node.typeParameters),
    thisParam: hasThis ? (all[0] ?? null) : null,
    params: hasThis ? all.slice(1) : all,
    paramsSpan: paramsSpan(reader, node),
    returnType: node.type === undefined ? null : reader.lower.type(reader, node.type),
  };
}

export function declareTypeParameters(
  reader: Reader,
  list: ts.NodeArray<ts.TypeParameterDeclaration> | undefined,
): void {
  for (const each of list ?? []) {
    declare(reader.names, each.name.text, spanOf(reader, each.name), { declared: 'type' });
    if (each.constraint !== undefined) reader.lower.type(reader, each.constraint);
    if (each.default !== undefined) reader.lower.type(reader, each.default);
  }
}

function lowerParameter(reader: Reader, node: ts.ParameterDeclaration): Parameter {
  const decorators = decoratorsOf(reader, node);
  const pattern = parameterPattern(reader, node);
  return {
    span: spanOf(reader, node),
    pattern,
    type: node.type === undefined ? null : reader.lower.type(reader, node.type),
    optional: node.questionToken !== undefined,
    initial: node.initializer === undefined ? null : reader.lower.expression(reader, node.initializer),
    property: propertyOf(node),
    decorators,
  };
}

function parameterPattern(reader: Reader, node: ts.ParameterDeclaration): Pattern {
  if (ts.isIdentifier(node.name) && node.name.text === 'this') {
    return { kind: 'IdentifierPattern', span: spanOf(reader, node.name), name: 'this', binding: null };
  }
  const target = reader.lower.binding(reader, node.name, { declared: 'parameter' });
  if (node.dotDotDotToken === undefined) return target;
  return {
    kind: 'RestPattern',
    span: { start: node.dotDotDotToken.getStart(reader.file), end: target.span.end },
    target,
  };
}

function propertyOf(node: ts.ParameterDeclaration): Parameter['property'] {
  const readonly = hasModifier(node, ts.SyntaxKind.ReadonlyKeyword);
  const access = accessOf(node);
  const override = hasModifier(node, ts.SyntaxKind.OverrideKeyword);
  return readonly || override || access !== null ? { readonly, access } : null;
}

function paramsSpan(reader: Reader, node: ts.SignatureDeclaration): Span {
  const inside = insideOf(reader, node.parameters);
  if (reader.text[inside.end] === ')') return inside;
  return { start: skipTrivia(reader.text, node.parameters.pos), end: node.parameters.end };
}
