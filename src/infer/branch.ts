/** Tests and the paths behind them. */
import type { Expression } from '../ir/syntax.js';
import type { Dim, Test } from './atom.js';
import { atomKey } from './atom.js';
import { compareOperands, presenceOf, soleAtom, substitute, testAtoms, truthOf } from './dim.js';
import type { Frame, Session, Value } from './machine.js';
import { dimOf, isAbsent, join, mapValue, operandOf } from './value.js';

export interface Asked {
  /** Known already. */
  readonly decided: boolean | null;
  /** The condition, where a constructor can make it. */
  readonly test: Test | null;
  /** Sizes that are equal when the answer is `when`. */
  readonly equal: { readonly when: boolean; readonly pairs: readonly (readonly [Dim, Dim])[] } | null;
}

const undecided: Asked = { decided: null, test: null, equal: null };

export function testOf(session: Session, frame: Frame, node: Expression): Asked {
  if (node.kind === 'TypeWrap') return testOf(session, frame, node.expression);
  if (node.kind === 'Unary' && node.operator === '!') return negate(testOf(session, frame, node.argument));
  if (node.kind === 'Binary' && (node.operator === '&&' || node.operator === '||')) {
    const left = testOf(session, frame, node.left);
    if (left.decided === (node.operator === '||')) return left;
    return combine(node.operator, left, testOf(session, frame, node.right));
  }
  if (node.kind === 'Binary' && /^([=!]==?|[<>]=?)$/.test(node.operator)) {
    const left = session.interpreter.evaluate(session, frame, node.left);
    return compare(node.operator, left, session.interpreter.evaluate(session, frame, node.right));
  }
  if (node.kind === 'Binary' && (node.operator === 'in' || node.operator === 'instanceof')) {
    session.interpreter.evaluate(session, frame, node.left);
    session.interpreter.evaluate(session, frame, node.right);
    return undecided;
  }
  return truth(session.interpreter.evaluate(session, frame, node));
}

/** Runs both paths on copies and joins what they leave. */
export function fork(session: Session, frame: Frame, paths: Paths<void>): void {
  const { flow } = frame;
  const start = session.run.store;
  const outer = flow.tests;
  session.run.guard += 1;
  const ends = [paths.then, paths.otherwise].map((path, index) => {
    session.run.store = new Map(start);
    flow.dead = false;
    flow.tests = [...outer, index === 0 ? paths.test : inverse(paths.test)];
    refine(session, paths.asked, index === 0);
    path();
    return { store: session.run.store, dead: flow.dead };
  });
  flow.tests = outer;
  const alive = ends.filter((end) => !end.dead);
  // What follows an undecided return runs on some paths only: it stays guarded to the end of the function.
  if (alive.length === ends.length) session.run.guard -= 1;
  flow.dead = alive.length === 0;
  const [a, b] = alive;
  session.run.store = a === undefined ? start : b === undefined ? a.store : joinStores(a.store, b.store, paths.test);
}

export interface Paths<T> {
  readonly test: Test | null;
  readonly then: () => T;
  readonly otherwise: () => T;
  readonly asked?: Asked;
}

/** Both values of a conditional expression, joined. */
export function branchValues(session: Session, frame: Frame, paths: Paths<Value>): Value {
  const values: Value[] = [];
  const keep = (path: () => Value) => (): void => {
    values.push(path());
  };
  fork(session, frame, { ...paths, then: keep(paths.then), otherwise: keep(paths.otherwise) });
  const [a, b] = values;
  return a === undefined || b === undefined ? (a ?? b ?? { kind: 'flag', test: null }) : join(a, b, paths.test);
}

export function joinStores(
  a: ReadonlyMap<number, Value>,
  b: ReadonlyMap<number, Value>,
  test: Test | null,
): Map<number, Value> {
  const joined = new Map(a);
  for (const [cell, value] of b) {
    const other = a.get(cell);
    joined.set(cell, other === undefined ? value : join(other, value, test));
  }
  return joined;
}

/** Lets a path that jumped meet the current one, or be it. */
export function mergeStore(session: Session, frame: Frame, store: Map<number, Value>): void {
  session.run.store = frame.flow.dead ? new Map(store) : joinStores(session.run.store, store, null);
  frame.flow.dead = false;
}

