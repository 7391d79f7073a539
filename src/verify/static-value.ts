/** Values of sample expressions without running them: constructor arguments, shapes, literals, constants across files. */
import { literalOf } from '../ir/literal.js';
import type { ProjectModel } from '../ir/project.js';
import { entityOf, withoutWraps } from '../ir/resolve.js';
import type { SourcePath } from '../ir/source.js';
import type { BindingId, Call, Expression, FunctionExpression, Spread } from '../ir/syntax.js';
import { plain, type Recipe } from './recipe.js';
import { methodResult, tensorCall } from './tensor-call.js';

/** A place in the text, with the values of parameters where a function of the project is looked into. */
export interface Place {
  readonly model: ProjectModel;
  readonly path: SourcePath;
  readonly known: ReadonlyMap<BindingId, Recipe>;
  readonly depth: number;
}

/** Null when it cannot be known from the text. */
export function staticValue(model: ProjectModel, path: SourcePath, expression: Expression): Recipe | null {
  return evaluate({ model, path, known: new Map(), depth: 0 }, expression);
}

/** Values of an argument list; null when one of them is not known. */
export function staticValues(
  model: ProjectModel,
  path: SourcePath,
  args: readonly (Expression | Spread)[],
): readonly Recipe[] | null {
  return allOf({ model, path, known: new Map(), depth: 0 }, args);
}

function allOf(place: Place, args: readonly (Expression | Spread | null)[]): readonly Recipe[] | null {
  const found: Recipe[] = [];
  for (const each of args) {
    const value = each === null ? null : evaluate(place, each.kind === 'Spread' ? each.argument : each);
    if (value === null) return null;
    if (each?.kind !== 'Spread') found.push(value);
    else if (value.make === 'list') found.push(...value.items);
    else return null;
  }
  return found;
}

function evaluate(place: Place, expression: Expression): Recipe | null {
  const node = withoutWraps(expression);
  const literal = literalOf(place.model, place.path, node);
  if (literal !== null) return plain(literal.value);
  switch (node.kind) {
    case 'Identifier':
      return identifier(place, node);
    case 'ArrayLiteral': {
      const items = allOf(place, node.elements);
      return items && { make: 'list', items };
    }
    case 'ObjectLiteral':
      return record(place, node);
    case 'Member':
      return memberOf(evaluate(place, node.object), node.property) ?? constant(place, node);
    case 'Index':
      return indexed(place, node);
    case 'Conditional':
      return conditional(place, node);
    case 'Unary':
    case 'Binary':
      return arithmetic(place, node);
    case 'Call':
      return place.depth > 8 ? null : call(place, node);
    default:
      return null;
  }
}

function identifier(place: Place, node: Extract<Expression, { kind: 'Identifier' }>): Recipe | null {
  return (node.binding === null ? undefined : place.known.get(node.binding)) ?? constant(place, node);
}

function constant(place: Place, node: Expression): Recipe | null {
  const entity = entityOf(place.model, place.path, node);
  if (entity?.entity !== 'value' || entity.init === null || entity.init === node) return null;
  return place.depth > 8 ? null : evaluate({ ...place, path: entity.path, depth: place.depth + 1 }, entity.init);
}

function record(place: Place, node: Extract<Expression, { kind: 'ObjectLiteral' }>): Recipe | null {
  const entries: { [name: string]: Recipe } = {};
  for (const each of node.properties) {
    const value = evaluate(place, each.kind === 'Spread' ? each.argument : each.value);
    if (value === null) return null;
    if (each.kind === 'Spread') {
      if (value.make !== 'record') return null;
      Object.assign(entries, value.entries);
    } else if (each.key.name === null) return null;
    else entries[each.key.name] = value;
  }
  return { make: 'record', entries };
}

function memberOf(object: Recipe | null, property: string): Recipe | null {
  if (object?.make === 'record') return object.entries[property] ?? null;
  if (object?.make === 'list' && property === 'length') return plain(object.items.length);
  if (object?.make !== 'tensor') return null;
  if (property === 'rank') return plain(object.shape.length);
  return property === 'shape' ? { make: 'list', items: object.shape.map(plain) } : null;
}

function indexed(place: Place, node: Extract<Expression, { kind: 'Index' }>): Recipe | null {
  const object = evaluate(place, node.object);
  const index = evaluate(place, node.index);
  if (index?.make !== 'plain') return null;
  if (object?.make === 'list' && typeof index.value === 'number') return object.items.at(index.value) ?? null;
  if (object?.make === 'key') return { make: 'key', seed: object.seed + 1 + Number(index.value) };
  return typeof index.value === 'string' ? memberOf(object, index.value) : null;
}

function conditional(place: Place, node: Extract<Expression, { kind: 'Conditional' }>): Recipe | null {
  const test = evaluate(place, node.test);
  if (test?.make !== 'plain') return null;
  return evaluate(place, test.value ? node.consequent : node.alternate);
}

/** Operators whose operands only the recipes know (`x.shape[1] * 2`): the literal evaluator does the arithmetic. */
function arithmetic(place: Place, node: Extract<Expression, { kind: 'Unary' | 'Binary' }>): Recipe | null {
  const asLiteral = (each: Expression): Expression | null => {
    const value = evaluate(place, each);
    if (value?.make !== 'plain' || value.value === undefined) return null;
    return { kind: 'Literal', span: each.span, value: value.value };
  };
  if (node.kind === 'Unary') {
    const argument = asLiteral(node.argument);
    const found = argument && literalOf(place.model, place.path, { ...node, argument });
    return found && plain(found.value);
  }
  const [left, right] = [asLiteral(node.left), asLiteral(node.right)];
  const found = left && right && literalOf(place.model, place.path, { ...node, left, right });
  return found && plain(found.value);
}

function call(place: Place, node: Call): Recipe | null {
  const entity = entityOf(place.model, place.path, node.callee);
  if (entity?.entity === 'function')
    return inlined({ ...place, path: entity.path }, entity.node, allOf(place, node.args));
  if (entity?.entity === 'value' && entity.init?.kind === 'Function') {
    return inlined({ ...place, path: entity.path }, entity.init, allOf(place, node.args));
  }
  const args = node.args.map((each) => (each.kind === 'Spread' ? null : evaluate(place, each)));
  if (entity?.entity === 'external') return tensorCall(entity.module, entity.name, args);
  if (node.callee.kind !== 'Member') return null;
  const object = evaluate(place, node.callee.object);
  return object === null ? null : methodResult(object, node.callee.property, args);
}

/** A function of the project that only returns an expression of its parameters. */
function inlined(place: Place, node: FunctionExpression, args: readonly Recipe[] | null): Recipe | null {
  const returned = returnedBy(node);
  if (args === null || returned === null || node.async || node.generator) return null;
  const known = new Map(place.known);
  node.params.forEach(({ pattern, initial }, index) => {
    const value = args[index] ?? (initial === null ? null : evaluate(place, initial));
    if (pattern.kind === 'IdentifierPattern' && pattern.binding !== null && value) known.set(pattern.binding, value);
  });
  return evaluate({ ...place, known, depth: place.depth + 1 }, returned);
}

function returnedBy({ body }: FunctionExpression): Expression | null {
  if (body.kind !== 'Block') return body;
  const only = body.body.length === 1 ? body.body[0] : undefined;
  return only?.kind === 'Return' ? only.argument : null;
}
