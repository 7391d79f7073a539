/** Where names live while a method runs: frames hold cells, the run's store holds their values. */
import type { ModuleClass } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import type { BindingId } from '../ir/syntax.js';
import type { Flow, Frame, Run, SelfValue, Session, Summary, Value } from './machine.js';

/** Calls and classes nest no deeper. */
export const mostDepth = 150;
/** A function inside itself: what recursion does with sizes is not followed further. */
export const mostNesting = 8;
/** Calls in one run of a method, so that no program keeps the analysis busy for ever. */
export const mostCalls = 20_000;

/** Thrown to run a method again once the rank of an input is known. */
export class RankFound extends Error {
  constructor(
    readonly input: string,
    readonly rank: number,
  ) {
    super(`the rank of ${input} is ${rank}`);
  }
}

export function frameAt(path: SourcePath, self: SelfValue | null = null, home: ModuleClass | null = null): Frame {
  return { path, cells: new Map(), up: null, self, home, depth: 0, via: '', calledAt: null, flow: newFlow() };
}

/** A function body inside `outer`. */
export function innerFrame(outer: Frame, via: string): Frame {
  return { ...outer, cells: new Map(), up: outer, depth: outer.depth + 1, via, flow: newFlow() };
}

export function newFlow(): Flow {
  return { returns: [], dead: false, tests: [], jumps: [] };
}

export function newId(session: Session): number {
  session.nextId += 1;
  return session.nextId;
}

export function cellOf(frame: Frame, binding: BindingId): number | null {
  for (let each: Frame | null = frame; each !== null; each = each.up) {
    const cell = each.cells.get(binding);
    if (cell !== undefined) return cell;
  }
  return null;
}

/** Declares a name in a frame. */
export function declare(session: Session, frame: Frame, name: { binding: BindingId; value: Value }): void {
  const known = frame.cells.get(name.binding);
  const cell = known ?? newCell(session, name.binding);
  frame.cells.set(name.binding, cell);
  write(session, cell, name.value);
}

export function newCell(session: Session, label: string): number {
  const cell = newId(session);
  session.run.labels.set(cell, label);
  return cell;
}

export function write(session: Session, cell: number, value: Value): void {
  session.run.store.set(cell, value);
  for (const pass of session.run.writes) pass.add(cell);
}

/** Puts a changed array or record in every place that holds it. */
export function replaceEverywhere(session: Session, id: number, value: Value): void {
  for (const [cell, held] of session.run.store) {
    const changed = replaceIn(held, id, value);
    if (changed !== held) write(session, cell, changed);
  }
}

function replaceIn(held: Value, id: number, value: Value): Value {
  if (held.kind === 'array') {
    if (held.id === id) return value;
    const items = held.items.map((item) => replaceIn(item, id, value));
    return items.some((item, index) => item !== held.items[index]) ? { ...held, items } : held;
  }
  if (held.kind === 'list') return held.id === id ? value : held;
  if (held.kind === 'record') {
    if (held.id === id) return value;
    const entries = [...held.properties].map(([key, each]) => [key, replaceIn(each, id, value)] as const);
    return entries.some(([key, each]) => each !== held.properties.get(key))
      ? { ...held, properties: new Map(entries) }
      : held;
  }
  return held;
}

/** A run sees what closures handed to it have captured. */
export function newRun(summary: Summary, outer: Run | null): Run {
  return {
    summary,
    store: new Map(outer?.store),
    labels: new Map(outer?.labels),
    writes: [],
    silent: 0,
    guard: 0,
    turn: '',
    loops: [],
    active: new Map(),
    calls: 0,
  };
}

export function empty(
  id: string,
  of: { readonly class: ModuleClass | null; readonly method: string },
  out: Value,
): Summary {
  const { class: from, method } = of;
  return {
    id,
    class: from,
    method,
    built: null,
    inputs: [],
    called: false,
    out,
    needs: [],
    uses: [],
    equalities: [],
    loops: new Map(),
    places: new Map(),
    caches: [],
  };
}
