/** `params ??= model.init(…)`: variables that a caller may give in place of those the model starts with. */
import { declarationIn } from '../../ir/declarations.js';
import type { SourcePath } from '../../ir/source.js';
import type { Assign, FunctionExpression, Parameter, Pattern } from '../../ir/syntax.js';
import { givenFirst } from './parameter-copies.js';
import { checkCurrent, type Run } from './run.js';
import { parametersOf, type Value } from './value.js';

/** Null where it is no optional parameter that callers give nothing of a known model for. */
export function evaluateGiven(run: Run, path: SourcePath, node: Assign, value: Value): Value | null {
  const own = parametersOf(value);
  const parameter = optionalParameter(run, path, node.target);
  if (node.operator !== '??=' || own === null || parameter === null) return null;
  if (run.facts.params.get(parameter)?.is !== 'plain' || own.instance.copyOf !== undefined) return null;
  checkCurrent(run, own, { path, span: node.span });
  run.facts.given.set(node, { instance: own.instance, parameter });
  return givenFirst(run, value, own.instance);
}

function optionalParameter(run: Run, path: SourcePath, pattern: Pattern): Parameter | null {
  const source = run.model.sources[path];
  if (source === undefined || pattern.kind !== 'IdentifierPattern' || pattern.binding === null) return null;
  const place = declarationIn(source, pattern.binding);
  if (place?.declares !== 'parameter' || place.keys === null || place.keys.length > 0) return null;
  if (place.function.kind !== 'Function' || isWrittenElsewhere(run, path, pattern)) return null;
  const parameter = (place.function as FunctionExpression).params[place.index];
  return parameter?.optional === true ? parameter : null;
}

/** What another statement put in its place would be no caller's. */
function isWrittenElsewhere(run: Run, path: SourcePath, pattern: Extract<Pattern, { kind: 'IdentifierPattern' }>) {
  const binding = pattern.binding === null ? undefined : run.model.sources[path]?.bindings[pattern.binding];
  return binding === undefined || binding.writes.some(({ start }) => start !== pattern.span.start);
}
