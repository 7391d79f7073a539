/** Sizes carried around loops, as variables of the constructor's own loop. */
import type { SizeThread } from '../ir/sizes.js';
import type { Atom, Dim } from './atom.js';
import { atomKey } from './atom.js';
import type { ClassPlan, Decided } from './class-plan.js';
import { atomsOf, ofAtom, opaque, soleAtom, substitute } from './dim.js';
import { spellSize } from './spell.js';
import type { LoopSize, Summary } from './machine.js';
import { freeName, threadName, constructorNames } from './names.js';
import type { Planner } from './planner.js';
import { proved } from './planner.js';
import type { NewNames } from './spell.js';

export interface Threads {
  readonly names: ReadonlyMap<string, string>;
  readonly threads: readonly SizeThread[];
}

/**
 * Moves a size to the loop its construction stands in: a list filled by one loop and used by another is built turn by
 * turn as it is used. A size of another loop than that has no form here.
 */
export function inOwnLoop(decided: Decided): Dim {
  const { entry, summary } = decided;
  let foreign = false;
  const moved = substitute(decided.dim, (atom) => {
    const loop =
      atom.kind === 'index' ? atom.loop : atom.kind === 'loop' && atom.phase === 'in' ? loopOf(summary, atom.id) : null;
    if (loop === null || entry.loop === null) {
      if (loop !== null) foreign = true;
      return undefined;
    }
    if (isAround(summary, loop, entry.loop)) return undefined;
    if (summary.places.get(loop)?.covers !== entry.loop) foreign = true;
    return atom.kind === 'index' ? ofAtom({ kind: 'index', loop: entry.loop }) : undefined;
  });
  if (!foreign) return moved;
  const why = 'one module is fed a size that changes from turn to turn';
  return opaque({ code: 'L2N315', why, path: null, span: null });
}

/** Names and text of every thread the class's sizes need. */
export function threadsOf(planner: Planner, plan: ClassPlan, inputs: ReadonlyMap<string, string>): Threads {
  const used = usedLoops(planner, plan);
  const names = new Map<string, string>();
  const taken = new Set([...constructorNames(plan.class), ...inputs.values()]);
  for (const [id, { size, summary }] of used) {
    const shared = sharedWith(id, size, { summary, names });
    const name = shared ?? freeName(threadName(size.name, size.axis), taken);
    taken.add(name);
    names.set(id, name);
  }
  const scope = { class: plan.class, names: { inputs, threads: names } satisfies NewNames };
  const threads = [...used].flatMap(([id, { size, summary, home }]): readonly SizeThread[] => {
    const own = (dim: Dim): string | null => {
      const moved = home.index === null ? dim : substitute(dim, home.index);
      return spellSize(planner.session, substitute(proved(planner, summary, moved), swap(plan)), scope)?.text ?? null;
    };
    const [init, next] = [own(size.init), own(size.next)];
    const place = summary.places.get(home.loop) ?? summary.places.get(size.loop);
    if (init === null || next === null || place === undefined) return [];
    return [{ name: names.get(id) ?? '', init, next, loop: place.span }];
  });
  return { names, threads: readersFirst(threads) };
}

/**
 * The updates of a turn read what the turn began with: a thread that reads another comes before it. Threads that read
 * one another have no such order, and are left out: their sizes are refused.
 */
function readersFirst(threads: readonly SizeThread[]): readonly SizeThread[] {
  const ordered: SizeThread[] = [];
  const left = [...threads];
  while (left.length > 0) {
    const free = left.findIndex((each) =>
      left.every((other) => other === each || other.loop.start !== each.loop.start || !reads(other.next, each.name)),
    );
    if (free < 0) return ordered;
    ordered.push(...left.splice(free, 1));
  }
  return ordered;
}

function reads(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(text);
}

interface Used {
  readonly size: LoopSize;
  readonly summary: Summary;
  /** The loop that will carry it in the constructor. */
  readonly home: { readonly loop: string; readonly index: ((atom: Atom) => Dim | undefined) | null };
}

export function swap(plan: ClassPlan): (atom: Atom) => Dim | undefined {
  return (atom) => plan.swaps.get(atomKey(atom));
}

function usedLoops(planner: Planner, plan: ClassPlan): ReadonlyMap<string, Used> {
  const used = new Map<string, Used>();
  const visit = (dim: Dim, decided: Decided): void => {
    for (const atom of atomsOf(dim)) {
      if (atom.kind !== 'loop' || used.has(atom.id)) continue;
      const size = decided.summary.loops.get(atom.id);
      if (size === undefined) continue;
      used.set(atom.id, { size, summary: decided.summary, home: homeOf(decided, size) });
      visit(proved(planner, decided.summary, size.init), decided);
      visit(proved(planner, decided.summary, size.next), decided);
    }
  };
  for (const decided of plan.sizes) visit(decided.dim, decided);
  return used;
}

function homeOf(decided: Decided, size: LoopSize): Used['home'] {
  const { entry, summary } = decided;
  const own = entry.loop;
  if (own === null || own === size.loop || summary.places.get(size.loop)?.covers !== own)
    return { loop: size.loop, index: null };
  return {
    loop: own,
    index: (atom) =>
      atom.kind === 'index' && atom.loop === size.loop ? ofAtom({ kind: 'index', loop: own }) : undefined,
  };
}

/** An inner loop that starts from an outer loop's size carries the same variable. */
function sharedWith(
  id: string,
  size: LoopSize,
  at: { readonly summary: Summary; readonly names: ReadonlyMap<string, string> },
): string | null {
  const start = soleAtom(size.init);
  const outer = start?.kind === 'loop' && start.phase === 'in' ? at.summary.loops.get(start.id) : undefined;
  const end = outer === undefined ? null : soleAtom(outer.next);
  if (start?.kind === 'loop' && end?.kind === 'loop' && end.phase === 'after' && end.id === id)
    return at.names.get(start.id) ?? null;
  return null;
}

function loopOf(summary: Summary, id: string): string | null {
  return summary.loops.get(id)?.loop ?? null;
}

/** Whether a loop is, or stands around, another in the text of the same method. */
function isAround(summary: Summary, outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const [a, b] = [summary.places.get(outer), summary.places.get(inner)];
  return (
    a !== undefined && b !== undefined && a.path === b.path && a.span.start <= b.span.start && b.span.end <= a.span.end
  );
}
