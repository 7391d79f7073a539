/** Members and items of values. */
import type { ClassMethod } from '../ir/syntax.js';
import type { ModuleClass } from '../ir/project.js';
import { classOf, resolveExport } from '../ir/resolve.js';
import type { Dim, NameAtom, Step } from './atom.js';
import { atomKey, stepsKey } from './atom.js';
import { constant, constantOf, ofAtom, opaque, substitute, subtract } from './dim.js';
import { frameAt, newId, replaceEverywhere } from './frame.js';
import type { Frame, SelfValue, Session, Value } from './machine.js';
import { entityValue, externalValue } from './outer.js';
import { absent, dimOf, isUneven, join, mapValue, number, unknown } from './value.js';

export function memberOf(session: Session, value: Value, name: string): Value {
  switch (value.kind) {
    case 'external':
      return externalValue(value.module, value.name === '' ? name : `${value.name}.${name}`);
    case 'namespace': {
      const entity = resolveExport(session.model, value.path, name);
      return entity === null ? unknown('L2N310', `${value.path} exports no ${name}`) : entityValue(session, entity);
    }
    case 'self':
      return selfMember(session, value, name);
    case 'record':
      return isUneven(value) ? unevenMember(session, value) : (value.properties.get(name) ?? absent);
    case 'name':
      return nameMember(value.atom, name) ?? method(value, name);
    case 'tensor':
      return tensorMember(session, value, name);
    case 'sizes':
      return name === 'length' ? number(rankOfShape) : method(value, name);
    case 'array':
      return name === 'length' ? number(value.items.length) : method(value, name);
    case 'unknown':
      return value;
    default:
      return method(value, name);
  }
}

/** `array[i]`, `shape[i]`, `config['width']`. */
export function indexOf(session: Session, value: Value, index: Value): Value {
  if (index.kind === 'literal' && typeof index.value === 'string') return memberOf(session, value, index.value);
  const dim = dimOf(index);
  const at = dim === null ? null : constantOf(dim);
  if (value.kind === 'sizes') return sizeAt(value.shape, dim);
  if (value.kind === 'array') {
    if (at !== null) return at < 0 ? absent : (value.items[at] ?? absent);
    return itemOf(session, value, null);
  }
  if (isUneven(value) && at !== null) return value.properties.get(String(at)) ?? absent;
  if (value.kind === 'list') return dim === null ? unknown('L2N310', 'an index is not known') : listItem(value, dim);
  if (value.kind === 'name' && dim !== null) return { kind: 'name', atom: withStep(value.atom, { index: dim }) };
  return value.kind === 'unknown' ? value : unknown('L2N310', 'an item of a value that is no list is read');
}

/** `list.at(i)`: negative counts from the end. */
export function itemAt(session: Session, value: Value, index: Value | undefined): Value {
  const dim = dimOf(index);
  const at = dim === null ? null : constantOf(dim);
  if (at === null || at >= 0) return indexOf(session, value, index ?? number(0));
  if (value.kind === 'sizes') return number(value.shape.axis(at));
  if (value.kind === 'array') return value.items.at(at) ?? absent;
  if (value.kind === 'list')
    return at === -1
      ? listItem(value, constant(-1))
      : unknown('L2N314', 'an item counted from the end of a list is read');
  if (value.kind === 'name') return { kind: 'name', atom: withStep(value.atom, { index: constant(at) }) };
  return value.kind === 'unknown' ? value : unknown('L2N310', 'an item of a value that is no list is read');
}

/** What stands at turn `loop` of a list; null asks for any of them. */
export function itemOf(_session: Session, value: Value, loop: string | null): Value {
  if (value.kind === 'list') {
    if (loop === null) return forget(value);
    return listItem(value, ofAtom({ kind: 'index', loop }));
  }
  if (value.kind === 'name' && loop !== null) {
    return { kind: 'name', atom: withStep(value.atom, { index: ofAtom({ kind: 'index', loop }) }) };
  }
  if (value.kind === 'array' && value.items.length > 0) return value.items.reduce((a, b) => join(a, b, null));
  return value.kind === 'unknown' ? value : unknown('L2N310', 'the items of a list are not known');
}

/** The member of the base class, as `super.call` means it. */
export function superMember(session: Session, frame: Frame, name: string): Value {
  const base = frame.home === null ? null : baseOf(session, frame.home);
  const found = base === null ? null : methodOf(session, base, name);
  if (found === null || frame.self === null) return unknown('L2N310', `super.${name} is not known`);
  return methodValue(found, frame.self);
}

/** Its length, or a method that may change it: from here on it is not known. */
function unevenMember(session: Session, value: Value & { kind: 'record' }): Value {
  const reason = unknown('L2N313', 'the branches give lists of different lengths');
  replaceEverywhere(session, value.id, reason);
  return reason;
}

