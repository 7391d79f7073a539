/** The fields of a module: what its constructor takes, in any of the three forms, and what its class declares. */
import { declarationIn } from '../ir/declarations.js';
import type { ModuleField, ProjectModel } from '../ir/project.js';
import type { SourceModel } from '../ir/source.js';
import type { BindingId, ClassField, ClassMethod, ClassNode, Expression, Parameter, Pattern } from '../ir/syntax.js';
import { memberType } from '../ir/type-members.js';

interface Constructor {
  readonly model: ProjectModel;
  readonly source: SourceModel;
  /** `this.<name> = value` at the top of the body, by name. */
  readonly assigned: ReadonlyMap<string, Expression>;
  readonly node: ClassMethod;
}

/** Constructor values in the order of the parameters, then what the class only declares. */
export function readFields(model: ProjectModel, source: SourceModel, node: ClassNode): readonly ModuleField[] {
  const method = constructorOf(node);
  const built: Constructor | null =
    method === null ? null : { model, source, node: method, assigned: assignedFields(method) };
  const taken = built === null ? [] : built.node.params.flatMap((each, index) => fieldsOfParameter(built, each, index));
  const names = new Set(taken.filter((each) => each.origin !== 'parameter').map((each) => each.name));
  const declared = node.members.filter((each): each is ClassField => each.kind === 'Field' && isDeclaredField(each));
  const types = new Map(declared.map((each) => [each.name, each.type]));
  return [
    ...taken.map((each) => (each.type === null ? { ...each, type: types.get(each.name) ?? null } : each)),
    ...declared.filter((each) => !names.has(each.name ?? '')).map(declaredField),
  ];
}

/** The constructor with a body; overload signatures have none. */
export function constructorOf(node: ClassNode): ClassMethod | null {
  const found = node.members.find(
    (each) => each.kind === 'Method' && each.role === 'constructor' && each.body !== null,
  );
  return found?.kind === 'Method' ? found : null;
}

function isDeclaredField(field: ClassField): boolean {
  return !field.static && field.name !== null && (field.value === null || !holdsFunction(field.value));
}

/** `call = nn.compact(function …)` and `helper = (x) => …` are methods. */
export function holdsFunction(value: Expression): boolean {
  if (value.kind === 'Function') return true;
  const first = value.kind === 'Call' ? value.args[0] : undefined;
  return first !== undefined && first.kind !== 'Spread' && holdsFunction(first);
}

function declaredField(field: ClassField): ModuleField {
  return {
    name: field.name ?? '',
    origin: 'declared',
    key: null,
    position: null,
    parameter: null,
    type: field.type,
    initial: field.value,
    optional: field.optional,
  };
}

function assignedFields(method: ClassMethod): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  for (const statement of method.body?.body ?? []) {
    if (statement.kind !== 'Expression' || statement.expression.kind !== 'Assign') continue;
    const { target, value, operator } = statement.expression;
    if (operator !== '=' || target.kind !== 'PlacePattern' || target.place.kind !== 'Member') continue;
    if (target.place.object.kind === 'This') found.set(target.place.property, value);
  }
  return found;
}

function fieldsOfParameter(built: Constructor, parameter: Parameter, position: number): readonly ModuleField[] {
  const { pattern } = parameter;
  if (pattern.kind === 'ObjectPattern') return patternOptions(built, { pattern, parameter, position });
  const name = pattern.kind === 'IdentifierPattern' ? pattern.name : '';
  const base: ModuleField = {
    name,
    origin: 'parameter',
    key: null,
    position,
    parameter,
    type: parameter.type,
    initial: parameter.initial,
    optional: parameter.optional || parameter.initial !== null,
  };
  if (parameter.property !== null) return [{ ...base, origin: 'property' }];
  if (pattern.kind !== 'IdentifierPattern' || pattern.binding === null) return [base];
  const kept = keptUnder(built, pattern.binding);
  if (kept !== null) return [{ ...base, origin: 'assigned', name: kept }];
  const options = namedOptions(built, { binding: pattern.binding, parameter, position });
  return options.length > 0 ? options : [base];
}

/** The name of the field that gets just this value. */
function keptUnder(built: Constructor, binding: BindingId): string | null {
  for (const [name, value] of built.assigned) if (isName(value, binding)) return name;
  return null;
}

function isName(value: Expression, binding: BindingId): boolean {
  return value.kind === 'Identifier' && value.binding === binding;
}

interface OptionsParameter {
  readonly parameter: Parameter;
  readonly position: number;
}

function option(
  built: Constructor,
  from: OptionsParameter,
  what: { name: string; key: string; initial: Expression | null },
): ModuleField {
  const member = memberType(built.model, from.parameter.type, what.key);
  return {
    ...what,
    origin: 'option',
    position: from.position,
    parameter: from.parameter,
    type: member?.type ?? null,
    optional: what.initial !== null || member === null || member.optional || from.parameter.initial !== null,
  };
}

/** `constructor({ features, bias = true }: Options)`. */
function patternOptions(
  built: Constructor,
  from: OptionsParameter & { pattern: Extract<Pattern, { kind: 'ObjectPattern' }> },
): readonly ModuleField[] {
  return from.pattern.properties.flatMap(({ key, value }) => {
    if (key.name === null) return [];
    const target = value.kind === 'DefaultPattern' ? value.target : value;
    const initial = value.kind === 'DefaultPattern' ? value.value : null;
    const binding = target.kind === 'IdentifierPattern' ? target.binding : null;
    const name = (binding === null ? null : keptUnder(built, binding)) ?? key.name;
    return [option(built, from, { name, key: key.name, initial })];
  });
}

/** `this.width = options.width ?? 3`, `const { width = 3 } = options; this.width = width`. */
function namedOptions(built: Constructor, from: OptionsParameter & { binding: BindingId }): readonly ModuleField[] {
  return [...built.assigned].flatMap(([name, value]) => {
    const read = optionRead(built, from.binding, value);
    return read === null ? [] : [option(built, from, { name, ...read })];
  });
}

function optionRead(
  built: Constructor,
  options: BindingId,
  value: Expression,
): { key: string; initial: Expression | null } | null {
  if (value.kind === 'Binary' && (value.operator === '??' || value.operator === '||')) {
    const read = optionRead(built, options, value.left);
    return read === null || read.initial !== null ? null : { ...read, initial: value.right };
  }
  if (value.kind === 'TypeWrap') return optionRead(built, options, value.expression);
  if (value.kind === 'Member' && isName(value.object, options)) return { key: value.property, initial: null };
  if (value.kind !== 'Identifier' || value.binding === null) return null;
  const place = declarationIn(built.source, value.binding);
  if (place?.declares !== 'variable' || place.declarator.init === null) return null;
  if (!isName(place.declarator.init, options) || place.declarator.target.kind !== 'ObjectPattern') return null;
  return destructured(place.declarator.target, value.binding);
}

function destructured(
  pattern: Extract<Pattern, { kind: 'ObjectPattern' }>,
  binding: BindingId,
): { key: string; initial: Expression | null } | null {
  for (const { key, value } of pattern.properties) {
    const target = value.kind === 'DefaultPattern' ? value.target : value;
    if (target.kind !== 'IdentifierPattern' || target.binding !== binding || key.name === null) continue;
    return { key: key.name, initial: value.kind === 'DefaultPattern' ? value.value : null };
  }
  return null;
}
