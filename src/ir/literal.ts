/** Values that are known from the text alone. */
import { entityOf, withoutWraps } from './resolve.js';
import { isMutated } from './declarations.js';
import type { ProjectModel } from './project.js';
import type { SourcePath } from './source.js';
import type { Expression } from './syntax.js';

export type Primitive = string | number | boolean | null | undefined;

/**
 * The value of an expression made of literals, operators on them, constants that hold such values (of other files as
 * well) and properties of constant object literals. Null when it is not known.
 */
export function literalOf(
  model: ProjectModel,
  path: SourcePath,
  expression: Expression,
): { readonly value: Primitive } | null {
  const node = withoutWraps(expression);
  switch (node.kind) {
    case 'Literal':
      return { value: node.value };
    case 'Template':
      return node.expressions.length === 0 ? { value: node.quasis[0] ?? '' } : template(model, path, node);
    case 'Unary':
      return mapOne(literalOf(model, path, node.argument), (value) => unary(node.operator, value));
    case 'Binary':
      return binary(model, path, node);
    case 'Identifier':
    case 'Member':
    case 'Index':
      return constant(model, path, node);
    default:
      return null;
  }
}

function constant(model: ProjectModel, path: SourcePath, node: Expression): { readonly value: Primitive } | null {
  if (node.kind === 'Identifier' && node.binding === null) {
    return node.name === 'undefined' ? { value: undefined } : null;
  }
  const entity = entityOf(model, path, node);
  if (entity?.entity === 'value' && entity.init !== null) return literalOf(model, entity.path, entity.init);
  return node.kind === 'Identifier' ? null : property(model, path, node);
}

/** `config.width` where `config` is a constant object literal. */
function property(model: ProjectModel, path: SourcePath, node: Expression): { readonly value: Primitive } | null {
  if (node.kind !== 'Member') return null;
  const object = entityOf(model, path, node.object);
  const source = object?.entity === 'value' ? model.sources[object.path] : undefined;
  if (object?.entity !== 'value' || source === undefined || isMutated(source, object.binding)) return null;
  const literal = object.init === null ? null : withoutWraps(object.init);
  if (literal?.kind !== 'ObjectLiteral' || literal.properties.some((each) => each.kind === 'Spread')) return null;
  const found = literal.properties.findLast((each) => each.kind === 'Property' && each.key.name === node.property);
  return found?.kind === 'Property' ? literalOf(model, object.path, found.value) : null;
}

function template(
  model: ProjectModel,
  path: SourcePath,
  node: Extract<Expression, { kind: 'Template' }>,
): { readonly value: Primitive } | null {
  const values = node.expressions.map((each) => literalOf(model, path, each));
  if (values.some((each) => each === null)) return null;
  return {
    value: node.quasis
      .map((quasi, index) => quasi + (index < values.length ? String(values[index]?.value) : ''))
      .join(''),
  };
}

function mapOne(
  known: { readonly value: Primitive } | null,
  apply: (value: Primitive) => Primitive | symbol,
): { readonly value: Primitive } | null {
  if (known === null) return null;
  const value = apply(known.value);
  return typeof value === 'symbol' ? null : { value };
}

const unknown = Symbol('unknown');

function unary(operator: string, value: Primitive): Primitive | symbol {
  if (operator === '!') return !value;
  if (operator === 'void') return undefined;
  if (operator === 'typeof') return typeof value;
  if (typeof value !== 'number') return unknown;
  if (operator === '-') return -value;
  if (operator === '+') return value;
  return operator === '~' ? ~value : unknown;
}

function binary(
  model: ProjectModel,
  path: SourcePath,
  node: Extract<Expression, { kind: 'Binary' }>,
): { readonly value: Primitive } | null {
  const left = literalOf(model, path, node.left);
  const right = literalOf(model, path, node.right);
  if (left === null || right === null) return null;
  return mapOne({ value: undefined }, () => combine(node.operator, left.value, right.value));
}

const arithmetic: { readonly [operator: string]: (a: number, b: number) => number | boolean } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function combine(operator: string, left: Primitive, right: Primitive): Primitive | symbol {
  if (operator === '===') return left === right;
  if (operator === '!==') return left !== right;
  if (operator === '&&') return left ? right : left;
  if (operator === '||') return left ? left : right;
  if (operator === '??') return left ?? right;
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (typeof left !== 'number' || typeof right !== 'number') return unknown;
  return arithmetic[operator]?.(left, right) ?? unknown;
}