export interface FoundMethod {
  readonly method: ModuleClass['methods'][number];
  /** The class whose text holds it. */
  readonly class: ModuleClass;
}

/** A method, looked up along the bases. */
export function methodOf(session: Session, start: ModuleClass, name: string): FoundMethod | null {
  for (let each: ModuleClass | null = start; each !== null; each = baseOf(session, each)) {
    const method = each.methods.find((candidate) => candidate.name === name);
    if (method !== undefined) return { method, class: each };
    if (name === 'setup' && each.setup !== null) {
      return { class: each, method: { name, node: each.setup, compact: null, nowrap: false, lifts: [] } };
    }
  }
  return null;
}

export function baseOf(session: Session, each: ModuleClass): ModuleClass | null {
  return each.base.base === 'class' ? classOf(session.model, each.base.id) : null;
}

export function methodValue(found: FoundMethod, self: SelfValue): Value {
  return { kind: 'function', node: found.method.node, frame: frameAt(found.class.path, self, found.class) };
}

export function withStep(atom: NameAtom, step: Step): NameAtom {
  return atom.kind === 'field' || atom.kind === 'place' ? { ...atom, steps: [...atom.steps, step] } : atom;
}

/** The key under which a loop's item may have a name of its own. */
export function spellingKey(atom: NameAtom): string {
  if (atom.kind === 'field') return `${atom.owner}#${atom.parameter}${stepsKey(atom.steps)}`;
  return atom.kind === 'place' ? `${atom.binding}${stepsKey(atom.steps)}` : atomKey(atom);
}

function selfMember(session: Session, self: SelfValue, name: string): Value {
  const cell = self.attributes.get(name);
  const held = cell === undefined ? undefined : session.run.store.get(cell);
  if (held !== undefined) return held;
  const getter = getterOf(session, self.class, name);
  if (getter !== null) {
    const frame = frameAt(getter.class.path, self, getter.class);
    return session.interpreter.invoke(session, { kind: 'function', node: getter.node, frame }, { args: [], at: null });
  }
  const found = methodOf(session, self.class, name);
  return found === null ? method(self, name) : methodValue(found, self);
}

function getterOf(
  session: Session,
  start: ModuleClass,
  name: string,
): { readonly node: ClassMethod; readonly class: ModuleClass } | null {
  for (let each: ModuleClass | null = start; each !== null; each = baseOf(session, each)) {
    for (const member of each.node.members) {
      if (member.kind === 'Method' && member.role === 'get' && member.name === name)
        return { node: member, class: each };
    }
  }
  return null;
}

function nameMember(atom: NameAtom, name: string): Value | null {
  if (listMembers.includes(name) || atom.kind === 'input' || atom.kind === 'index') return null;
  return { kind: 'name', atom: withStep(atom, name) };
}

/** Methods of arrays; everything else on a name is a property. */
const listMembers: readonly string[] = [
  'at',
  'map',
  'flatMap',
  'forEach',
  'entries',
  'keys',
  'values',
  'slice',
  'reduce',
  'filter',
  'includes',
  'concat',
  'reverse',
  'toReversed',
];

function tensorMember(session: Session, value: Value & { kind: 'tensor' }, name: string): Value {
  const { shape } = value;
  if (name === 'shape') {
    if (shape.dims === null) return { kind: 'sizes', shape };
    return { kind: 'array', id: newId(session), items: shape.dims.map(number) };
  }
  if (name === 'rank') return shape.dims === null ? { kind: 'flag', test: null } : number(shape.dims.length);
  return method(value, name);
}

/** `x.shape.length` of a tensor of unknown rank: good for counting axes from the end. */
const rankOfShape = ofAtom({ kind: 'index', loop: 'rank' });

function method(of: Value, name: string): Value {
  return { kind: 'member', name, of };
}

function sizeAt(shape: { readonly axis: (index: number) => Dim }, index: Dim | null): Value {
  const at = index === null ? null : constantOf(index);
  if (at !== null && at >= 0) return number(shape.axis(at));
  const fromEnd = index === null ? null : constantOf(subtract(index, rankOfShape));
  if (fromEnd !== null && fromEnd < 0) return number(shape.axis(fromEnd));
  return unknown('L2N311', 'an axis of a tensor whose rank is unknown is computed');
}

function listItem(list: Value & { kind: 'list' }, index: Dim): Value {
  const { loop } = list;
  if (loop === null) return list.item;
  return mapValue(list.item, {
    dim: (dim) => substitute(dim, (atom) => (atom.kind === 'index' && atom.loop === loop ? index : undefined)),
  });
}

/** Any item of a list: a size that differs between turns is not known. */
function forget(list: Value & { kind: 'list' }): Value {
  return listItem(list, opaque({ code: 'L2N314', why: 'the item of a list is not known', path: null, span: null }));
}
