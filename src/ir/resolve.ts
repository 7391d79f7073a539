/** What a name stands for, across files: imports, re-exports, barrels, namespaces and constant aliases followed. */
import { declarationIn, type DeclarationPlace, exportsOf, isMutated, type Keys } from './declarations.js';
import type { ClassId, Entity, ModuleClass, ProjectModel } from './project.js';
import type { Binding, SourceModel, SourcePath } from './source.js';
import type { BindingId, ClassNode, Expression, ObjectLiteral } from './syntax.js';

/**
 * The entity an expression names: an identifier, a member of a namespace or of a constant object, a class or function
 * expression, `require('…')`, `await import('…')`. Null for any other expression. Names inside packages are dotted (`random.key`).
 */
export function entityOf(model: ProjectModel, path: SourcePath, expression: Expression): Entity | null {
  return evaluate({ model, seen: new Set() }, path, expression);
}

/** The entity a declared name stands for. */
export function resolveBinding(model: ProjectModel, id: BindingId): Entity {
  return followBinding({ model, seen: new Set() }, id);
}

/** The entity a file exports under a name; null when it does not. */
export function resolveExport(model: ProjectModel, path: SourcePath, name: string): Entity | null {
  return followExport({ model, seen: new Set() }, path, name);
}

/** The declaration that an imported name leads to: the same id for a name of its own file, null inside packages. */
export function originalBinding(model: ProjectModel, id: BindingId): BindingId | null {
  const binding = bindingOf(model, id);
  if (binding?.import === undefined || binding.import === null) return binding === null ? null : id;
  const { source, imported } = binding.import;
  return source === null || imported === '*'
    ? null
    : exportedBinding(model, source, { name: imported, seen: new Set() });
}

/** The declaration behind a name that a file exports; null for names of packages and for expressions. */
export function originalExport(model: ProjectModel, path: SourcePath, name: string): BindingId | null {
  return exportedBinding(model, path, { name, seen: new Set() });
}

export function sourceOf(model: ProjectModel, id: BindingId): SourceModel | null {
  return model.sources[id.slice(0, id.lastIndexOf('@'))] ?? null;
}

export function bindingOf(model: ProjectModel, id: BindingId): Binding | null {
  return sourceOf(model, id)?.bindings[id] ?? null;
}

/** The place that declares a name, in the file of the id. */
export function declarationOf(model: ProjectModel, id: BindingId): DeclarationPlace | null {
  const source = sourceOf(model, id);
  return source === null ? null : declarationIn(source, id);
}

/** The class with this id. */
export function classOf(model: ProjectModel, id: ClassId): ModuleClass | null {
  return classIndex(model).byId.get(id) ?? null;
}

/** The module class made from this class node; null for a class that is none. */
export function classOfNode(model: ProjectModel, node: ClassNode): ModuleClass | null {
  return classIndex(model).byNode.get(node) ?? null;
}

/** The module id of a specifier: known modules under their own name, whatever alias the project uses. */
export function canonicalModule(model: ProjectModel, specifier: string): string {
  return model.modules.aliases[specifier] ?? specifier;
}

// ------------------------------------------------------------------------------------------------- following

interface Trail {
  readonly model: ProjectModel;
  /** What is being followed: a cycle of re-exports or aliases ends here. */
  readonly seen: Set<string>;
}

function evaluate(trail: Trail, path: SourcePath, expression: Expression): Entity | null {
  switch (expression.kind) {
    case 'Identifier':
      if (expression.binding === null) return { entity: 'global', name: expression.name };
      return followBinding(trail, expression.binding);
    case 'TypeWrap':
      return evaluate(trail, path, expression.expression);
    case 'Member':
      return memberOf(trail, evaluate(trail, path, expression.object), expression.property);
    case 'Index':
      if (expression.index.kind !== 'Literal' || typeof expression.index.value !== 'string') return null;
      return memberOf(trail, evaluate(trail, path, expression.object), expression.index.value);
    case 'ClassExpression':
      return classEntity(trail.model, path, expression.class);
    case 'Function':
      return { entity: 'function', path, node: expression };
    case 'Call':
      return required(trail, path, expression);
    case 'Await': {
      const { argument } = expression;
      if (argument.kind !== 'OpaqueExpression' || argument.specifier === null) return null;
      return moduleEntity(trail.model, path, argument.specifier);
    }
    default:
      return null;
  }
}

