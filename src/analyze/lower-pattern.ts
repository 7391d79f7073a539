/** Patterns: what a declaration or an assignment puts a value into. */
import { ts } from 'ts-morph';
import type { Pattern, PatternProperty, PropertyKey } from '../ir/syntax.js';
import { mentioned, type Reader, spanOf } from './reader.js';
import { type Declaration, declare, use } from './scope.js';

/** A declared name or destructuring; every name in it is declared in the current scope. */
export function lowerBinding(reader: Reader, node: ts.BindingName, how: Declaration): Pattern {
  const span = spanOf(reader, node);
  if (ts.isIdentifier(node)) {
    return { kind: 'IdentifierPattern', span, name: node.text, binding: declare(reader.names, node.text, span, how) };
  }
  if (ts.isArrayBindingPattern(node)) {
    const elements = node.elements.map((each) =>
      ts.isOmittedExpression(each) ? null : bindingElement(reader, each, how),
    );
    return { kind: 'ArrayPattern', span, elements };
  }
  const rest = node.elements.find((each) => each.dotDotDotToken !== undefined);
  const properties = node.elements.filter((each) => each !== rest).map((each) => bindingProperty(reader, each, how));
  return {
    kind: 'ObjectPattern',
    span,
    properties,
    rest: rest === undefined ? null : lowerBinding(reader, rest.name, how),
  };
}

function bindingElement(reader: Reader, node: ts.BindingElement, how: Declaration): Pattern {
  const target = lowerBinding(reader, node.name, how);
  if (node.dotDotDotToken !== undefined) return { kind: 'RestPattern', span: spanOf(reader, node), target };
  if (node.initializer === undefined) return target;
  const value = reader.lower.expression(reader, node.initializer);
  return { kind: 'DefaultPattern', span: { start: target.span.start, end: node.end }, target, value };
}

function bindingProperty(reader: Reader, node: ts.BindingElement, how: Declaration): PatternProperty {
  const shorthand = node.propertyName === undefined;
  const key =
    node.propertyName === undefined
      ? nameKey(reader, node.name as ts.Identifier)
      : reader.lower.key(reader, node.propertyName);
  return { span: spanOf(reader, node), key, value: bindingElement(reader, node, how), shorthand };
}

/** The left side of an assignment. `compound` assignments read as well. */
export function lowerTarget(reader: Reader, node: ts.Expression, compound: boolean): Pattern {
  const span = spanOf(reader, node);
  if (ts.isIdentifier(node)) return assignedName(reader, node, compound);
  if (ts.isArrayLiteralExpression(node)) {
    return { kind: 'ArrayPattern', span, elements: node.elements.map((each) => targetElement(reader, each)) };
  }
  if (ts.isObjectLiteralExpression(node)) return objectTarget(reader, node);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    const place = reader.lower.expression(reader, node);
    if (place.kind === 'Member' || place.kind === 'Index') return { kind: 'PlacePattern', span, place };
  }
  if (isWrapped(node)) return lowerTarget(reader, node.expression, compound);
  const syntax = ts.SyntaxKind[node.kind];
  const references = mentioned(reader, () => reader.lower.names(reader, node));
  return { kind: 'PlacePattern', span, place: { kind: 'OpaqueExpression', span, syntax, specifier: null, references } };
}

function isWrapped(node: ts.Expression): node is ts.ParenthesizedExpression | ts.AssertionExpression {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node)
  );
}

function assignedName(reader: Reader, node: ts.Identifier, compound: boolean): Pattern {
  const pattern = { kind: 'IdentifierPattern' as const, span: spanOf(reader, node), name: node.text, binding: null };
  use(reader.names, pattern, { read: compound, write: true });
  return pattern;
}

function targetElement(reader: Reader, node: ts.Expression): Pattern | null {
  if (ts.isOmittedExpression(node)) return null;
  if (!ts.isSpreadElement(node)) return targetWithDefault(reader, node);
  return { kind: 'RestPattern', span: spanOf(reader, node), target: lowerTarget(reader, node.expression, false) };
}

function targetWithDefault(reader: Reader, node: ts.Expression): Pattern {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) {
    return lowerTarget(reader, node, false);
  }
  const target = lowerTarget(reader, node.left, false);
  return {
    kind: 'DefaultPattern',
    span: spanOf(reader, node),
    target,
    value: reader.lower.expression(reader, node.right),
  };
}

function objectTarget(reader: Reader, node: ts.ObjectLiteralExpression): Pattern {
  let rest: Pattern | null = null;
  const properties: PatternProperty[] = [];
  for (const each of node.properties) {
    if (ts.isSpreadAssignment(each)) rest = lowerTarget(reader, each.expression, false);
    else if (ts.isShorthandPropertyAssignment(each)) properties.push(shorthandTarget(reader, each));
    else if (ts.isPropertyAssignment(each)) {
      const key = reader.lower.key(reader, each.name);
      const value = targetWithDefault(reader, each.initializer);
      properties.push({ span: spanOf(reader, each), key, value, shorthand: false });
    } else reader.lower.names(reader, each);
  }
  return { kind: 'ObjectPattern', span: spanOf(reader, node), properties, rest };
}

function shorthandTarget(reader: Reader, node: ts.ShorthandPropertyAssignment): PatternProperty {
  const span = spanOf(reader, node);
  const target = assignedName(reader, node.name, false);
  const value: Pattern =
    node.objectAssignmentInitializer === undefined
      ? target
      : {
          kind: 'DefaultPattern',
          span,
          target,
          value: reader.lower.expression(reader, node.objectAssignmentInitializer),
        };
  return { span, key: nameKey(reader, node.name), value, shorthand: true };
}

function nameKey(reader: Reader, node: ts.Identifier): PropertyKey {
  return { span: spanOf(reader, node), name: node.text, computed: null };
}
