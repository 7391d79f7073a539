/** What an expression holds: an instance of a module class, of another class, something else, or not known. */
import { linenModule } from '../../runtime/catalogue/modules.js';
import { declarationIn, type DeclarationPlace, parentOf } from '../ir/declarations.js';
import type { ClassId, ConstructSite, Entity, ProjectModel, SiteId } from '../ir/project.js';
import {
  bindingOf,
  classOf,
  classOfNode,
  entityOf,
  literalProperty,
  originalBinding,
  resolveBinding,
  sourceOf,
} from '../ir/resolve.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import type { BindingId, ClassMember, ClassNode, Expression, FunctionExpression, New, TypeNode } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';
import { thisClassOf } from './owner.js';
import { isNothing, memberType } from '../ir/type-members.js';

export type Origin =
  /** A Linen module: of a class of the project, or (null) of a layer or any class. `construct` is the `new` that made it. */
  | { readonly of: 'module'; readonly class: ClassId | null; readonly construct: SiteId | null }
  | { readonly of: 'instance'; readonly path: SourcePath; readonly node: ClassNode }
  /** A value of a written type. */
  | { readonly of: 'typed'; readonly path: SourcePath; readonly type: TypeNode }
  | { readonly of: 'literal'; readonly path: SourcePath; readonly expression: Expression }
  /** Certainly no module. */
  | { readonly of: 'other' }
  | { readonly of: 'unknown' };

export interface Tracer {
  readonly model: ProjectModel;
  readonly constructs: ReadonlyMap<New, ConstructSite>;
  readonly seen: Set<Expression | BindingId>;
}

const other: Origin = { of: 'other' };
const unknown: Origin = { of: 'unknown' };

export function startTracer(model: ProjectModel): Tracer {
  return { model, constructs: new Map(model.constructs.map((each) => [each.node, each])), seen: new Set() };
}

/** Follows constants, annotations, fields, object literals and the results of the project's functions. */
export function originOf(tracer: Tracer, path: SourcePath, expression: Expression): Origin {
  if (tracer.seen.has(expression)) return unknown;
  tracer.seen.add(expression);
  const found = trace(tracer, path, expression);
  tracer.seen.delete(expression);
  return found;
}

function trace(tracer: Tracer, path: SourcePath, node: Expression): Origin {
  switch (node.kind) {
    case 'New':
      return ofNew(tracer, path, node);
    case 'Identifier':
      return node.binding === null ? other : ofBinding(tracer, node.binding);
    case 'This': {
      const source = tracer.model.sources[path];
      const owner = source === undefined ? null : thisClassOf(source, node);
      return owner === null ? unknown : ofInstance(tracer, path, owner);
    }
    case 'TypeWrap':
      return ofWrap(tracer, path, node);
    case 'Member':
      return ofMember(tracer, path, node);
    case 'Call':
      return ofCall(tracer, path, node);
    case 'Await':
      return originOf(tracer, path, node.argument);
    case 'Conditional':
      return join([originOf(tracer, path, node.consequent), originOf(tracer, path, node.alternate)]);
    case 'Binary':
      if (!['??', '||', '&&'].includes(node.operator)) return other;
      return join([originOf(tracer, path, node.left), originOf(tracer, path, node.right)]);
    case 'Assign':
      return node.operator === '=' ? originOf(tracer, path, node.value) : unknown;
    case 'ObjectLiteral':
    case 'ArrayLiteral':
      return { of: 'literal', path, expression: node };
    case 'Index':
    case 'OpaqueExpression':
    case 'Yield':
    case 'Sequence':
    case 'Super':
      return unknown;
    default:
      return other;
  }
}

/** Agreeing origins are one; a value that is certainly no module (`null`) takes no part. */
function join(origins: readonly Origin[]): Origin {
  const [first, ...rest] = origins.filter((each) => each.of !== 'other');
  if (first === undefined) return origins.length > 0 ? other : unknown;
  if (rest.length === 0) return first;
  if (first.of !== 'module' || !rest.every((each) => each.of === 'module' && each.class === first.class))
    return unknown;
  const same = rest.every((each) => each.of === 'module' && each.construct === first.construct);
  return same ? first : { ...first, construct: null };
}

