/** Where names live while a method runs: frames hold cells, the run's store holds their values. */
import type { ModuleClass, ProjectModel } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import type { BindingId, Span } from '../ir/syntax.js';
import type { Test } from './atom.js';
import type { Dim } from './dim.js';
import type { Summary } from './summary.js';
import type { SelfValue, Value } from './value.js';

/** Everything found about a project so far. */
export interface Session {
  readonly model: ProjectModel;
  readonly summaries: Map<string, Summary>;
  /** Summaries being computed: a class met inside itself. */
  readonly running: Set<string>;
  /** Ranks of inputs that were met in mid-run, by input key. */
  readonly ranks: Map<string, number>;
  /** Ranks of tensors that are known by an outer name. */
  readonly placeRanks: Map<BindingId, number>;
  /** How the text itself calls an item or index of a loop, by path key. */
  readonly spellings: Map<string, string>;
  /** Values of names outside methods. */
  readonly outer: Map<BindingId, Value>;
  run: Run;
  nextId: number;
}
/** One method being run. */
export interface Run {
  readonly summary: Summary;
  store: Map<number, Value>;
  /** What each cell is called, for stable loop ids. */
  readonly labels: Map<number, string>;
  /** Cells written since each loop pass in progress began. */
  readonly writes: Set<number>[];
  /** Above 0 nothing is recorded: a loop is finding its sizes. */
  silent: number;
  /** Above 0 equalities prove nothing: they hold on some paths only. */
  guard: number;
  /** Turns of unrolled loops, `[0][2]`; `*` for a loop run once for all turns. */
  turn: string;
  /** Loops of unknown length in progress, innermost last. */
  readonly loops: string[];
}
/** A loop of unknown length. */
export interface LoopPlace {
  readonly path: SourcePath;
  readonly span: Span;
  /** Key of the list whose items it takes one by one: another loop's id for a list that loop filled. */
  readonly covers: string | null;
}
/** A size carried around a loop: `init` before the first turn, `next` after each. */
export interface LoopSize {
  readonly init: Dim;
  readonly next: Dim;
  /** After at least one turn, where that has a closed form. */
  readonly last: Dim | null;
  /** The variable that carries it and the axis; null for a number. */
  readonly name: string;
  readonly axis: number | null;
  /** Id of the loop. */
  readonly loop: string;
}

export interface Frame {
  readonly path: SourcePath;
  readonly cells: Map<BindingId, number>;
  readonly up: Frame | null;
  readonly self: SelfValue | null;
  /** The class whose text runs: where `super` starts. */
  readonly home: ModuleClass | null;
  readonly depth: number;
  /** Calls that led here inside the method being run. */
  readonly via: string;
  readonly flow: Flow;
}
/** Control flow of one function body. */
export interface Flow {
  returns: { readonly value: Value; readonly test: Test | null }[];
  /** Nothing after this point runs on the current path. */
  dead: boolean;
  /** Conditions of the current path; null where one cannot be made by a constructor. */
  tests: readonly (Test | null)[];
  /** Stores at `break` and `continue`. */
  jumps: { readonly jump: 'break' | 'continue'; readonly store: Map<number, Value> }[];
}

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
  return { path, cells: new Map(), up: null, self, home, depth: 0, via: '', flow: newFlow() };
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
