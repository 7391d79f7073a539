/** Names outside the method being run: imports, declarations, and the values of roots. */
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import { linenModule } from '../../runtime/catalogue/modules.js';
import type { DeclarationPlace, Keys } from '../ir/declarations.js';
import type { Entity } from '../ir/project.js';
import { bindingOf, classOf, declarationOf, resolveBinding } from '../ir/resolve.js';
import type { BindingId, Parameter, TypeNode } from '../ir/syntax.js';
import type { PlaceAtom } from './atom.js';
import { empty, frameAt } from './frame.js';
import type { Session, Value } from './machine.js';
import { shapeOfName } from './shape.js';
import { absent, number, tensor, unknown } from './value.js';

/** The value of a name that no frame holds. */
export function outerValue(session: Session, binding: BindingId): Value {
  const known = session.outer.get(binding);
  if (known !== undefined) return known;
  session.outer.set(binding, unknown('L2N318', 'a value is defined through itself'));
  const { run } = session;
  try {
    // What stands outside methods belongs to none: a module made there has no owner.
    session.run = { ...run, summary: empty('', { class: null, method: '' }, absent), loops: [], turn: '' };
    const value = entityValue(session, resolveBinding(session.model, binding));
    session.outer.set(binding, value);
    return value;
  } catch (error) {
    session.outer.delete(binding);
    throw error;
  } finally {
    run.store = session.run.store;
    session.run = run;
  }
}

export function entityValue(session: Session, entity: Entity): Value {
  switch (entity.entity) {
    case 'external':
      return externalValue(entity.module, entity.name === '*' ? '' : entity.name);
    case 'class': {
      const found = entity.module === null ? null : classOf(session.model, entity.module);
      if (found !== null) return { kind: 'class', class: found, lifts: [] };
      return { kind: 'plainClass', path: entity.path, node: entity.node };
    }
    case 'function':
      return { kind: 'function', node: entity.node, frame: frameAt(entity.path) };
    case 'namespace':
      return { kind: 'namespace', path: entity.path };
    case 'value':
      return declaredValue(session, entity.binding);
    case 'global':
      return { kind: 'external', module: 'global', name: entity.name };
    case 'type':
      return unknown('L2N310', 'a type is used as a value');
  }
}

/** A library's name; a layer of the catalogue becomes its record. */
export function externalValue(module: string, name: string): Value {
  const layer = module === linenModule ? layerByLinenName(name) : undefined;
  return layer === undefined ? { kind: 'external', module, name } : { kind: 'layerClass', layer, lifts: [] };
}

/** A tensor known by its name: `x.shape[2]` can be written wherever the name can. */
export function tensorPlace(session: Session, binding: BindingId, rank: number | null): Value {
  const name = bindingOf(session.model, binding)?.name ?? '';
  const key = `place:${binding}`;
  const known = rank ?? session.ranks.get(key) ?? null;
  if (known !== null) session.placeRanks.set(binding, known);
  const atom = (axis: number): PlaceAtom => ({ kind: 'place', binding, name, steps: [], axis });
  return tensor(shapeOfName(atom, known, key));
}

/** `tf.Tensor`, `tf.Tensor3D`, …; null for a type that is no tensor. */
export function tensorType(type: TypeNode | null): { readonly rank: number | null } | null {
  if (type === null) return null;
  if (type.form.form === 'union') {
    const members = type.form.members.map(tensorType).filter((each) => each !== null);
    return members[0] ?? null;
  }
  const match =
    type.form.form === 'reference' ? /(?:^|\.)(?:Tensor(\d)D|Tensor|Scalar|Variable)$/.exec(type.form.name) : null;
  if (match === null) return null;
  if (type.form.form === 'reference' && type.form.name.endsWith('Scalar')) return { rank: 0 };
  return { rank: match[1] === undefined ? rankArgument(type) : Number(match[1]) };
}

function declaredValue(session: Session, binding: BindingId): Value {
  const place = declarationOf(session.model, binding);
  const declared = bindingOf(session.model, binding);
  if (place === null || declared === null) return unknown('L2N310', 'a name is not declared in this project');
  if (place.declares === 'parameter') return parameterValue(session, binding, place);
  if (place.declares !== 'variable') return unknown('L2N310', `${declared.name} is not a constant`);
  if (declared.writes.length > 0) return unknown('L2N310', `${declared.name} is assigned more than once`);
  const { init, type } = { init: place.declarator.init, type: place.declarator.type };
  if (place.keys === null || init === null) return unknown('L2N310', `the value of ${declared.name} is not known`);
  const value = followKeys(session, session.interpreter.evaluate(session, frameAt(declared.path), init), place.keys);
  const asTensor = place.keys.length === 0 ? tensorType(type) : null;
  return value.kind === 'unknown' && asTensor !== null ? tensorPlace(session, binding, asTensor.rank) : value;
}

function followKeys(session: Session, value: Value, keys: Keys): Value {
  return keys.reduce<Value>(
    (each, key) =>
      typeof key === 'number'
        ? session.interpreter.indexOf(session, each, number(key))
        : session.interpreter.memberOf(session, each, key),
    value,
  );
}

/** A parameter of the function that holds a root: a tensor by its type, else a name. */
function parameterValue(
  session: Session,
  binding: BindingId,
  place: Extract<DeclarationPlace, { readonly declares: 'parameter' }>,
): Value {
  const name = bindingOf(session.model, binding)?.name ?? '';
  const whole = place.keys !== null && place.keys.length === 0;
  const asTensor = whole ? tensorType(place.parameter.type) : null;
  if (asTensor !== null) return tensorPlace(session, binding, asTensor.rank);
  if (whole && isFunctionType(place.parameter)) return unknown('L2N321', `${name} is a function that callers pass`);
  return { kind: 'name', atom: { kind: 'place', binding, name, steps: [], axis: null } };
}

function isFunctionType(parameter: Parameter): boolean {
  return parameter.type?.form.form === 'function';
}

/** `tf.Tensor<tf.Rank.R3>` */
function rankArgument(type: TypeNode): number | null {
  const argument = type.form.form === 'reference' ? type.form.args[0] : undefined;
  const match = /Rank\.R(\d)$/.exec(argument?.text ?? '');
  return match?.[1] === undefined ? null : Number(match[1]);
}
