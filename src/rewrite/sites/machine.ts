/** The state of the analysis at one point: what names hold, and what the models' variables would hold in NNX there. */
import { createHash } from 'node:crypto';
import type { BindingId } from '../../ir/syntax.js';
import { type Instance, joinValues, mapVersions, plain, shapeOf, type Value, type Version } from './value.js';

export interface Machine {
  readonly names: Map<BindingId, Value>;
  /** By cell (`cellOf`): the version that the model itself holds. */
  readonly contents: Map<string, Version>;
}

export function emptyMachine(): Machine {
  return { names: new Map(), contents: new Map() };
}

export function copyMachine(machine: Machine): Machine {
  return { names: new Map(machine.names), contents: new Map(machine.contents) };
}

export function cellOf(instance: Instance, collection: string): string {
  return `${instance.id} ${collection}`;
}

/**
 * The name of a version that comes from others: the same parts give the same name. Long ones are shortened, since a name
 * made of two names doubles at every meeting of ways.
 */
function derived(name: string): Version {
  return name.length <= 120 ? name : `# ${createHash('sha256').update(name).digest('base64')}`;
}

/** Marks whether a model has its variables: a second `init` would be a second set of them. */
export const initialised = '#initialised';

/** What a model holds that nothing has been written to yet. */
export function contentOf(machine: Machine, cell: string): Version {
  return machine.contents.get(cell) ?? `in ${cell}`;
}

/** What holds where two ways meet. Equal pairs of versions stay equal: `params` and the model's own go on together. */
export function joinMachines(a: Machine, b: Machine, label: string): Machine {
  const version = (x: Version, y: Version): Version => (x === y ? x : derived(`join ${label} (${x} | ${y})`));
  const names = new Map<BindingId, Value>();
  for (const [id, value] of a.names) {
    const other = b.names.get(id);
    names.set(id, other === undefined ? value : joinValues(value, other, version));
  }
  for (const [id, value] of b.names) if (!names.has(id)) names.set(id, value);
  const contents = new Map<string, Version>();
  for (const cell of new Set([...a.contents.keys(), ...b.contents.keys()])) {
    const only = isMadeIn(a, b, cell) ? a : isMadeIn(b, a, cell) ? b : null;
    contents.set(cell, only === null ? version(contentOf(a, cell), contentOf(b, cell)) : contentOf(only, cell));
  }
  return { names, contents };
}

/** A model that one way made and the other did not is what the one way made of it. */
function isMadeIn(machine: Machine, other: Machine, cell: string): boolean {
  const mark = `${cell.slice(0, cell.lastIndexOf(' '))} ${initialised}`;
  return machine.contents.has(mark) && !other.contents.has(mark);
}

/** Every version, by the place that holds it; places with equal versions are equal there. */
export type Slots = ReadonlyMap<string, Version>;

export function slotsOf(machine: Machine): Slots {
  const slots = new Map<string, Version>();
  for (const [cell, version] of machine.contents) slots.set(`content ${cell}`, version);
  for (const [id, value] of machine.names) {
    let index = 0;
    mapVersions(value, (version) => {
      slots.set(`name ${id} ${index++}`, version);
      return version;
    });
  }
  return slots;
}

/** The machine with the versions given for its slots. */
export function withSlots(machine: Machine, versions: Slots): Machine {
  const contents = new Map<string, Version>();
  for (const [cell, version] of machine.contents) contents.set(cell, versions.get(`content ${cell}`) ?? version);
  const names = new Map<BindingId, Value>();
  for (const [id, value] of machine.names) {
    let index = 0;
    names.set(
      id,
      mapVersions(value, (version) => versions.get(`name ${id} ${index++}`) ?? version),
    );
  }
  return { names, contents };
}

/**
 * The head of a loop: what holds before the first round and after every round. What no round changes keeps its version.
 * Places that hold the same version on entry are taken to hold the same version in each round, until a round shows
 * otherwise; then they are told apart.
 */
export function loopInvariant(entry: Machine, label: string, round: (head: Machine) => Machine | null): Machine {
  let head = entry;
  const changing = new Set<Version>();
  for (let count = 0; count < 60; count++) {
    const end = round(copyMachine(head));
    if (end === null) return head;
    const next = refine(head, end, { label, count, changing });
    if (next === null) return head;
    head = next;
  }
  return withSlots(head, new Map([...slotsOf(head)].map(([slot]) => [slot, derived(`torn ${label} ${slot}`)])));
}

interface Round {
  readonly label: string;
  readonly count: number;
  /** Versions that stand for another value in each round. */
  readonly changing: Set<Version>;
}

/** Null when the round kept what the head says. */
function refine(head: Machine, end: Machine, round: Round): Machine | null {
  const widened = widen(head, end, round);
  if (widened !== null) return widened;
  const before = slotsOf(head);
  const after = slotsOf(end);
  const ends = new Map<Version, Set<Version>>();
  for (const [slot, version] of before) {
    const seen = ends.get(version) ?? new Set<Version>();
    seen.add(after.get(slot) ?? version);
    ends.set(version, seen);
  }
  const isKept = (version: Version): boolean => {
    const seen = ends.get(version);
    return seen === undefined || (seen.size === 1 && (round.changing.has(version) || seen.has(version)));
  };
  if ([...ends.keys()].every(isKept)) return null;
  const next = new Map([...before].map(([slot, version]) => [slot, nextVersion(slot, version)]));
  return withSlots(head, next);

  function nextVersion(slot: string, version: Version): Version {
    const reached = after.get(slot) ?? version;
    if (isKept(version) || (reached === version && !round.changing.has(version))) return version;
    const together = ends.get(version)?.size === 1;
    const name = together
      ? `loop ${round.label} (${version})`
      : `split ${round.label}.${round.count} (${version} | ${reached})`;
    const symbol = derived(name);
    round.changing.add(symbol);
    return symbol;
  }
}

/** A name that holds another kind of value after the round, or a cell that was first written in it. */
function widen(head: Machine, end: Machine, { label, count }: Round): Machine | null {
  let changed = false;
  const names = new Map(head.names);
  for (const [id, value] of head.names) {
    const other = end.names.get(id);
    if (other === undefined || shapeOf(other) === shapeOf(value)) continue;
    const joined = joinValues(value, other, (x, y) => derived(`widen ${label}.${count} (${x} | ${y})`));
    if (shapeOf(joined) === shapeOf(value)) continue;
    names.set(id, joined);
    changed = true;
  }
  const contents = new Map(head.contents);
  for (const cell of end.contents.keys()) {
    if (contents.has(cell)) continue;
    contents.set(cell, contentOf(isMadeIn(end, head, cell) ? end : head, cell));
    changed = true;
  }
  // What was made in the round is there in the next one, with the names that hold it.
  if (changed) for (const [id, value] of end.names) if (!names.has(id)) names.set(id, value);
  return changed ? { names, contents } : null;
}

/** A name nothing is known of. */
export function nameIn(machine: Machine, id: BindingId): Value {
  return machine.names.get(id) ?? plain;
}