function ofNew(tracer: Tracer, path: SourcePath, node: New): Origin {
  const site = tracer.constructs.get(node);
  if (site !== undefined) {
    return { of: 'module', class: site.target.target === 'class' ? site.target.id : null, construct: site.id };
  }
  const entity = entityOf(tracer.model, path, node.callee);
  if (entity?.entity === 'class') return { of: 'instance', path: entity.path, node: entity.node };
  return entity?.entity === 'global' || entity?.entity === 'external' ? other : unknown;
}

function ofInstance(tracer: Tracer, path: SourcePath, node: ClassNode): Origin {
  const known = classOfNode(tracer.model, node);
  return known === null ? { of: 'instance', path, node } : { of: 'module', class: known.id, construct: null };
}

function ofWrap(tracer: Tracer, path: SourcePath, node: Extract<Expression, { kind: 'TypeWrap' }>): Origin {
  const inner = originOf(tracer, path, node.expression);
  if (inner.of !== 'unknown' || node.form !== 'as' || node.type === null) return inner;
  return ofType(tracer, path, node.type);
}

// --------------------------------------------------------------------------------------------------------- names

function ofBinding(tracer: Tracer, id: BindingId): Origin {
  const entity = resolveBinding(tracer.model, id);
  if (entity.entity !== 'value') return ofEntity(entity);
  const original = entity.binding === id ? (originalBinding(tracer.model, id) ?? id) : entity.binding;
  if (tracer.seen.has(original)) return unknown;
  tracer.seen.add(original);
  const source = sourceOf(tracer.model, original);
  const place = source === null ? null : declarationIn(source, original);
  const found = source === null || place === null ? unknown : ofPlace(tracer, source, { id: original, place });
  tracer.seen.delete(original);
  return found;
}

/** Namespaces, functions, types, and names of packages are no modules; a name of the Linen package might be. */
function ofEntity(entity: Entity): Origin {
  return entity.entity === 'external' && entity.module === linenModule ? unknown : other;
}

function ofPlace(
  tracer: Tracer,
  source: SourceModel,
  named: { readonly id: BindingId; readonly place: DeclarationPlace },
): Origin {
  const { place, id } = named;
  if (place.declares === 'parameter') {
    const { type, initial } = place.parameter;
    if (type !== null) return dig(tracer, ofType(tracer, source.path, type), place.keys);
    return initial === null ? unknown : dig(tracer, originOf(tracer, source.path, initial), place.keys);
  }
  if (place.declares !== 'variable') return unknown;
  const values = [place.declarator.init, ...assignedTo(source, id)];
  if (values.includes(undefined)) return unknown;
  const origins = values.filter((each) => each !== null && each !== undefined);
  const joined = join(origins.map((each) => dig(tracer, originOf(tracer, source.path, each), place.keys)));
  if (joined.of !== 'unknown' || place.declarator.type === null) return joined;
  return dig(tracer, ofType(tracer, source.path, place.declarator.type), place.keys);
}

/** The values assigned to a name after its declaration; undefined for one that is not plain. */
function assignedTo(source: SourceModel, id: BindingId): readonly (Expression | undefined)[] {
  const { writes } = source.bindings[id] ?? { writes: [] };
  if (writes.length === 0) return [];
  const starts = new Set(writes.map((each) => each.start));
  const values: (Expression | undefined)[] = [];
  walk(source.body, (node, parent) => {
    if (node.kind !== 'IdentifierPattern' || !starts.has(node.span.start) || node.binding !== id) return;
    values.push(parent?.kind === 'Assign' && parent.operator === '=' ? parent.value : undefined);
  });
  return values;
}

/** Follows the keys of a destructuring; null keys lead nowhere. */
function dig(tracer: Tracer, origin: Origin, keys: readonly (string | number)[] | null): Origin {
  if (keys === null) return unknown;
  return keys.reduce<Origin>((each, key) => memberOrigin(tracer, each, String(key)), origin);
}

// ------------------------------------------------------------------------------------------------------- members

function ofMember(tracer: Tracer, path: SourcePath, node: Extract<Expression, { kind: 'Member' }>): Origin {
  const entity = entityOf(tracer.model, path, node);
  if (entity?.entity === 'value') return ofBinding(tracer, entity.binding);
  if (entity !== null) return ofEntity(entity);
  return memberOrigin(tracer, originOf(tracer, path, node.object), node.property);
}

