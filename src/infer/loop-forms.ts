/** The forms loops are written in: each becomes turns that are known, or one body for all turns. */
import type { BindingId, ForEach, Expression, Pattern, Span, Statement } from '../ir/syntax.js';
import { type SyntaxNode, walk } from '../ir/walk.js';
import type { Dim } from './atom.js';
import { bindName } from './bind.js';
import { mergeStore, testOf } from './branch.js';
import { add, constant, constantOf, ofAtom, opaque, subtract, soleAtom } from './dim.js';
import { runLoop } from './loop.js';
import type { Frame, Session, Value } from './machine.js';
import { itemOf, spellingKey } from './member.js';
import { absent, dimOf, join, number, numberOrName, unknown } from './value.js';

/** Turns of a loop of known length that are run one by one. */
export const mostTurns = 16;

export function runForEach(session: Session, frame: Frame, node: ForEach): void {
  const list = session.interpreter.evaluate(session, frame, node.iterable);
  const bind = (value: Value): void =>
    bindName(session, frame, { pattern: node.target, value, declares: node.declaration !== null });
  const body = (): void => session.interpreter.runStatement(session, frame, node.body);
  if (node.over === 'in') {
    return overTurns(session, frame, {
      span: node.span,
      list: unknown('L2N310', 'keys'),
      body: () => (bind({ kind: 'flag', test: null }), body()),
    });
  }
  const repeats = repeatsBuilding(session, node.body);
  overTurns(session, frame, {
    span: node.span,
    list,
    pattern: node.target,
    repeats,
    body: (item) => (bind(item), body()),
  });
}

/** Runs `body` for every item of a list, of known length or not. */
export function overTurns(
  session: Session,
  frame: Frame,
  turns: {
    readonly span: Span;
    readonly list: Value;
    readonly body: (item: Value, index: Value) => void;
    /** What names the item, where the body builds modules: they go into one list, whatever the number of turns. */
    readonly pattern?: Pattern | undefined;
    readonly repeats?: boolean;
  },
): void {
  const { list, body, pattern } = turns;
  const named =
    turns.repeats === true && list.kind === 'array' && list.items.length > 1 && pattern !== undefined
      ? nameTurns(session, pattern, { loop: loopId(frame, turns.span), items: list.items })
      : null;
  if (named !== null && list.kind === 'array') {
    return runLoop(session, frame, {
      id: loopId(frame, turns.span),
      span: turns.span,
      covers: null,
      lastIndex: constant(list.items.length - 1),
      body: () => body(named, { kind: 'name', atom: { kind: 'index', loop: loopId(frame, turns.span) } }),
    });
  }
  if (list.kind === 'array' && list.items.length <= mostTurns) {
    return unroll(session, frame, {
      count: list.items.length,
      body: (turn) => body(list.items[turn] ?? absent, number(turn)),
    });
  }
  const loop = loopId(frame, turns.span);
  runLoop(session, frame, {
    id: loop,
    span: turns.span,
    covers: coveredBy(list),
    body: () => body(itemOf(session, list, loop), { kind: 'name', atom: { kind: 'index', loop } }),
  });
}

export function runWhile(session: Session, frame: Frame, node: Statement & { kind: 'While' }): void {
  runLoop(session, frame, {
    id: loopId(frame, node.span),
    span: node.span,
    covers: null,
    body: () => {
      if (!node.testAfter) testOf(session, frame, node.test);
      session.interpreter.runStatement(session, frame, node.body);
      if (node.testAfter) testOf(session, frame, node.test);
    },
  });
}

export function runFor(session: Session, frame: Frame, node: Statement & { kind: 'For' }): void {
  if (node.init?.kind === 'Variable') session.interpreter.runStatement(session, frame, node.init);
  else if (node.init !== null) session.interpreter.evaluate(session, frame, node.init);
  const counter = counterOf(session, frame, node);
  const body = (): void => session.interpreter.runStatement(session, frame, node.body);
  const id = loopId(frame, node.span);
  if (counter === null) {
    return runLoop(session, frame, {
      id,
      span: node.span,
      covers: null,
      body: () => {
        body();
        if (node.update !== null) session.interpreter.evaluate(session, frame, node.update);
      },
    });
  }
  const set = (value: Value): void => bindName(session, frame, { pattern: counter.pattern, value, declares: true });
  const turns = constantOf(counter.turns);
  const repeats = turns !== 1 && repeatsBuilding(session, node.body);
  if (turns !== null && turns <= mostTurns && !repeats) {
    return unroll(session, frame, {
      count: turns,
      body: (turn) => (set(number(add(counter.start, constant(turn)))), body()),
    });
  }
  const index = ofAtom({ kind: 'index', loop: id });
  const lastIndex = turns === null ? {} : { lastIndex: constant(turns - 1) };
  const value = counter.step === 1 ? turnValue(session, { counter, index, id }) : number(downwards);
  runLoop(session, frame, {
    id,
    span: node.span,
    covers: counter.covers,
    ...lastIndex,
    body: () => (set(value), body()),
  });
}

