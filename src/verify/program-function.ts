/** The function that a program plan names, and which of its parameters an expression in it comes from. */
import { declarationIn, type Keys } from '../ir/declarations.js';
import type { ProjectModel } from '../ir/project.js';
import { withoutWraps } from '../ir/resolve.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import type { BindingId, Expression, FunctionExpression, Parameter } from '../ir/syntax.js';
import { topLevel } from './slices.js';

/** The function declared at the top of a file under this name, wrappers like `jax.jit(…)` taken off. */
export function programFunction(model: ProjectModel, path: SourcePath, name: string): FunctionExpression | null {
  const source = model.sources[path];
  const id = source && topLevel(source, name);
  return source && id ? functionOf(source, id) : null;
}

function functionOf(source: SourceModel, id: BindingId): FunctionExpression | null {
  const place = declarationIn(source, id);
  if (place?.declares === 'function') return place.node;
  if (place?.declares !== 'variable' || place.declarator.init === null) return null;
  return unwrapped(source, place.declarator.init);
}

function unwrapped(source: SourceModel, expression: Expression): FunctionExpression | null {
  const node = withoutWraps(expression);
  if (node.kind === 'Function') return node;
  if (node.kind === 'Identifier' && node.binding !== null) return functionOf(source, node.binding);
  const first = node.kind === 'Call' ? node.args[0] : undefined;
  return first === undefined || first.kind === 'Spread' ? null : unwrapped(source, first);
}

/** A part of an argument. */
export interface ArgumentPlace {
  readonly parameter: number;
  readonly keys: Keys;
}

/** The part of which argument of `program` an expression is; null when it is none. */
export function argumentPlace(
  source: SourceModel,
  program: FunctionExpression,
  expression: Expression,
): ArgumentPlace | null {
  const node = withoutWraps(expression);
  if (node.kind === 'Member') return below(argumentPlace(source, program, node.object), [node.property]);
  if (node.kind === 'Index') {
    const key = node.index.kind === 'Literal' ? node.index.value : null;
    if (typeof key !== 'string' && typeof key !== 'number') return null;
    return below(argumentPlace(source, program, node.object), [key]);
  }
  if (node.kind !== 'Identifier' || node.binding === null) return null;
  const place = declarationIn(source, node.binding);
  if (place?.declares === 'parameter' && place.function === program && place.keys !== null) {
    return { parameter: place.index, keys: place.keys };
  }
  if (place?.declares !== 'variable' || place.declarator.init === null || place.keys === null) return null;
  return below(argumentPlace(source, program, place.declarator.init), place.keys);
}

function below(place: ArgumentPlace | null, keys: Keys): ArgumentPlace | null {
  return place && { ...place, keys: [...place.keys, ...keys] };
}

export function parameterName({ pattern }: Parameter): string {
  return pattern.kind === 'IdentifierPattern' ? pattern.name : '';
}
