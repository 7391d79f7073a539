/** What an expression of a Linen program may be while its sizes are worked out. Values never change; cells do. */
import type { Atom, Dim, Image, Literal, NameAtom, Operand, Test } from './atom.js';
import { atomKey, testKey } from './atom.js';
import { choose, constant, constantOf, equal, ofAtom, opaque, soleAtom, substitute, substituteTest } from './dim.js';
import type { Site, Value } from './machine.js';
import type { Shape } from './shape.js';
import { known, mapShape, open } from './shape.js';

export const absent: Value = { kind: 'literal', value: undefined };

export function number(dim: Dim | number): Value {
  return { kind: 'number', dim: typeof dim === 'number' ? constant(dim) : dim };
}

export function tensor(shape: Shape | readonly Dim[]): Value {
  return { kind: 'tensor', shape: 'axis' in shape ? shape : known(shape) };
}

export function literal(value: Literal): Value {
  return { kind: 'literal', value };
}

export function unknown(code: string, why: string): Value & { kind: 'unknown' } {
  return { kind: 'unknown', reason: { code, why, path: null, span: null } };
}

/** A number or a name as a size; null for anything else. */
export function dimOf(value: Value | undefined): Dim | null {
  if (value?.kind === 'number') return value.dim;
  return value?.kind === 'name' ? ofAtom(value.atom) : null;
}

export function integerOf(value: Value | undefined): number | null {
  const dim = dimOf(value);
  return dim === null ? null : constantOf(dim);
}

/** A tensor's shape; a number counts as a scalar. */
export function shapeOf(value: Value | undefined): Shape | null {
  if (value?.kind === 'tensor') return value.shape;
  return value?.kind === 'number' || value?.kind === 'name' ? known([]) : null;
}

export function option(value: Value | undefined, key: string): Value | undefined {
  return value?.kind === 'record' ? value.properties.get(key) : undefined;
}

export function isAbsent(value: Value): boolean {
  return value.kind === 'literal' && (value.value === null || value.value === undefined);
}

export function operandOf(value: Value): Operand | null {
  if (value.kind === 'literal') return { literal: value.value };
  const dim = dimOf(value);
  return dim === null ? null : { dim };
}

/** Whether a value is, or holds, something a summary must tell apart: a module, a class, a function. */
export function holdsModule(value: Value): boolean {
  switch (value.kind) {
    case 'module':
    case 'layer':
    case 'class':
    case 'layerClass':
    case 'function':
    case 'external':
    case 'member':
    case 'either':
      return true;
    case 'array':
      return value.items.some(holdsModule);
    case 'list':
      return holdsModule(value.item);
    case 'record':
      return [...value.properties.values()].some(holdsModule);
    default:
      return false;
  }
}

/** What `mapValue` does to each part. */
export interface ValueMap {
  readonly dim: (dim: Dim) => Dim;
  /** A name, where it becomes something else than a size. */
  readonly name?: (atom: NameAtom) => Value | undefined;
  readonly test?: (test: Test) => Test | boolean;
}

/** Applies a map to every size, name and condition inside a value. */
export function mapValue(value: Value, map: ValueMap): Value {
  const inner = (each: Value): Value => mapValue(each, map);
  switch (value.kind) {
    case 'number':
      return number(map.dim(value.dim));
    case 'name':
      return map.name?.(value.atom) ?? renamed(value, map.dim(ofAtom(value.atom)));
    case 'tensor':
    case 'sizes':
    case 'leading':
      return { ...value, shape: mapShape(value.shape, map.dim) };
    case 'array':
      return { ...value, items: value.items.map(inner) };
    case 'list':
      return { ...value, item: inner(value.item) };
    case 'record':
      return { ...value, properties: new Map([...value.properties].map(([key, each]) => [key, inner(each)])) };
    case 'module':
    case 'layer':
      return { ...value, args: value.args.map(inner) };
    case 'either':
      return eitherOf(inner(value.a), inner(value.b), value.test === null ? null : testMapped(value.test, map));
    case 'flag':
      return value.test === null ? value : flag(testMapped(value.test, map));
    default:
      return value;
  }
}

