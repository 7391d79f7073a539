/** Expressions: each gives a value, and may change cells. */
import type { Expression, FunctionExpression, Identifier, Property, Spread, Template } from '../ir/syntax.js';
import type { Dim, Test } from './atom.js';
import { assignTo, bindName } from './bind.js';
import { branchValues, testOf } from './branch.js';
import { callExpression, construct } from './call.js';
import { add, constant, constantOf, divide, multiply, opaque, pair, power, round, subtract } from './dim.js';
import { evaluateList } from './elements.js';
import { cellOf, newId } from './frame.js';
import type { Frame, Session, Value } from './machine.js';
import { indexOf, memberOf, superMember } from './member.js';
import { outerValue } from './outer.js';
import { absent, dimOf, isAbsent, literal, number, numberOrName, operandOf, unknown } from './value.js';

export function evaluate(session: Session, frame: Frame, node: Expression): Value {
  const value = evaluated(session, frame, node);
  session.latest.set(node, value);
  return value;
}

function evaluated(session: Session, frame: Frame, node: Expression): Value {
  switch (node.kind) {
    case 'Identifier':
      return lookUp(session, frame, node);
    case 'Literal':
      return typeof node.value === 'number' ? number(node.value) : literal(node.value);
    case 'Template':
      return template(session, frame, node);
    case 'This':
      return frame.self ?? unknown('L2N310', '`this` is not known here');
    case 'ArrayLiteral':
      return arrayOf(session, frame, node.elements);
    case 'ObjectLiteral':
      return recordOf(session, frame, node.properties);
    case 'Function':
      return closure(frame, node);
    case 'Member':
      return member(session, frame, node);
    case 'Index':
      return indexOf(session, evaluate(session, frame, node.object), evaluate(session, frame, node.index));
    case 'New':
      return construct(session, frame, node);
    case 'Call':
      return callExpression(session, frame, node);
    case 'TypeWrap':
    case 'Await':
      return evaluate(session, frame, node.kind === 'Await' ? node.argument : node.expression);
    default:
      return operation(session, frame, node);
  }
}

export function closure(frame: Frame, node: FunctionExpression): Value {
  return { kind: 'function', node, frame };
}

/** Arithmetic on sizes; what is no number gives an opaque number, never an unknown value. */
export function arithmetic(operator: string, operands: readonly [Value, Value]): Value {
  const [a, b] = operands.map(dimOf);
  if (a == null || b == null) return notNumbers(operator, operands);
  const dim = compute(operator, a, b);
  return dim === null
    ? number(opaque({ code: 'L2N316', why: `there is no rule for ${operator} on sizes`, path: null, span: null }))
    : numberOrName(dim);
}

type Operation = Exclude<
  Expression,
  {
    kind:
      | 'Identifier'
      | 'Literal'
      | 'Template'
      | 'This'
      | 'ArrayLiteral'
      | 'ObjectLiteral'
      | 'Function'
      | 'Member'
      | 'Index'
      | 'New'
      | 'Call'
      | 'TypeWrap'
      | 'Await';
  }
>;

function operation(session: Session, frame: Frame, node: Operation): Value {
  switch (node.kind) {
    case 'Unary':
      return unary(session, frame, node);
    case 'Update':
      return update(session, frame, node);
    case 'Binary':
      return binary(session, frame, node);
    case 'Conditional':
      return conditional(session, frame, node);
    case 'Assign':
      return assignment(session, frame, node);
    case 'Sequence':
      return node.expressions.map((each) => evaluate(session, frame, each)).at(-1) ?? absent;
    default:
      return unknown('L2N310', `the syntax ${node.kind} is not followed`);
  }
}

function lookUp(session: Session, frame: Frame, node: Identifier): Value {
  if (node.binding === null) {
    if (node.name === 'undefined') return absent;
    return { kind: 'external', module: 'global', name: node.name };
  }
  const cell = cellOf(frame, node.binding);
  const held = cell === null ? undefined : session.run.store.get(cell);
  if (held !== undefined) return held;
  if (cell !== null) return unknown('L2N310', `${node.name} has no value on this path`);
  return outerValue(session, node.binding);
}

