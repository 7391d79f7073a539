/** An instance as its own methods see it: constructor values are names, modules handed in are themselves. */
import type { ModuleClass } from '../ir/project.js';
import type { ClassField, ClassMethod, Parameter, Pattern } from '../ir/syntax.js';
import { bindName, orDefault, setAttribute } from './bind.js';
import { frameAt } from './frame.js';
import type { Frame, SelfValue, Session, Value } from './machine.js';
import { baseOf } from './member.js';
import { runStatements } from './method.js';
import { absent, holdsModule, isAbsent } from './value.js';

/** A fresh `this`; `args` are the constructor arguments of the site, null when no site is known. */
export function newInstance(session: Session, from: ModuleClass, args: readonly Value[] | null): SelfValue {
  const self: SelfValue = { kind: 'self', class: from, attributes: new Map() };
  const values = constructorOf(session, from)?.node.params.map((param, index) =>
    constructorValue(session, from, { param, index, args }),
  );
  initialise(session, self, { class: from, values: values ?? [] });
  return self;
}

/** `super(…)`: the base takes its arguments, then the class's own fields are set. */
export function enterBase(session: Session, frame: Frame, args: readonly Value[]): void {
  const { self, home } = frame;
  if (self === null || home === null) return;
  const base = baseOf(session, home);
  if (base !== null) initialise(session, self, { class: base, values: args });
  setFields(session, self, home);
}

/** Constructor arguments a summary depends on beyond their numbers; null for the others. */
export function specialArguments(
  session: Session,
  from: ModuleClass,
  args: readonly Value[] | null,
): readonly (Value | null)[] | null {
  if (args === null) return null;
  const params = constructorOf(session, from)?.node.params ?? [];
  return params.map((_, index) => {
    const given = args[index] ?? absent;
    return isAbsent(given) || holdsModule(given) ? given : null;
  });
}

/** The constructor that a class's arguments go to: its own or an inherited one. */
export function constructorOf(
  session: Session,
  start: ModuleClass,
): { readonly node: ClassMethod; readonly class: ModuleClass } | null {
  for (let each: ModuleClass | null = start; each !== null; each = baseOf(session, each)) {
    if (each.constructorMethod !== null) return { node: each.constructorMethod, class: each };
  }
  return null;
}

/**
 * What a summary sees of a constructor argument: modules, classes and functions as they are, what is left out or null
 * as that, everything else by name.
 */
function constructorValue(
  session: Session,
  from: ModuleClass,
  at: { readonly param: Parameter; readonly index: number; readonly args: readonly Value[] | null },
): Value {
  const { param, index, args } = at;
  const name: Value = { kind: 'name', atom: { kind: 'field', owner: from.id, parameter: index, steps: [] } };
  const given = args?.[index];
  if (given === undefined || (given.kind === 'literal' && given.value === undefined)) {
    if (param.initial !== null) {
      const initial = session.interpreter.evaluate(session, frameAt(from.path), param.initial);
      // Without a site, what may be left out may be there as well.
      return holdsModule(initial) || (isAbsent(initial) && args !== null) ? initial : name;
    }
    return args !== null && (param.optional || given !== undefined) ? absent : name;
  }
  if (isAbsent(given)) return given;
  return holdsModule(given) ? partly(given, name) : name;
}

/** A record keeps its modules and gives its other values by name. */
function partly(given: Value, name: Value): Value {
  if (given.kind !== 'record' || name.kind !== 'name' || name.atom.kind !== 'field') return given;
  const { atom } = name;
  const properties = [...given.properties].map(([key, value]) => {
    const inner: Value = { kind: 'name', atom: { ...atom, steps: [...atom.steps, key] } };
    return [key, holdsModule(value) || isAbsent(value) ? value : inner] as const;
  });
  return { ...given, properties: new Map(properties) };
}

function initialise(
  session: Session,
  self: SelfValue,
  at: { readonly class: ModuleClass; readonly values: readonly Value[] },
): void {
  const own = at.class.constructorMethod;
  if (own === null) {
    const base = baseOf(session, at.class);
    if (base !== null) initialise(session, self, { class: base, values: at.values });
    return setFields(session, self, at.class);
  }
  const frame = frameAt(at.class.path, self, at.class);
  own.params.forEach((param, index) => {
    const given = at.values[index] ?? absent;
    const value = given.kind === 'name' ? given : orDefault(session, frame, { value: given, initial: param.initial });
    bindName(session, frame, { pattern: withoutDefaults(param.pattern, value), value, declares: true });
    if (param.property !== null && param.pattern.kind === 'IdentifierPattern') {
      setAttribute(session, self.attributes, { name: param.pattern.name, value });
    }
  });
  runStatements(session, frame, own.body?.body ?? []);
}

/** The constructor itself puts the defaults of what is known by name. */
function withoutDefaults(pattern: Pattern, value: Value): Pattern {
  if (pattern.kind !== 'ObjectPattern') return pattern;
  const properties = pattern.properties.map((each) => {
    const inner = value.kind === 'record' ? value.properties.get(each.key.name ?? '') : value;
    const keep = each.value.kind !== 'DefaultPattern' || inner?.kind !== 'name';
    return keep ? each : { ...each, value: each.value.target };
  });
  return { ...pattern, properties };
}

function setFields(session: Session, self: SelfValue, owner: ModuleClass): void {
  const fields = owner.node.members.filter((each): each is ClassField => each.kind === 'Field' && !each.static);
  for (const { name, value } of fields) {
    if (name === null || value === null || owner.methods.some((method) => method.name === name)) continue;
    const made = session.interpreter.evaluate(session, frameAt(owner.path, self, owner), value);
    setAttribute(session, self.attributes, { name, value: made });
  }
}
