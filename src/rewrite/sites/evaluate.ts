/** What an expression gives, evaluated abstractly where the analysis stands. */
import { declarationIn } from '../../ir/declarations.js';
import { entityOf, originalBinding, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { BindingId, Expression, Identifier, Index, Member, ObjectLiteral, Spread } from '../../ir/syntax.js';
import { childrenOf, type SyntaxNode } from '../../ir/walk.js';
import { assign } from './assign.js';
import { evaluateCall, evaluateNew } from './call.js';
import { noteStale } from './copy-names.js';
import { functionValue } from './function-value.js';
import { evaluateGiven } from './given-variables.js';
import { variablePath } from './leaf.js';
import { copyMachine, joinMachines, type Machine } from './machine.js';
import { trainStateMember } from './train-state.js';
import { checkCurrent, noteValue, refuse, type Run } from './run.js';
import { holdsState, joinValues, plain, type Value } from './value.js';

/** Most steps of one pass: beyond it the program is too large to follow. */
const limit = 400_000;

export function evaluate(run: Run, path: SourcePath, node: Expression): Value {
  if (run.machine === null) return plain;
  run.steps += 1;
  if (run.steps > limit) {
    refuse(run, 'L2N463', { path, span: node.span });
    run.machine = null;
    return plain;
  }
  const value = evaluateKind(run, path, node);
  if (isWorthNoting(value)) noteValue(run, { path, span: node.span }, node, value);
  return value;
}

function isWorthNoting(value: Value): boolean {
  if (value.is === 'tuple') return value.items.some(isWorthNoting);
  if (value.is === 'record') return [...value.entries.values()].some(isWorthNoting);
  return holdsState(value) || value.is === 'model' || value.is === 'gradients' || value.is === 'leaf';
}

function evaluateKind(run: Run, path: SourcePath, node: Expression): Value {
  switch (node.kind) {
    case 'Identifier':
      return lookUp(run, path, node);
    case 'TypeWrap':
      return run.evaluate(path, node.expression);
    case 'Await':
      return run.evaluate(path, node.argument);
    case 'Member':
      return evaluateMember(run, path, node);
    case 'Index':
      return evaluateIndex(run, path, node);
    case 'ArrayLiteral':
      return evaluateArray(run, path, node.elements);
    case 'ObjectLiteral':
      return evaluateObject(run, path, node);
    case 'Function':
      return functionValue(run, path, node);
    case 'Call':
      return evaluateCall(run, path, node);
    case 'New':
      return evaluateNew(run, path, node);
    case 'Assign':
      return evaluateAssign(run, path, node);
    case 'Sequence':
      return node.expressions.map((each) => run.evaluate(path, each)).at(-1) ?? plain;
    case 'Conditional':
      run.evaluate(path, node.test);
      return either(run, `${path}@${node.span.start}`, [
        () => run.evaluate(path, node.consequent),
        () => run.evaluate(path, node.alternate),
      ]);
    case 'Binary':
      return evaluateBinary(run, path, node);
    default:
      return consume(run, path, node);
  }
}

/** Evaluates what is below and lets no state through. */
function consume(run: Run, path: SourcePath, node: Expression): Value {
  for (const child of childrenOf(node)) {
    if (!isExpression(child)) continue;
    const value = run.evaluate(path, child);
    if (holdsState(value)) refuse(run, 'L2N452', { path, span: child.span });
    if (value.is === 'leaf') checkCurrent(run, value, { path, span: child.span });
  }
  return plain;
}

const otherKinds: ReadonlySet<string> = new Set(['Spread', 'Property', 'Field', 'Method', 'OpaqueMember']);
function isExpression(node: SyntaxNode): node is Expression {
  return !node.kind.endsWith('Pattern') && !otherKinds.has(node.kind);
}

function evaluateBinary(run: Run, path: SourcePath, node: Extract<Expression, { kind: 'Binary' }>): Value {
  if (!['&&', '||', '??'].includes(node.operator)) return consume(run, path, node);
  const left = run.evaluate(path, node.left);
  return either(run, `${path}@${node.span.start}`, [() => left, () => run.evaluate(path, node.right)]);
}

/** Runs one of two; what holds after is what holds after both. */
export function either(run: Run, label: string, ways: readonly [() => Value, () => Value]): Value {
  const before = run.machine;
  if (before === null) return plain;
  const [first, second] = ways;
  run.machine = copyMachine(before);
  const value = first();
  const after: Machine | null = run.machine;
  run.machine = copyMachine(before);
  const other = second();
  const otherAfter = run.machine as Machine | null;
  if (after === null || otherAfter === null) {
    run.machine = after ?? otherAfter;
    return after === null ? other : value;
  }
  run.machine = joinMachines(after, otherAfter, label);
  return joinValues(value, other, (x, y) => (x === y ? x : `join ${label} (${x} | ${y})`));
}

function lookUp(run: Run, path: SourcePath, node: Identifier): Value {
  if (node.binding === null || run.machine === null) return plain;
  const id = originalBinding(run.model, node.binding);
  if (id === null) return plain;
  const known = run.machine.names.get(id);
  const value = known ?? lookUpOutside(run, path, node, id);
  if (known !== undefined && holdsState(known)) noteCapture(run, { path, node, id, value: known });
  if (known !== undefined) noteStale(run, id, known);
  return value;
}

interface Capture {
  readonly path: SourcePath;
  readonly node: Identifier;
  readonly id: BindingId;
  readonly value: Value;
}

/** State that a compiled function reads from outside. */
function noteCapture(run: Run, { path, node, id, value }: Capture): void {
  const offset = Number(id.slice(id.lastIndexOf('@') + 1));
  const captured = run.frames.some(
    (frame, index) =>
      frame.compiled &&
      !run.frames.slice(index).some((each) => each.function.span.start <= offset && offset < each.function.span.end),
  );
  if (captured) run.captures.push({ at: { path, span: node.span }, name: node.name, value });
}

/** A constant or function of a file that has not been run: its value is looked up where it is declared. */
function lookUpOutside(run: Run, path: SourcePath, node: Identifier, id: BindingId): Value {
  const entity = entityOf(run.model, path, node);
  if (entity?.entity === 'function') return functionValue(run, entity.path, entity.node);
  const file = id.slice(0, id.lastIndexOf('@'));
  const source = run.model.sources[file];
  const place = source === undefined ? null : declarationIn(source, id);
  if (place?.declares !== 'variable' || place.keys?.length !== 0) return plain;
  if (entity?.entity !== 'value' || entity.init === null) return plain;
  const init = withoutWraps(entity.init);
  const optimizer = init.kind === 'Call' ? entityOf(run.model, entity.path, init.callee) : null;
  return optimizer?.entity === 'external' ? run.evaluate(entity.path, init) : plain;
}

function evaluateMember(run: Run, path: SourcePath, node: Member): Value {
  const value = run.evaluate(path, node.object);
  return memberOf(run, value, { name: node.property, path, node });
}

interface MemberRead {
  readonly name: string;
  readonly path: SourcePath;
  readonly node: Expression;
}

/** A property of a value: an entry of variables, a variable, or something of a tensor. */
export function memberOf(run: Run, value: Value, read: MemberRead): Value {
  const at = { path: read.path, span: read.node.span };
  switch (value.is) {
    case 'record':
      if (value.entries.has(read.name)) return value.entries.get(read.name) ?? plain;
      if (value.variablesOf !== null) refuse(run, 'L2N452', at);
      return plain;
    case 'state':
      return stateMember(run, value, read);
    case 'trainState':
      return trainStateMember(run, { value, name: read.name, node: read.node }, at);
    case 'leaf':
      checkCurrent(run, value, at);
      return plain;
    case 'model':
      refuse(run, 'L2N454', at, { name: read.name });
      return plain;
    case 'gradients':
    case 'updates':
    case 'unclear':
      refuse(run, 'L2N452', at);
      return plain;
    case 'tuple':
      if (holdsState(value) && read.name !== 'length') refuse(run, 'L2N452', at);
      return plain;
    default:
      return plain;
  }
}

function stateMember(run: Run, value: Extract<Value, { is: 'state' }>, read: MemberRead): Value {
  const { instance, collection, version } = value;
  const names = [...value.path, read.name];
  const found = variablePath(run.plans, instance.class, { collection, names });
  if (found === null) {
    refuse(run, 'L2N455', { path: read.path, span: read.node.span }, { name: [collection, ...names].join('.') });
    return plain;
  }
  if (found.isLeaf) {
    checkCurrent(run, value, { path: read.path, span: read.node.span });
    return { is: 'leaf', instance, collection, version };
  }
  return { ...value, path: names };
}

function evaluateIndex(run: Run, path: SourcePath, node: Index): Value {
  const value = run.evaluate(path, node.object);
  const index = node.index;
  if (index.kind !== 'Literal') {
    run.evaluate(path, index);
    if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.span });
    return plain;
  }
  if (value.is === 'tuple' && typeof index.value === 'number') return value.items[index.value] ?? plain;
  if (typeof index.value === 'string') return memberOf(run, value, { name: index.value, path, node });
  if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.span });
  return plain;
}

