/** The shape of what goes around a loop: a value whose every size is asked for separately. */
import type { Dim } from './atom.js';
import type { Value } from './machine.js';
import type { Shape } from './shape.js';
import { known, open } from './shape.js';
import { dimOf, identical, isAbsent, join, number, sameSite, shapeOf, tensor, unknown } from './value.js';

/** One size inside a carried value. */
export interface Leaf {
  readonly id: string;
  readonly cell: number;
  /** Null for a number. */
  readonly axis: number | null;
  /** The size in a value of that cell; null where there is none. */
  readonly read: (value: Value | undefined) => Dim | null;
}
export interface Part {
  readonly cell: number;
  readonly id: string;
  /** From the cell's value to this part of it. */
  readonly read: (value: Value | undefined) => Value | undefined;
  readonly leaf: (leaf: Leaf) => Dim;
}

/** The least value that covers what stands before the loop and what a turn leaves. */
export function carry(before: Value, after: Value, part: Part): Value {
  if (dimOf(before) !== null && dimOf(after) !== null) return carryNumber(part);
  if (isAbsent(before) && after.kind === 'tensor') return carryTensor(after.shape, after.shape, part);
  if (before.kind === 'tensor' && after.kind === 'tensor') return carryTensor(before.shape, after.shape, part);
  if (before.kind === 'array' && after.kind === 'array') return carryArrays(before, after, part);
  if (before.kind === 'array' && after.kind === 'list') return growing(before);
  if (before.kind === 'list' && after.kind === 'list') return before;
  if (before.kind === 'record' && after.kind === 'record') return carryRecords(before, after, part);
  if (
    (before.kind === 'module' || before.kind === 'layer') &&
    after.kind === before.kind &&
    sameSite(before.site, after.site)
  ) {
    return join(before, after, null);
  }
  if (identical(before, after)) return before;
  const primitives = ['literal', 'flag', 'name', 'number'];
  if (primitives.includes(before.kind) && primitives.includes(after.kind)) return { kind: 'flag', test: null };
  if (after.kind === 'unknown') return after;
  return unknown('L2N314', 'a loop changes the kind of a value');
}

/** The item of a list while its loop runs: nothing pushed yet. */
export const noItem: Value = unknown('L2N314', 'a list is read in the loop that fills it');

/** What a list holds behind the loop that pushed to it; null for any other value. */
export function filled(before: Value, end: Value, loop: string): Value | null {
  if (end.kind !== 'list' || (before.kind !== 'array' && before.kind !== 'list')) return null;
  const own = before.kind === 'array' ? before.items : before.item === noItem ? [] : [before.item];
  // One push in every turn: the item is that of the turn with the same number.
  if (end.loop === 'pushed' && own.length === 0) return { ...end, loop };
  return { ...end, loop: null, item: own.reduce((a, b) => (a === noItem ? b : join(a, b, null)), end.item) };
}

/** A list after one more `push`. */
export function pushed(list: Value & { kind: 'list' }, items: readonly Value[]): Value {
  const once = list.loop === 'fresh' && items.length === 1;
  const item = items.reduce((a, b) => (a === noItem ? b : join(a, b, null)), list.item);
  return { ...list, item, loop: once ? 'pushed' : 'mixed' };
}

function growing(before: Value & { kind: 'array' }): Value {
  return { kind: 'list', id: before.id, item: noItem, loop: before.items.length === 0 ? 'fresh' : 'mixed' };
}

function carryNumber(part: Part): Value {
  return number(part.leaf({ id: part.id, cell: part.cell, axis: null, read: (value) => dimOf(part.read(value)) }));
}

function carryTensor(before: Shape, after: Shape, part: Part): Value {
  const leaf = (axis: number): Dim =>
    part.leaf({
      id: `${part.id}@${axis}`,
      cell: part.cell,
      axis,
      read: (value) => shapeOf(part.read(value))?.axis(axis) ?? null,
    });
  const rank = before.dims?.length ?? null;
  if (rank !== null && after.dims !== null && rank !== after.dims.length) {
    return unknown('L2N314', 'a loop changes the rank of a tensor');
  }
  if (rank !== null) return tensor(known(Array.from({ length: rank }, (_, axis) => leaf(axis - rank))));
  return tensor(open(leaf, before.rankOf));
}

function carryArrays(before: Value & { kind: 'array' }, after: Value & { kind: 'array' }, part: Part): Value {
  if (before.items.length !== after.items.length) {
    return growing(before);
  }
  const items = before.items.map((item, index) =>
    carry(item, after.items[index] ?? item, {
      ...part,
      id: `${part.id}.${index}`,
      read: (value) => {
        const whole = part.read(value);
        return whole?.kind === 'array' ? whole.items[index] : undefined;
      },
    }),
  );
  return { ...before, items };
}

function carryRecords(before: Value & { kind: 'record' }, after: Value & { kind: 'record' }, part: Part): Value {
  const properties = [...before.properties].map(([key, value]) => {
    const inner: Part = {
      ...part,
      id: `${part.id}.${key}`,
      read: (each) => {
        const whole = part.read(each);
        return whole?.kind === 'record' ? whole.properties.get(key) : undefined;
      },
    };
    return [key, carry(value, after.properties.get(key) ?? value, inner)] as const;
  });
  return { ...before, properties: new Map(properties) };
}