/** A counter from 0 is the index of the turn; any other is known by its own name. */
function turnValue(
  session: Session,
  at: { readonly counter: Counter; readonly index: Dim; readonly id: string },
): Value {
  const { counter, index, id } = at;
  const { pattern, start, turns } = counter;
  if (constantOf(start) === 0 || pattern.kind !== 'IdentifierPattern' || pattern.binding === null)
    return numberOrName(add(start, index));
  session.turnNames.set(pattern.binding, { loop: id, last: subtract(add(start, turns), constant(1)) });
  return placeOf(pattern.binding, pattern.name);
}

/** One item for all turns: sizes that differ between them are known by the names the pattern gives. */
function nameTurns(
  session: Session,
  pattern: Pattern,
  at: { readonly loop: string; readonly items: readonly Value[] },
): Value | null {
  const { loop, items } = at;
  const [first = absent] = items;
  const last = items.at(-1) ?? absent;
  switch (pattern.kind) {
    case 'IdentifierPattern': {
      const dims = items.map(dimOf);
      const isNumber = dims.every((each) => each !== null);
      if (!isNumber) return items.reduce((a, b) => join(a, b, null));
      if (dims.every((each) => each?.key === dims[0]?.key)) return first;
      if (pattern.binding === null) return null;
      session.turnNames.set(pattern.binding, { loop, last: dimOf(last) });
      return placeOf(pattern.binding, pattern.name);
    }
    case 'ArrayPattern': {
      const parts = pattern.elements.map((each, index) => {
        const column = items.map((item) => (item.kind === 'array' ? (item.items[index] ?? absent) : null));
        return each === null || column.includes(null)
          ? null
          : nameTurns(session, each, { loop, items: column.filter((one) => one !== null) });
      });
      if (first.kind !== 'array' || pattern.elements.some((each, index) => each !== null && parts[index] === null))
        return null;
      return { ...first, items: first.items.map((item, index) => parts[index] ?? item) };
    }
    case 'ObjectPattern': {
      if (first.kind !== 'record' || pattern.rest !== null) return null;
      const properties = new Map(first.properties);
      for (const { key, value } of pattern.properties) {
        const column = items.map((item) =>
          item.kind === 'record' ? (item.properties.get(key.name ?? '') ?? absent) : absent,
        );
        const named = nameTurns(session, value, { loop, items: column });
        if (named === null || key.name === null) return null;
        properties.set(key.name, named);
      }
      return { ...first, properties };
    }
    default:
      return null;
  }
}

function placeOf(binding: BindingId, name: string): Value {
  return { kind: 'name', atom: { kind: 'place', binding, name, steps: [], axis: null } };
}

const building = new WeakMap<SyntaxNode, boolean>();

/** Whether a body builds modules or variables itself, so that its turns fill a list. */
export function repeatsBuilding(session: Session, body: SyntaxNode): boolean {
  const known = building.get(body);
  if (known !== undefined) return known;
  const sites = new Set<SyntaxNode>(session.model.constructs.map((each) => each.node));
  let found = false;
  walk(body, (node) => {
    const isVariable =
      node.kind === 'Call' &&
      node.callee.kind === 'Member' &&
      node.callee.object.kind === 'This' &&
      ['param', 'variable'].includes(node.callee.property);
    if (sites.has(node) || isVariable) found = true;
    return !found;
  });
  building.set(body, found);
  return found;
}

/** Runs known turns one after another; what a `break` left meets what the last turn left. */
export function unroll(
  session: Session,
  frame: Frame,
  turns: { readonly count: number; readonly body: (turn: number) => void },
): void {
  const { run } = session;
  const outer = { turn: run.turn, jumps: frame.flow.jumps };
  const left: Map<number, Value>[] = [];
  for (let turn = 0; turn < turns.count && !frame.flow.dead; turn++) {
    run.turn = `${outer.turn}[${turn}]`;
    frame.flow.jumps = [];
    turns.body(turn);
    for (const { jump, store } of frame.flow.jumps) {
      if (jump === 'continue') mergeStore(session, frame, store);
      else left.push(store);
    }
  }
  for (const store of left) mergeStore(session, frame, store);
  run.turn = outer.turn;
  frame.flow.jumps = outer.jumps;
}