/** Replaces atoms in a value; names may become literals. */
export function substituteValue(value: Value, image: (atom: Atom) => Image | undefined): Value {
  return mapValue(value, {
    dim: (dim) => substitute(dim, image),
    name: (atom) => {
      const direct = image(atom);
      return direct !== undefined && 'literal' in direct ? literal(direct.literal) : undefined;
    },
    test: (test) => substituteTest(test, image),
  });
}

export function numberOrName(dim: Dim): Value {
  const atom = soleAtom(dim);
  if (atom === null) return number(dim);
  return atom.kind === 'field' || atom.kind === 'input' || atom.kind === 'place' || atom.kind === 'index'
    ? { kind: 'name', atom }
    : number(dim);
}

/** Least upper bound of two branches; `test` is the condition when the constructor can make it too. */
export function join(a: Value, b: Value, test: Test | null): Value {
  if (a === b) return a;
  const [x, y] = [dimOf(a), dimOf(b)];
  if (x !== null && y !== null) return numberOrName(joinDims(x, y, test));
  if (isAbsent(a) && !isAbsent(b)) return b;
  if (isAbsent(b) && !isAbsent(a)) return a;
  if (a.kind === 'tensor' && b.kind === 'tensor') return tensor(joinShapes(a.shape, b.shape, test));
  const items = joinNamedList(a, b, test) ?? joinNamedList(b, a, test === null ? null : { test: 'not', of: test });
  return items ?? joinStructures(a, b, test) ?? disagreement(a, b, test);
}

/** `options.size ?? [16, 16]`: a list known by name has as many items as the one it may be replaced by. */
function joinNamedList(a: Value, b: Value, test: Test | null): Value | null {
  if (a.kind !== 'name' || b.kind !== 'array' || b.items.length === 0 || test === null) return null;
  const { atom } = a;
  if (atom.kind !== 'field' && atom.kind !== 'place') return null;
  const items = b.items.map((item, index): Value => {
    const own: Value = { kind: 'name', atom: { ...atom, steps: [...atom.steps, { index: constant(index) }] } };
    return join(own, item, test);
  });
  return { ...b, items };
}

export function joinDims(a: Dim, b: Dim, test: Test | null): Dim {
  if (equal(a, b)) return a;
  if (test !== null) return choose(test, a, b);
  return opaque({ code: 'L2N313', why: 'the branches give different sizes', path: null, span: null });
}

function joinShapes(a: Shape, b: Shape, test: Test | null): Shape {
  if (a.dims !== null && b.dims !== null && a.dims.length === b.dims.length) {
    return known(a.dims.map((dim, axis) => joinDims(dim, b.axis(axis), test)));
  }
  return open((axis) => joinDims(a.axis(axis), b.axis(axis), test));
}

function joinStructures(a: Value, b: Value, test: Test | null): Value | null {
  const both = (x: Value, y: Value | undefined): Value => (y === undefined ? x : join(x, y, test));
  if (a.kind === 'array' && b.kind === 'array' && a.items.length === b.items.length) {
    return { kind: 'array', id: a.id, items: a.items.map((item, index) => both(item, b.items[index])) };
  }
  const [x, y] = [unevenOf(a, b), unevenOf(b, a)];
  if (x !== null && y !== null && (x !== a || y !== b)) return joinStructures(x, y, test);
  if (a.kind === 'record' && b.kind === 'record') {
    const keys = [...new Set([...a.properties.keys(), ...b.properties.keys()])];
    const properties = keys.map((key) => {
      const [x, y] = [a.properties.get(key), b.properties.get(key)];
      return [key, x === undefined ? (y ?? absent) : both(x, y)] as const;
    });
    return { kind: 'record', id: a.id, properties: new Map(properties) };
  }
  if (a.kind === 'list' && b.kind === 'list') {
    return { ...a, loop: a.loop === b.loop ? a.loop : 'mixed', item: join(a.item, b.item, test) };
  }
  if ((a.kind === 'module' || a.kind === 'layer') && a.kind === b.kind && sameSite(a.site, b.site)) {
    return { ...a, args: a.args.map((arg, index) => both(arg, b.args[index])) };
  }
  return identical(a, b) ? a : null;
}