function memberOrigin(tracer: Tracer, origin: Origin, name: string): Origin {
  switch (origin.of) {
    case 'module': {
      const owner = origin.class === null ? null : classOf(tracer.model, origin.class);
      return owner === null ? unknown : classMember(tracer, owner.path, { node: owner.node, name });
    }
    case 'instance':
      return classMember(tracer, origin.path, { node: origin.node, name });
    case 'typed': {
      const member = memberType(tracer.model, origin.type, name);
      return member === null || member.type === null ? unknown : ofType(tracer, origin.path, member.type);
    }
    case 'literal':
      return literalMember(tracer, origin, name);
    default:
      return origin;
  }
}

function literalMember(tracer: Tracer, origin: Extract<Origin, { of: 'literal' }>, name: string): Origin {
  const { expression, path } = origin;
  if (expression.kind === 'ObjectLiteral') {
    const value = literalProperty(expression, name);
    return value === null ? unknown : originOf(tracer, path, value);
  }
  if (expression.kind !== 'ArrayLiteral' || !/^\d+$/.test(name)) return unknown;
  const before = expression.elements.slice(0, Number(name) + 1);
  const element = before.some((each) => each?.kind === 'Spread') ? null : before[Number(name)];
  return element === null || element === undefined || element.kind === 'Spread'
    ? unknown
    : originOf(tracer, path, element);
}

/** A field by its annotation, its value, or what the class assigns to it; methods are no modules. */
function classMember(tracer: Tracer, path: SourcePath, what: { node: ClassNode; name: string }): Origin {
  const { node, name } = what;
  const values: Expression[] = [];
  const types: TypeNode[] = [];
  for (const member of node.members) collectMember(member, name, { values, types });
  const assigned = tracer.model.sources[path];
  if (assigned !== undefined) values.push(...assignedToThis(node, name));
  const joined = join(values.map((each) => originOf(tracer, path, each)));
  if (joined.of === 'module' || types.length === 0) return joined;
  return types[0] === undefined ? joined : ofType(tracer, path, types[0]);
}

function collectMember(member: ClassMember, name: string, into: { values: Expression[]; types: TypeNode[] }): void {
  if (member.kind === 'Field' && member.name === name && !member.static) {
    if (member.value !== null) into.values.push(member.value);
    if (member.type !== null) into.types.push(member.type);
  }
  if (member.kind !== 'Method') return;
  if (member.role === 'get' && member.name === name && member.returnType !== null) into.types.push(member.returnType);
  if (member.role !== 'constructor') return;
  for (const { pattern, property, type, initial } of member.params) {
    if (property === null || pattern.kind !== 'IdentifierPattern' || pattern.name !== name) continue;
    if (type !== null) into.types.push(type);
    if (initial !== null) into.values.push(initial);
  }
}

function assignedToThis(node: ClassNode, name: string): readonly Expression[] {
  const found: Expression[] = [];
  walk(node.members, (each) => {
    if (each.kind !== 'Assign' || each.target.kind !== 'PlacePattern') return;
    const { place } = each.target;
    if (place.kind === 'Member' && place.object.kind === 'This' && place.property === name) found.push(each.value);
  });
  return found;
}

// --------------------------------------------------------------------------------------------------------- calls

function ofCall(tracer: Tracer, path: SourcePath, node: Extract<Expression, { kind: 'Call' }>): Origin {
  const entity = entityOf(tracer.model, path, node.callee);
  if (entity?.entity === 'function') return ofResult(tracer, entity.path, entity.node);
  if (entity?.entity === 'external') return entity.module === linenModule ? unknown : other;
  if (node.callee.kind !== 'Member') return unknown;
  const object = originOf(tracer, path, node.callee.object);
  if (object.of === 'other') return other;
  if (object.of === 'module' && ['bind', 'clone'].includes(node.callee.property)) return { ...object, construct: null };
  const owner = ownerOfMethod(tracer, object);
  const method = owner?.node.members.find((each) => each.kind === 'Method' && each.name === calledName(node));
  if (owner === null || method?.kind !== 'Method' || method.body === null) return unknown;
  return ofResult(tracer, owner.path, method as FunctionLike);
}

function calledName(node: Extract<Expression, { kind: 'Call' }>): string | null {
  return node.callee.kind === 'Member' ? node.callee.property : null;
}

function ownerOfMethod(tracer: Tracer, origin: Origin): { path: SourcePath; node: ClassNode } | null {
  if (origin.of === 'instance') return origin;
  return origin.of === 'module' && origin.class !== null ? classOf(tracer.model, origin.class) : null;
}

