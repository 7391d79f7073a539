/** Statements, one after another. */
import type { Block, Expression, Statement } from '../ir/syntax.js';
import type { Test } from './atom.js';
import { bindName } from './bind.js';
import type { Asked } from './branch.js';
import { compare, fork, mergeStore, testOf } from './branch.js';
import { declare } from './frame.js';
import { runFor, runForEach, runWhile } from './loop-forms.js';
import type { Frame, Session, Value } from './machine.js';
import { absent, join, unknown } from './value.js';

/** Runs a function body and gives what it returns. */
export function runBody(session: Session, frame: Frame, body: Expression | Block): Value {
  if (body.kind !== 'Block') return session.interpreter.evaluate(session, frame, body);
  const { guard } = session.run;
  runStatements(session, frame, body.body);
  session.run.guard = guard;
  const { flow } = frame;
  if (!flow.dead || flow.returns.length === 0) flow.returns.push({ value: absent, test: null });
  return returned(frame);
}

export function runStatements(session: Session, frame: Frame, statements: readonly Statement[]): void {
  for (const each of statements) {
    if (each.kind === 'FunctionDeclaration' && each.hasBody && each.function.binding !== null) {
      const value: Value = { kind: 'function', node: each.function, frame };
      declare(session, frame, { binding: each.function.binding, value });
    }
  }
  for (const each of statements) runStatement(session, frame, each);
}

export function runStatement(session: Session, frame: Frame, node: Statement): void {
  const { flow } = frame;
  if (flow.dead) return;
  switch (node.kind) {
    case 'Variable':
      for (const { target, init } of node.declarators) {
        const value = init === null ? absent : session.interpreter.evaluate(session, frame, init);
        bindName(session, frame, { pattern: target, value, declares: true });
      }
      return;
    case 'Expression':
      session.interpreter.evaluate(session, frame, node.expression);
      return;
    case 'Return': {
      const value = node.argument === null ? absent : session.interpreter.evaluate(session, frame, node.argument);
      flow.returns.push({ value, test: conjunction(flow.tests) });
      flow.dead = true;
      return;
    }
    case 'Block':
      return runStatements(session, frame, node.body);
    case 'If':
      return runIf(session, frame, node);
    case 'For':
      return runFor(session, frame, node);
    case 'ForEach':
      return runForEach(session, frame, node);
    case 'While':
      return runWhile(session, frame, node);
    case 'Switch':
      return runSwitch(session, frame, node);
    case 'Labeled':
      return runStatement(session, frame, node.body);
    case 'Try':
      return runTry(session, frame, node);
    case 'Throw':
      flow.dead = true;
      return;
    case 'Jump':
      flow.jumps.push({ jump: node.jump, store: new Map(session.run.store) });
      flow.dead = true;
      return;
    default:
  }
}

/** The earliest return whose condition holds; a condition nobody can make joins. */
function returned(frame: Frame): Value {
  const returns = [...frame.flow.returns].reverse();
  const [last, ...earlier] = returns;
  return earlier.reduce((rest, each) => join(each.value, rest, each.test), last?.value ?? absent);
}

function conjunction(tests: readonly (Test | null)[]): Test | null {
  let all: Test | null = null;
  for (const each of tests) {
    if (each === null) return null;
    all = all === null ? each : { test: 'both', a: all, b: each };
  }
  return all;
}

function runIf(session: Session, frame: Frame, node: Statement & { kind: 'If' }): void {
  const asked = testOf(session, frame, node.test);
  const then = (): void => runStatement(session, frame, node.consequent);
  const otherwise = (): void => {
    if (node.alternate !== null) runStatement(session, frame, node.alternate);
  };
  if (asked.decided !== null) return asked.decided ? then() : otherwise();
  fork(session, frame, { test: asked.test, then, otherwise, asked });
}

type Switch = Statement & { kind: 'Switch' };

/** A switch is a chain of questions; each case runs on to the next `break`. */
function runSwitch(session: Session, frame: Frame, node: Switch): void {
  const discriminant = session.interpreter.evaluate(session, frame, node.discriminant);
  const { jumps } = frame.flow;
  frame.flow.jumps = [];
  runCases(session, frame, { node, discriminant, from: 0 });
  const breaks = frame.flow.jumps.filter((each) => each.jump === 'break');
  frame.flow.jumps = [...jumps, ...frame.flow.jumps.filter((each) => each.jump !== 'break')];
  leaveSwitch(
    session,
    frame,
    breaks.map((each) => each.store),
  );
}

function runCases(
  session: Session,
  frame: Frame,
  at: { readonly node: Switch; readonly discriminant: Value; readonly from: number },
): void {
  const { cases } = at.node;
  const each = cases[at.from];
  const runFrom = (index: number): void => {
    for (const body of cases.slice(index)) runStatements(session, frame, body.body);
  };
  if (each === undefined) {
    const fallback = cases.findIndex((candidate) => candidate.test === null);
    if (fallback >= 0) runFrom(fallback);
    return;
  }
  const next = (): void => runCases(session, frame, { ...at, from: at.from + 1 });
  if (each.test === null) return next();
  const asked: Asked = compare('===', at.discriminant, session.interpreter.evaluate(session, frame, each.test));
  if (asked.decided !== null) return asked.decided ? runFrom(at.from) : next();
  const taken = (): void => {
    runFrom(at.from);
    endCase(session, frame);
  };
  fork(session, frame, { test: asked.test, then: taken, otherwise: () => (next(), endCase(session, frame)), asked });
}

/** A `break` ends this case's path alive: what it left is what the case leaves. */
function endCase(session: Session, frame: Frame): void {
  const { flow } = frame;
  const last = flow.jumps.at(-1);
  if (!flow.dead || last?.jump !== 'break') return;
  flow.jumps.pop();
  session.run.store = new Map(last.store);
  flow.dead = false;
}

function leaveSwitch(session: Session, frame: Frame, stores: readonly Map<number, Value>[]): void {
  for (const store of stores) mergeStore(session, frame, store);
}

/** `catch` may run after any part of the block: both are joined, and nothing is proved. */
function runTry(session: Session, frame: Frame, node: Statement & { kind: 'Try' }): void {
  const handler = (): void => {
    if (node.param !== null) {
      bindName(session, frame, { pattern: node.param, value: unknown('L2N310', 'a caught error'), declares: true });
    }
    if (node.handler !== null) runStatement(session, frame, node.handler);
  };
  if (node.handler === null) runStatement(session, frame, node.block);
  else fork(session, frame, { test: null, then: () => runStatement(session, frame, node.block), otherwise: handler });
  if (node.finalizer !== null) runStatement(session, frame, node.finalizer);
}
