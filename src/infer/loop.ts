/**
 * A loop of unknown length: its body is run with every carried size as an unknown, until it is clear what is carried;
 * then each size is invariant, or goes around the loop as a variable; then the body is run again with the answers.
 */
import type { Span } from '../ir/syntax.js';
import { bindingOf } from '../ir/resolve.js';
import type { Dim } from './atom.js';
import { mergeStore } from './branch.js';
import type { Leaf } from './carry.js';
import { carry, filled } from './carry.js';
import { atomsOf, constant, equal, ofAtom, opaque, opaqueOf, soleAtom, substitute } from './dim.js';
import type { Frame, Session, Value } from './machine.js';
import { spellingKey } from './member.js';
import { dimOf, identical, mapValue, unknown } from './value.js';

export interface Loop {
  readonly id: string;
  readonly span: Span;
  /** Key of the list whose items it takes one by one, to the last. */
  readonly covers: string | null;
  /** The index of the last turn, where it is known. */
  readonly lastIndex?: Dim;
  readonly body: () => void;
}

export function runLoop(session: Session, frame: Frame, given: Loop): void {
  const { run } = session;
  const start = run.store;
  const { id, path } = { id: given.id, path: frame.path };
  run.summary.places.set(id, { path, span: given.span, covers: given.covers });
  run.loops.push(id);
  const found = findCarried(session, frame, { loop: given, start });
  // A loop that may be left early has no turn that is known to be the last.
  const loop = found.left ? { ...given, covers: null } : given;
  const settle = settler(session, frame, { loop, found, start });
  run.store = new Map(start);
  setCells(session, found, { start, leaf: (leaf) => settle(leaf).entry, id: loop.id });
  const outer = run.turn;
  run.turn = `${outer}*`;
  const returns = frame.flow.returns.length;
  const { written } = runTurn(session, frame, loop);
  run.turn = outer;
  run.loops.pop();
  leave(session, { loop, start, found, written, settle });
  frame.flow.returns = frame.flow.returns.map((each, index) =>
    index < returns ? each : { ...each, value: outside(session, each.value, loop) },
  );
}

interface Carried {
  /** Cells the body changes, with what they hold after a turn. */
  readonly after: ReadonlyMap<number, Value>;
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** Whether a `break` may end it. */
  readonly left: boolean;
}
interface Settled {
  /** The size at the start of a turn, and behind the loop. */
  readonly entry: Dim;
  readonly exit: Dim;
}
type Settle = (leaf: Leaf) => Settled;

const mostPasses = 6;

/** Runs the body silently until no pass finds another cell, or another kind of value, that goes around. */
function findCarried(
  session: Session,
  frame: Frame,
  at: { readonly loop: Loop; readonly start: Map<number, Value> },
): Carried {
  const { run } = session;
  const { loop, start } = at;
  const after = new Map<number, Value>();
  const leaves = new Map<string, Leaf>();
  const { returns } = frame.flow;
  const note = (leaf: Leaf): Dim => {
    leaves.set(leaf.id, leaf);
    return ofAtom({ kind: 'loop', id: leaf.id, phase: 'in', whole: leaf.axis !== null });
  };
  const { guard } = run;
  run.silent += 1;
  let grew = true;
  let left = false;
  for (let pass = 0; grew && pass < mostPasses; pass++) {
    run.store = new Map(start);
    const before = setCells(session, { after }, { start, leaf: note, id: loop.id });
    const turn = runTurn(session, frame, loop);
    left ||= turn.left;
    const written = [...turn.written].filter((cell) => start.has(cell));
    grew = written.some((cell) => !after.has(cell)) || kinds(before, run.store);
    for (const cell of [...written, ...after.keys()]) {
      const value = run.store.get(cell);
      if (value !== undefined) after.set(cell, value);
    }
  }
  if (grew) for (const cell of after.keys()) after.set(cell, unknown('L2N314', 'a loop changes a value in every turn'));
  run.silent -= 1;
  run.guard = guard;
  frame.flow.returns = returns;
  frame.flow.dead = false;
  return { after, leaves, left };
}