export function loopId(frame: Frame, span: Span): string {
  return `${frame.path}@${span.start}${frame.via}`;
}

const downwards = opaque({
  code: 'L2N314',
  why: 'a loop counts in another way than up by one',
  path: null,
  span: null,
});

interface Counter {
  readonly pattern: Parameters<typeof bindName>[2]['pattern'];
  readonly start: Dim;
  readonly turns: Dim;
  readonly step: 1 | -1;
  /** Key of the list whose every index it takes. */
  readonly covers: string | null;
}

/** `for (let i = start; i < end; i++)` and its like; null for any other. */
function counterOf(session: Session, frame: Frame, node: Statement & { kind: 'For' }): Counter | null {
  const declarator = node.init?.kind === 'Variable' ? node.init.declarators[0] : undefined;
  if (declarator?.target.kind !== 'IdentifierPattern' || declarator.init === null) return null;
  const { binding } = declarator.target;
  const { test, update } = node;
  if (test?.kind !== 'Binary' || !isName(test.left, binding) || update === null) return null;
  const step = stepOf(update, binding);
  const [start, end] = [
    dimOf(session.interpreter.evaluate(session, frame, declarator.init)),
    session.interpreter.evaluate(session, frame, test.right),
  ];
  const limit = dimOf(end);
  if (step === null || start === null || limit === null) return null;
  const turns = turnsOf({ operator: test.operator, step, start, limit });
  const covers = test.operator === '<' && constantOf(start) === 0 ? listOfLength(end) : null;
  return turns === null ? null : { pattern: declarator.target, start, turns, step, covers };
}

function turnsOf(loop: {
  readonly operator: string;
  readonly step: 1 | -1;
  readonly start: Dim;
  readonly limit: Dim;
}): Dim | null {
  const { operator, step, start, limit } = loop;
  const extra = operator.endsWith('=') ? constant(1) : constant(0);
  if (step === 1 && operator.startsWith('<')) return add(subtract(limit, start), extra);
  if (step === -1 && operator.startsWith('>')) {
    const turns = add(subtract(start, limit), extra);
    // Known turns are set upwards from the start: only a symbolic count may go down.
    return constantOf(turns) === null ? turns : null;
  }
  return null;
}

function stepOf(update: Expression, binding: string | null): 1 | -1 | null {
  if (update.kind === 'Update' && isName(update.argument, binding)) return update.operator === '++' ? 1 : -1;
  if (update.kind !== 'Assign' || update.target.kind !== 'IdentifierPattern') return null;
  if (update.target.binding !== binding || update.value.kind !== 'Literal' || update.value.value !== 1) return null;
  return update.operator === '+=' ? 1 : update.operator === '-=' ? -1 : null;
}

function isName(node: Expression, binding: string | null): boolean {
  return node.kind === 'Identifier' && node.binding === binding && binding !== null;
}

/** The key of a list, or the loop that filled it; `list.entries()` covers its list. */
function coveredBy(list: Value): string | null {
  if (list.kind === 'name') return spellingKey(list.atom);
  if (list.kind !== 'list') return null;
  const entry = list.item.kind === 'array' ? list.item.items[1] : undefined;
  // Entries of a list of modules: the loop that built them.
  if (entry?.kind === 'module' || entry?.kind === 'layer') return entry.site.loop ?? list.loop;
  const { atom } = entry?.kind === 'name' ? entry : {};
  if (atom?.kind !== 'field' && atom?.kind !== 'place') return list.loop;
  const last = atom.steps.at(-1);
  const index = typeof last === 'object' ? soleAtom(last.index) : null;
  if (index?.kind !== 'index' || index.loop !== list.loop) return list.loop;
  return spellingKey({ ...atom, steps: atom.steps.slice(0, -1) });
}

function listOfLength(end: Value): string | null {
  if (end.kind !== 'name' || (end.atom.kind !== 'field' && end.atom.kind !== 'place')) return null;
  const { steps } = end.atom;
  return steps.at(-1) === 'length' ? spellingKey({ ...end.atom, steps: steps.slice(0, -1) }) : null;
}