function template(session: Session, frame: Frame, node: Template): Value {
  for (const each of node.expressions) evaluate(session, frame, each);
  return node.expressions.length === 0 ? literal(node.quasis[0] ?? '') : { kind: 'flag', test: null };
}

function arrayOf(session: Session, frame: Frame, elements: readonly (Expression | Spread | null)[]): Value {
  const only = elements.length === 1 ? elements[0] : undefined;
  if (only?.kind === 'Spread') {
    const copied = evaluate(session, frame, only.argument);
    if (copied.kind === 'array') return { ...copied, id: newId(session) };
    if (copied.kind === 'list' || copied.kind === 'sizes' || copied.kind === 'name') return copied;
  }
  return { kind: 'array', id: newId(session), items: evaluateList(session, frame, elements) };
}

function recordOf(session: Session, frame: Frame, properties: readonly (Property | Spread)[]): Value {
  const entries = new Map<string, Value>();
  for (const each of properties) {
    if (each.kind === 'Spread') {
      const value = evaluate(session, frame, each.argument);
      if (value.kind !== 'record') return unknown('L2N310', 'an object whose keys are not known is spread');
      for (const [key, inner] of value.properties) entries.set(key, inner);
    } else {
      const value = evaluate(session, frame, each.value);
      if (each.key.name === null) return unknown('L2N310', 'an object has computed keys');
      entries.set(each.key.name, value);
    }
  }
  return { kind: 'record', id: newId(session), properties: entries };
}

function member(session: Session, frame: Frame, node: Expression & { kind: 'Member' }): Value {
  if (node.object.kind === 'Super') return superMember(session, frame, node.property);
  return memberOf(session, evaluate(session, frame, node.object), node.property);
}

function unary(session: Session, frame: Frame, node: Expression & { kind: 'Unary' }): Value {
  if (node.operator === '!') return decide(testOf(session, frame, node));
  const value = evaluate(session, frame, node.argument);
  const dim = dimOf(value);
  if (node.operator === '-' && dim !== null) return number(multiply(dim, constant(-1)));
  if (node.operator === '+' && dim !== null) return value;
  if (node.operator === 'void') return absent;
  return node.operator === 'typeof' ? typeName(value) : notNumbers(node.operator, [value, value]);
}

function typeName(value: Value): Value {
  const names: { readonly [kind: string]: string } = {
    number: 'number',
    tensor: 'object',
    array: 'object',
    record: 'object',
    module: 'object',
    layer: 'object',
    function: 'function',
    class: 'function',
    layerClass: 'function',
  };
  if (value.kind === 'literal' && value.value !== null) return literal(typeof value.value);
  const name = names[value.kind];
  return name === undefined ? { kind: 'flag', test: null } : literal(name);
}

function update(session: Session, frame: Frame, node: Expression & { kind: 'Update' }): Value {
  const before = evaluate(session, frame, node.argument);
  const step: Value = number(1);
  const after = arithmetic(node.operator === '++' ? '+' : '-', [before, step]);
  assignTo(session, frame, { target: node.argument, value: after });
  return node.prefix ? after : before;
}

const comparisons: readonly string[] = ['===', '!==', '==', '!=', '<', '>', '<=', '>=', 'in', 'instanceof'];

function binary(session: Session, frame: Frame, node: Expression & { kind: 'Binary' }): Value {
  const { operator } = node;
  if (comparisons.includes(operator)) return decide(testOf(session, frame, node));
  if (operator === '??' || operator === '||' || operator === '&&') return logical(session, frame, node);
  const left = evaluate(session, frame, node.left);
  return arithmetic(operator, [left, evaluate(session, frame, node.right)]);
}