/** Whether a carried value ended the turn as another thing than it began. */
function kinds(before: ReadonlyMap<number, Value>, store: ReadonlyMap<number, Value>): boolean {
  return [...before].some(([cell, value]) => {
    const end = store.get(cell);
    if (end === undefined || isUndecided(value)) return false;
    if (dimOf(value) !== null && dimOf(end) !== null) return false;
    return value.kind !== end.kind || (unsized.includes(value.kind) && !identical(value, end));
  });
}

const unsized: readonly string[] = [
  'literal',
  'flag',
  'external',
  'class',
  'layerClass',
  'function',
  'member',
  'either',
];

function isUndecided(value: Value): boolean {
  return value.kind === 'unknown' || (value.kind === 'flag' && value.test === null);
}

/** Gives carried cells what they hold at the start of a turn (or behind the loop). */
function setCells(
  session: Session,
  found: { readonly after: ReadonlyMap<number, Value> },
  how: { readonly start: ReadonlyMap<number, Value>; readonly leaf: (leaf: Leaf) => Dim; readonly id: string },
): ReadonlyMap<number, Value> {
  const set = new Map<number, Value>();
  for (const [cell, after] of found.after) {
    const before = how.start.get(cell);
    if (before === undefined) continue;
    const label = session.run.labels.get(cell) ?? String(cell);
    const value = carry(before, after, { cell, id: `${how.id}:${label}`, read: (each) => each, leaf: how.leaf });
    session.run.store.set(cell, value);
    set.set(cell, value);
  }
  return set;
}

function runTurn(
  session: Session,
  frame: Frame,
  loop: Loop,
): { readonly written: ReadonlySet<number>; readonly left: boolean } {
  const { run } = session;
  const { flow } = frame;
  const { jumps } = flow;
  const written = new Set<number>();
  flow.jumps = [];
  run.writes.push(written);
  loop.body();
  run.writes.pop();
  for (const each of run.writes) for (const cell of written) each.add(cell);
  const left = flow.jumps.some((each) => each.jump === 'break');
  for (const each of flow.jumps) mergeStore(session, frame, each.store);
  flow.jumps = jumps;
  return { written, left };
}

/** Answers for each carried size, in dependency order. */
function settler(
  session: Session,
  frame: Frame,
  at: { readonly loop: Loop; readonly found: Carried; readonly start: ReadonlyMap<number, Value> },
): Settle {
  const { loop, found, start } = at;
  const memo = new Map<string, Settled>();
  const settle: Settle = (leaf) => {
    const known = memo.get(leaf.id);
    if (known !== undefined) return known;
    const self = ofAtom({ kind: 'loop', id: leaf.id, phase: 'in', whole: leaf.axis !== null });
    memo.set(leaf.id, { entry: self, exit: self });
    const answer = solve(leaf, self);
    memo.set(leaf.id, answer);
    return answer;
  };
  const solve = (leaf: Leaf, self: Dim): Settled => {
    const init = leaf.read(start.get(leaf.cell));
    const after = leaf.read(found.after.get(leaf.cell));
    if (after === null) return both(opaque({ ...changed, path: frame.path, span: loop.span }));
    const next = substitute(after, (atom) => {
      const other = atom.kind === 'loop' && atom.phase === 'in' ? found.leaves.get(atom.id) : undefined;
      return other === undefined || other.id === leaf.id ? undefined : settle(other).entry;
    });
    if (init === null) return settleAbsent(session, { next, self, loop });
    if (equal(next, self) || equal(next, init)) return both(init);
    if (opaqueOf(next) !== null) return both(next);
    return record({ leaf, init, next, self });
  };
  const record = (size: {
    readonly leaf: Leaf;
    readonly init: Dim;
    readonly next: Dim;
    readonly self: Dim;
  }): Settled => {
    const { leaf, init, next, self } = size;
    session.run.summary.loops.set(leaf.id, {
      init,
      next,
      last: lastTurn(session, next, loop),
      name: nameOf(session, leaf.cell),
      axis: leaf.axis,
      loop: loop.id,
    });
    const after = ofAtom({ kind: 'loop', id: leaf.id, phase: 'after', whole: leaf.axis !== null });
    return { entry: self, exit: found.left ? opaque({ ...leftEarly, path: frame.path, span: loop.span }) : after };
  };
  return settle;
}