export function inverse(test: Test | null): Test | null {
  if (test === null) return null;
  return test.test === 'not' ? test.of : { test: 'not', of: test };
}

/** `discriminant === test` of a switch. */
export function compare(operator: string, a: Value, b: Value): Asked {
  const present = comparePresence(operator, a, b);
  if (present !== null) return present;
  const [x, y] = [operandOf(a), operandOf(b)];
  if (x === null || y === null) return undecided;
  const decided = compareOperands(operator, x, y);
  const pair = equalPair(operator, dimOf(a), dimOf(b));
  return { decided, test: makeable({ test: 'compare', operator, a: x, b: y }), equal: pair };
}

const solid: readonly string[] = [
  'tensor',
  'array',
  'list',
  'record',
  'module',
  'layer',
  'function',
  'class',
  'layerClass',
  'self',
  'sizes',
  'external',
  'either',
  'member',
];

function comparePresence(operator: string, a: Value, b: Value): Asked | null {
  if (!/^[=!]==?$/.test(operator) || isAbsent(a) === isAbsent(b)) return null;
  const value = isAbsent(a) ? b : a;
  const wanted = operator.startsWith('!');
  if (solid.includes(value.kind) || value.kind === 'number') return { ...undecided, decided: wanted };
  const operand = operandOf(value);
  if (operand === null) return undecided;
  const presence = presenceOf(operand);
  if (presence !== null) return { ...undecided, decided: presence === wanted };
  const test: Test = { test: 'present', of: operand };
  return { ...undecided, test: makeable(wanted ? test : { test: 'not', of: test }) };
}

function truth(value: Value): Asked {
  if (solid.includes(value.kind)) return { ...undecided, decided: true };
  if (value.kind === 'flag') {
    return { ...undecided, test: value.test === null ? null : makeable(value.test) };
  }
  const operand = operandOf(value);
  if (operand === null) return undecided;
  return { ...undecided, decided: truthOf(operand), test: makeable({ test: 'truthy', of: operand }) };
}

/** A test that asks about inputs or carried sizes is none a constructor can make. */
function makeable(test: Test): Test | null {
  const kinds = ['field', 'index', 'place'];
  return testAtoms(test).every((atom) => kinds.includes(atom.kind)) ? test : null;
}

function negate(asked: Asked): Asked {
  return {
    decided: asked.decided === null ? null : !asked.decided,
    test: inverse(asked.test),
    equal: asked.equal === null ? null : { ...asked.equal, when: !asked.equal.when },
  };
}

function combine(operator: '&&' | '||', a: Asked, b: Asked): Asked {
  const stop = operator === '||';
  // Here `a` is not the answer by itself.
  if (a.decided !== null) return b;
  const known = [a, b].flatMap((each) => (each.equal?.when === !stop ? each.equal.pairs : []));
  const equalities = known.length === 0 ? null : { when: !stop, pairs: known };
  if (b.decided !== null) return b.decided === stop ? b : { ...a, equal: equalities };
  const test: Test | null =
    a.test === null || b.test === null ? null : { test: stop ? 'either' : 'both', a: a.test, b: b.test };
  return { decided: null, test, equal: equalities };
}

function equalPair(operator: string, a: Dim | null, b: Dim | null): Asked['equal'] {
  if (a === null || b === null || !/^[=!]==?$/.test(operator)) return null;
  const kind = soleAtom(a)?.kind;
  const first = kind === 'input' || kind === 'loop';
  return { when: operator.startsWith('='), pairs: [first ? [a, b] : [b, a]] };
}

/** On the path where two sizes are equal, the one stands for the other. */
function refine(session: Session, asked: Asked | undefined, answer: boolean): void {
  if (asked?.equal?.when !== answer) return;
  for (const [from, to] of asked.equal.pairs) {
    const sole = soleAtom(from);
    if (sole === null) continue;
    const swap = (dim: Dim): Dim => substitute(dim, (atom) => (atomKey(atom) === atomKey(sole) ? to : undefined));
    for (const [cell, value] of session.run.store) session.run.store.set(cell, mapValue(value, { dim: swap }));
  }
}