/** `a ?? b`, `a || b`, `a && b` as values. */
function logical(session: Session, frame: Frame, node: Expression & { kind: 'Binary' }): Value {
  const left = evaluate(session, frame, node.left);
  const right = (): Value => evaluate(session, frame, node.right);
  if (node.operator === '??') {
    if (isAbsent(left)) return right();
    const operand = operandOf(left);
    const maybe = left.kind === 'name' || left.kind === 'unknown' || left.kind === 'flag';
    if (!maybe) return left;
    const test: Test | null = operand === null ? null : { test: 'present', of: operand };
    return branchValues(session, frame, { test, then: () => left, otherwise: right });
  }
  const asked = testOf(session, frame, node.left);
  const stop = node.operator === '||';
  if (asked.decided !== null) return asked.decided === stop ? left : right();
  const [then, otherwise] = stop ? [(): Value => left, right] : [right, (): Value => left];
  return branchValues(session, frame, { test: asked.test, then, otherwise });
}

function conditional(session: Session, frame: Frame, node: Expression & { kind: 'Conditional' }): Value {
  const asked = testOf(session, frame, node.test);
  const then = (): Value => evaluate(session, frame, node.consequent);
  const otherwise = (): Value => evaluate(session, frame, node.alternate);
  if (asked.decided !== null) return asked.decided ? then() : otherwise();
  return branchValues(session, frame, { test: asked.test, then, otherwise, asked });
}

function assignment(session: Session, frame: Frame, node: Expression & { kind: 'Assign' }): Value {
  const operator = node.operator.slice(0, -1);
  const { target } = node;
  if (operator === '') {
    const value = evaluate(session, frame, node.value);
    bindName(session, frame, { pattern: target, value, declares: false });
    return value;
  }
  const place = target.kind === 'PlacePattern' ? target.place : target.kind === 'IdentifierPattern' ? target : null;
  if (place === null) return unknown('L2N310', 'an assignment with an operator has a pattern for target');
  const read: Expression = place.kind === 'IdentifierPattern' ? { ...place, kind: 'Identifier' } : place;
  const value = compound(session, frame, { operator, read, right: node.value });
  bindName(session, frame, { pattern: target, value, declares: false });
  return value;
}

function compound(
  session: Session,
  frame: Frame,
  parts: { readonly operator: string; readonly read: Expression; readonly right: Expression },
): Value {
  const node: Expression = {
    kind: 'Binary',
    span: parts.read.span,
    operator: parts.operator,
    left: parts.read,
    right: parts.right,
  };
  return binary(session, frame, node);
}

function decide(asked: { readonly decided: boolean | null; readonly test: Test | null }): Value {
  return asked.decided === null ? { kind: 'flag', test: asked.test } : literal(asked.decided);
}

function notNumbers(operator: string, operands: readonly Value[]): Value {
  const text = (value: Value): boolean => value.kind === 'literal' && typeof value.value === 'string';
  if (operator === '+' && operands.some(text)) return { kind: 'flag', test: null };
  const reason = operands.find((each) => each.kind === 'unknown');
  const why = reason?.kind === 'unknown' ? reason.reason.why : `${operator} on a value that is not known`;
  return number(opaque({ code: 'L2N310', why, path: null, span: null }));
}

function compute(operator: string, a: Dim, b: Dim): Dim | null {
  const y = constantOf(b);
  switch (operator) {
    case '+':
      return add(a, b);
    case '-':
      return subtract(a, b);
    case '*':
      return multiply(a, b);
    case '/':
      return divide(a, b);
    case '**':
      return power(a, b);
    case '%':
      return pair('remainder', a, b);
    case '>>':
      return y === null ? null : round('floor', divide(a, constant(2 ** y)));
    case '<<':
      return y === null ? null : multiply(a, constant(2 ** y));
    case '|':
      return y === 0 ? round('floor', a) : null;
    default:
      return null;
  }
}