const leftEarly = { code: 'L2N314', why: 'the loop may be left early' } as const;
const changed = { code: 'L2N314', why: 'the loop changes the kind or rank of a value' } as const;

/** A value that is absent before the first turn: behind the loop it is the last turn's. */
function settleAbsent(
  session: Session,
  { next, self, loop }: { readonly next: Dim; readonly self: Dim; readonly loop: Loop },
): Settled {
  const independent =
    !atomsOf(next).some((atom) => atom.kind === 'index' && atom.loop === loop.id) && !mentions(next, self);
  const leaked = opaque({
    code: 'L2N314',
    why: 'a size of the turn before is not known in the first',
    path: null,
    span: null,
  });
  return {
    entry: independent ? next : leaked,
    exit: mentions(next, self) ? leaked : (lastTurn(session, next, loop) ?? leaked),
  };
}

function mentions(dim: Dim, part: Dim): boolean {
  const atom = soleAtom(part);
  return atom?.kind === 'loop' && atomsOf(dim).some((each) => each.kind === 'loop' && each.id === atom.id);
}

function both(dim: Dim): Settled {
  return { entry: dim, exit: dim };
}

/** What carried cells hold behind the loop, and what else the body leaves there. */
function leave(
  session: Session,
  at: {
    readonly loop: Loop;
    readonly start: ReadonlyMap<number, Value>;
    readonly found: Carried;
    readonly written: ReadonlySet<number>;
    readonly settle: Settle;
  },
): void {
  const { run } = session;
  for (const cell of at.written) {
    const end = run.store.get(cell);
    const before = at.start.get(cell);
    if (end === undefined) continue;
    if (before === undefined) {
      run.store.set(cell, outside(session, end, at.loop));
      continue;
    }
    const label = run.labels.get(cell) ?? String(cell);
    const exit =
      filled(before, end, at.loop.id) ??
      carry(before, end, {
        cell,
        id: `${at.loop.id}:${label}`,
        read: (each) => each,
        leaf: (leaf) => at.settle(leaf).exit,
      });
    run.store.set(cell, outside(session, exit, at.loop));
  }
}

/** What the body says about its turn, seen from behind the loop: the last turn, or not known. */
function outside(session: Session, value: Value, loop: Loop): Value {
  if (value.kind === 'list' && value.loop === loop.id) return value;
  return mapValue(value, {
    dim: (dim) => lastTurn(session, dim, loop) ?? opaque({ ...leaked, path: null, span: null }),
  });
}

const leaked = { code: 'L2N314', why: 'a size chosen inside a loop is used behind it' } as const;

/** A size at the last turn: `dims[i]` is `dims.at(-1)` when the loop takes every item of `dims`. */
function lastTurn(session: Session, dim: Dim, loop: Loop): Dim | null {
  let lost = false;
  const last = substitute(dim, (atom) => {
    if (atom.kind === 'index') return atom.loop === loop.id ? loop.lastIndex : undefined;
    if (atom.kind !== 'field' && atom.kind !== 'place') return undefined;
    const turn = atom.kind === 'place' && atom.steps.length === 0 ? session.turnNames.get(atom.binding) : undefined;
    if (turn !== undefined && (turn.loop === loop.id || turn.loop === loop.covers)) {
      lost ||= turn.last === null;
      return turn.last ?? undefined;
    }
    const steps = atom.steps.map((step, index) => {
      const inner = typeof step === 'string' ? null : soleAtom(step.index);
      const list = spellingKey({ ...atom, steps: atom.steps.slice(0, index) });
      return inner?.kind === 'index' && inner.loop === loop.id && list === loop.covers ? { index: constant(-1) } : step;
    });
    return steps.some((step, index) => step !== atom.steps[index]) ? ofAtom({ ...atom, steps }) : undefined;
  });
  if (lost) return null;
  const turn = atomsOf(last).some(
    (atom) =>
      (atom.kind === 'index' && atom.loop === loop.id) ||
      (atom.kind === 'loop' && atom.phase === 'in' && atom.id.startsWith(loop.id)),
  );
  return turn ? null : last;
}

function nameOf(session: Session, cell: number): string {
  const label = session.run.labels.get(cell) ?? '';
  return bindingOf(session.model, label)?.name ?? label.replace(/^this\./, '');
}