/** `require('…')` of CommonJS files. */
function required(trail: Trail, path: SourcePath, call: Extract<Expression, { kind: 'Call' }>): Entity | null {
  const { callee, args } = call;
  if (callee.kind !== 'Identifier' || callee.name !== 'require' || callee.binding !== null) return null;
  const specifier = args[0];
  if (specifier?.kind !== 'Literal' || typeof specifier.value !== 'string') return null;
  return moduleEntity(trail.model, path, specifier.value);
}

function moduleEntity(model: ProjectModel, from: SourcePath, specifier: string): Entity {
  const file = model.modules.files[from]?.[specifier];
  if (file !== undefined) return { entity: 'namespace', path: file };
  return { entity: 'external', module: canonicalModule(model, specifier), name: '*' };
}

function memberOf(trail: Trail, entity: Entity | null, name: string): Entity | null {
  switch (entity?.entity) {
    case 'external':
      return { ...entity, name: entity.name === '*' ? name : `${entity.name}.${name}` };
    case 'global':
      return { entity: 'global', name: `${entity.name}.${name}` };
    case 'namespace':
      return followExport(trail, entity.path, name);
    case 'value':
      return propertyOf(trail, entity, name);
    default:
      return null;
  }
}

/** A property of a constant object literal that nothing in its file assigns to. */
function propertyOf(trail: Trail, entity: Extract<Entity, { entity: 'value' }>, name: string): Entity | null {
  const source = trail.model.sources[entity.path];
  const object = entity.init === null ? null : withoutWraps(entity.init);
  if (object?.kind !== 'ObjectLiteral' || source === undefined || isMutated(source, entity.binding)) return null;
  const value = literalProperty(object, name);
  return value === null ? null : evaluate(trail, entity.path, value);
}

/** The value of a property, where nothing after it (a spread, a computed key) may replace it. */
export function literalProperty(object: ObjectLiteral, name: string): Expression | null {
  for (const each of [...object.properties].reverse()) {
    if (each.kind === 'Spread' || each.key.name === null) return null;
    if (each.key.name === name) return each.value;
  }
  return null;
}

/** The expression inside type assertions. */
export function withoutWraps(expression: Expression): Expression {
  return expression.kind === 'TypeWrap' ? withoutWraps(expression.expression) : expression;
}

function followBinding(trail: Trail, id: BindingId): Entity {
  const path = id.slice(0, id.lastIndexOf('@'));
  const unknown: Entity = { entity: 'value', path, binding: id, init: null };
  const source = trail.model.sources[path];
  const binding = source?.bindings[id];
  if (source === undefined || binding === undefined || trail.seen.has(id)) return unknown;
  trail.seen.add(id);
  const found = binding.import === null ? followDeclaration(trail, binding, source) : followImport(trail, binding);
  trail.seen.delete(id);
  return found ?? unknown;
}

function followImport(trail: Trail, binding: Binding): Entity | null {
  const origin = binding.import;
  if (origin === null) return null;
  const { imported, specifier, source } = origin;
  if (source === null) {
    return { entity: 'external', module: canonicalModule(trail.model, specifier), name: imported };
  }
  return imported === '*' ? { entity: 'namespace', path: source } : followExport(trail, source, imported);
}

function followDeclaration(trail: Trail, binding: Binding, source: SourceModel): Entity | null {
  const place = declarationIn(source, binding.id);
  switch (place?.declares) {
    case 'class':
      return classEntity(trail.model, source.path, place.node);
    case 'function':
      return binding.writes.length > 0 ? null : { entity: 'function', path: source.path, node: place.node };
    case 'type':
      return { entity: 'type', path: source.path, binding: binding.id };
    case 'variable':
      return binding.writes.length > 0 ? null : followConstant(trail, binding, place);
    case undefined:
      return binding.declared === 'type' ? { entity: 'type', path: source.path, binding: binding.id } : null;
    default:
      return null;
  }
}