type FunctionLike = Pick<FunctionExpression, 'returnType' | 'body' | 'async'>;

function ofResult(tracer: Tracer, path: SourcePath, node: FunctionLike): Origin {
  const traced =
    node.body.kind === 'Block' ? join(returned(node.body).map((each) => originOf(tracer, path, each))) : null;
  const found = traced ?? originOf(tracer, path, node.body as Expression);
  if (found.of === 'module' || node.returnType === null) return found;
  return ofType(tracer, path, node.returnType);
}

function returned(body: FunctionExpression['body']): readonly Expression[] {
  const found: Expression[] = [];
  walk(body, (each) => {
    if (each.kind === 'Function' || each.kind === 'ClassDeclaration' || each.kind === 'ClassExpression') return false;
    if (each.kind === 'Return' && each.argument !== null) found.push(each.argument);
    return true;
  });
  return found;
}

// --------------------------------------------------------------------------------------------------------- types

function ofType(tracer: Tracer, path: SourcePath, type: TypeNode): Origin {
  const { form } = type;
  if (form.form === 'union') return ofUnion(tracer, path, form.members);
  if (form.form === 'object') return { of: 'typed', path, type };
  if (form.form === 'intersection') {
    const module = form.members.map((each) => ofType(tracer, path, each)).find((each) => each.of === 'module');
    return module ?? { of: 'typed', path, type };
  }
  if (form.form === 'keyword') return ['any', 'unknown', 'object', 'this'].includes(form.name) ? unknown : other;
  if (form.form === 'other') return unknown;
  if (form.form !== 'reference') return other;
  if (['Promise', 'Readonly', 'NonNullable', 'Awaited'].includes(form.name)) {
    return form.args[0] === undefined ? unknown : ofType(tracer, path, form.args[0]);
  }
  return form.binding === null ? other : ofNamedType(tracer, { type, binding: form.binding, name: form.name });
}

function ofUnion(tracer: Tracer, path: SourcePath, members: readonly TypeNode[]): Origin {
  return join(members.filter((each) => !isNothing(each)).map((each) => ofType(tracer, path, each)));
}

function ofNamedType(
  tracer: Tracer,
  named: { readonly type: TypeNode; readonly binding: BindingId; readonly name: string },
): Origin {
  const entity = namedEntity(tracer.model, named);
  if (entity === null) return unknown;
  if (entity.entity === 'class') return ofInstance(tracer, entity.path, entity.node);
  if (entity.entity === 'external') return ofPackageType(entity);
  if (entity.entity !== 'type') return unknown;
  const source = sourceOf(tracer.model, entity.binding);
  const place = source === null ? null : declarationIn(source, entity.binding);
  if (source === null || place?.declares !== 'type' || place.node.type === null) return unknown;
  if (tracer.seen.has(entity.binding)) return unknown;
  tracer.seen.add(entity.binding);
  const found = ofType(tracer, source.path, place.node.type);
  tracer.seen.delete(entity.binding);
  return found.of === 'typed' ? { ...found, type: named.type } : found;
}

/** `Model`, and `models.Model` through a namespace. */
function namedEntity(
  model: ProjectModel,
  named: { readonly binding: BindingId; readonly name: string },
): Entity | null {
  const binding = bindingOf(model, named.binding);
  if (binding === null) return null;
  const [first, ...rest] = named.name.split('.');
  const span = binding.span;
  const start: Expression = { kind: 'Identifier', span, name: first ?? '', binding: named.binding };
  const dotted = rest.reduce<Expression>(
    (object, property) => ({ kind: 'Member', span, object, property, propertySpan: span, optional: false }),
    start,
  );
  return entityOf(model, binding.path, dotted);
}

/** Layers and `nn.Module` are modules; the types that only describe variables are none. */
function ofPackageType(entity: Extract<Entity, { entity: 'external' }>): Origin {
  if (entity.module !== linenModule) return other;
  if (notModules.has(entity.name)) return other;
  return { of: 'module', class: null, construct: null };
}

const notModules: ReadonlySet<string> = new Set([
  'Variables',
  'Params',
  'Collection',
  'FrozenVariables',
  'VariableRef',
]);

/** The constant that holds `init`, where `node` is one: for names made from a member (`const f = model.apply`). */
export function isCallee(source: SourceModel, node: Expression): boolean {
  const parent = parentOf(source, node);
  return parent?.kind === 'Call' && parent.callee === node;
}