/**
 * `flag ? [y, weights] : [y]`: items by position, those that one branch lacks as they are in the other. It is a record, so
 * that nothing takes it for a list of a known length.
 */
function unevenOf(value: Value, beside: Value): Value | null {
  if (isUneven(value)) return value;
  const isOther = isUneven(beside) || (beside.kind === 'array' && value.kind === 'array');
  if (value.kind !== 'array' || !isOther || (beside.kind === 'array' && beside.items.length === value.items.length))
    return null;
  const items = value.items.map((item, index) => [String(index), item] as const);
  return {
    kind: 'record',
    id: value.id,
    properties: new Map([...items, [unevenLength, { kind: 'flag', test: null }]]),
  };
}

/** No key that a program could write. */
const unevenLength = '[length]';

/** A list whose length differs between branches. */
export function isUneven(value: Value): value is Value & { kind: 'record' } {
  return value.kind === 'record' && value.properties.has(unevenLength);
}

export function sameSite(a: Site, b: Site): boolean {
  return a.id === b.id && a.via === b.via;
}

/** Whether two values without sizes are the same thing. */
export function identical(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'literal' && b.kind === 'literal') return a.value === b.value;
  if (a.kind === 'function' && b.kind === 'function') return a.node === b.node;
  if (a.kind === 'class' && b.kind === 'class') return a.class === b.class && a.lifts.length === b.lifts.length;
  if (a.kind === 'layerClass' && b.kind === 'layerClass') return a.layer === b.layer;
  if (a.kind === 'external' && b.kind === 'external') return a.module === b.module && a.name === b.name;
  if (a.kind === 'member' && b.kind === 'member') return a.name === b.name && identical(a.of, b.of);
  if (a.kind === 'either' && b.kind === 'either') return identical(a.a, b.a) && identical(a.b, b.b);
  if (a.kind === 'flag' && b.kind === 'flag') return sameFlag(a.test, b.test);
  if (a.kind === 'self' && b.kind === 'self') return a.attributes === b.attributes;
  return false;
}

function sameFlag(a: Test | null, b: Test | null): boolean {
  return a !== null && b !== null && testKey(a) === testKey(b);
}

function renamed(value: Value & { kind: 'name' }, dim: Dim): Value {
  const atom = soleAtom(dim);
  return atom !== null && atomKey(atom) === atomKey(value.atom) ? value : numberOrName(dim);
}

function testMapped(test: Test, map: ValueMap): Test | boolean {
  return map.test?.(test) ?? mapTest(test, map.dim);
}

function eitherOf(a: Value, b: Value, test: Test | boolean | null): Value {
  return typeof test === 'boolean' ? (test ? a : b) : { kind: 'either', test, a, b };
}

function mapTest(test: Test, f: (dim: Dim) => Dim): Test | boolean {
  return substituteTest(test, (atom) => f(ofAtom(atom)));
}

function flag(test: Test | boolean): Value {
  return typeof test === 'boolean' ? literal(test) : { kind: 'flag', test };
}

/** The place that is given a module's sizes, where the value is one module, however it is built there. */
function sizedPlace(value: Value): string | null {
  if (value.kind === 'module' || value.kind === 'layer') return `${value.site.sized}${value.site.via}`;
  if (value.kind !== 'either') return null;
  const place = sizedPlace(value.a);
  return place === sizedPlace(value.b) ? place : null;
}

const callable: readonly string[] = ['function', 'external', 'member', 'either'];

function disagreement(a: Value, b: Value, test: Test | null): Value {
  if (callable.includes(a.kind) && callable.includes(b.kind)) return { kind: 'either', test, a, b };
  if (sizedPlace(a) !== null && sizedPlace(a) === sizedPlace(b)) return { kind: 'either', test, a, b };
  if (a.kind === 'unknown') return a;
  if (b.kind === 'unknown') return b;
  const truths = ['literal', 'flag', 'name'];
  if (truths.includes(a.kind) && truths.includes(b.kind)) return { kind: 'flag', test: null };
  return unknown('L2N313', 'the branches give different kinds of value');
}