function evaluateArray(run: Run, path: SourcePath, elements: readonly (Expression | Spread | null)[]): Value {
  const spread = elements.some((each) => each?.kind === 'Spread');
  const items = elements.map((each) => {
    if (each === null) return plain;
    return run.evaluate(path, each.kind === 'Spread' ? each.argument : each);
  });
  if (!spread) return { is: 'tuple', items };
  items.forEach((value, index) => {
    const element = elements[index];
    if (holdsState(value) && element !== null && element !== undefined) {
      refuse(run, 'L2N452', { path, span: element.span });
    }
  });
  return plain;
}

function evaluateObject(run: Run, path: SourcePath, node: ObjectLiteral): Value {
  const entries = new Map<string, Value>();
  for (const each of node.properties) {
    if (each.kind === 'Spread') {
      const value = run.evaluate(path, each.argument);
      if (value.is === 'record') for (const [name, entry] of value.entries) entries.set(name, entry);
      else if (holdsState(value)) refuse(run, 'L2N452', { path, span: each.span });
      continue;
    }
    if (each.key.computed !== null) run.evaluate(path, each.key.computed);
    const value = run.evaluate(path, each.value);
    if (each.key.name !== null) entries.set(each.key.name, value);
    else if (holdsState(value)) refuse(run, 'L2N452', { path, span: each.span });
  }
  return { is: 'record', entries, variablesOf: null };
}

function evaluateAssign(run: Run, path: SourcePath, node: Extract<Expression, { kind: 'Assign' }>): Value {
  const value = run.evaluate(path, node.value);
  if (node.operator === '=') {
    assign(run, path, node.target, value);
    return value;
  }
  const given = evaluateGiven(run, path, node, value);
  if (given !== null) {
    assign(run, path, node.target, given);
    return given;
  }
  if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.value.span });
  assign(run, path, node.target, plain);
  return plain;
}