function followConstant(
  trail: Trail,
  binding: Binding,
  place: Extract<DeclarationPlace, { declares: 'variable' }>,
): Entity | null {
  const { init } = place.declarator;
  if (init === null || place.keys === null) return null;
  if (place.keys.length > 0) return followKeys(trail, { path: binding.path, init, keys: place.keys });
  const alias = evaluate(trail, binding.path, init);
  return alias ?? { entity: 'value', path: binding.path, binding: binding.id, init };
}

function followKeys(trail: Trail, from: { path: SourcePath; init: Expression; keys: Keys }): Entity | null {
  let entity = evaluate(trail, from.path, from.init);
  for (const key of from.keys) entity = memberOf(trail, entity, String(key));
  return entity;
}

function followExport(trail: Trail, path: SourcePath, name: string): Entity | null {
  const step = `${path}>${name}`;
  const source = trail.model.sources[path];
  if (source === undefined || trail.seen.has(step)) return null;
  trail.seen.add(step);
  const found = followNamed(trail, source, name) ?? followStars(trail, source, name);
  trail.seen.delete(step);
  return found;
}

function followNamed(trail: Trail, source: SourceModel, name: string): Entity | null {
  const origin = exportsOf(source).named.get(name);
  switch (origin?.export) {
    case 'binding':
      return followBinding(trail, origin.binding);
    case 'class':
      return classEntity(trail.model, source.path, origin.node);
    case 'function':
      return { entity: 'function', path: source.path, node: origin.node };
    case 'expression':
      return evaluate(trail, source.path, origin.expression);
    case 'from': {
      const entity = moduleEntity(trail.model, source.path, origin.specifier);
      return origin.name === '*' ? entity : memberOf(trail, entity, origin.name);
    }
    default:
      return null;
  }
}

/** `export *` gives everything but `default`; of packages only one can be asked, for their names are not known here. */
function followStars(trail: Trail, source: SourceModel, name: string): Entity | null {
  if (name === 'default') return null;
  const entities = exportsOf(source).stars.map((each) => moduleEntity(trail.model, source.path, each));
  for (const entity of entities) {
    const found = entity.entity === 'namespace' ? followExport(trail, entity.path, name) : null;
    if (found !== null) return found;
  }
  const packages = entities.filter((each) => each.entity === 'external');
  return packages.length === 1 ? memberOf(trail, packages[0] ?? null, name) : null;
}

function exportedBinding(
  model: ProjectModel,
  path: SourcePath,
  what: { readonly name: string; readonly seen: Set<string> },
): BindingId | null {
  const source = model.sources[path];
  if (source === undefined || what.seen.has(`${path}>${what.name}`)) return null;
  what.seen.add(`${path}>${what.name}`);
  const { named, stars } = exportsOf(source);
  const origin = named.get(what.name);
  const files = model.modules.files[path] ?? {};
  if (origin?.export === 'binding') return originalBinding(model, origin.binding);
  if (origin?.export === 'expression') {
    return origin.expression.kind === 'Identifier' && origin.expression.binding !== null
      ? originalBinding(model, origin.expression.binding)
      : null;
  }
  if (origin?.export === 'from') {
    const file = files[origin.specifier];
    return file === undefined || origin.name === '*'
      ? null
      : exportedBinding(model, file, { ...what, name: origin.name });
  }
  for (const star of stars) {
    const file = files[star];
    const found = file === undefined ? null : exportedBinding(model, file, what);
    if (found !== null) return found;
  }
  return null;
}

// ---------------------------------------------------------------------------------------------------- classes

interface ClassIndex {
  readonly byId: ReadonlyMap<ClassId, ModuleClass>;
  readonly byNode: ReadonlyMap<ClassNode, ModuleClass>;
}
const classIndexes = new WeakMap<ProjectModel['classes'], ClassIndex>();

function classIndex(model: ProjectModel): ClassIndex {
  const known = classIndexes.get(model.classes);
  if (known !== undefined) return known;
  const made = {
    byId: new Map(model.classes.map((each) => [each.id, each])),
    byNode: new Map(model.classes.map((each) => [each.node, each])),
  };
  classIndexes.set(model.classes, made);
  return made;
}

function classEntity(model: ProjectModel, path: SourcePath, node: ClassNode): Entity {
  return { entity: 'class', path, node, module: classOfNode(model, node)?.id ?? null };
}
