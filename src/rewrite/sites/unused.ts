/** Names that nothing reads any more: samples, keys, counters that only served the old calls. */
import { jaxModule } from '../../../runtime/catalogue/modules.js';
import { opOf, type OpRule } from '../../../runtime/catalogue/ops.js';
import { declarationIn, sourceHolding } from '../../ir/declarations.js';
import { entityOf } from '../../ir/resolve.js';
import type { Binding, SourceModel, SourcePath } from '../../ir/source.js';
import type { Expression, FunctionExpression, Parameter, Span, Spread } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { removeStatement } from './draft.js';
import { type Emission, isGone, isReadBySize } from './emission.js';
import type { FunctionShape } from './function-shapes.js';

/** Parameters of the unit's functions whose every read is gone. */
export function unreadParameters(e: Emission): readonly Parameter[] {
  return [...e.shapes.values()].flatMap((shape) =>
    shape.params.flatMap(({ parameter, role }) => {
      const { pattern } = parameter;
      if (role.role !== 'keep' || pattern.kind !== 'IdentifierPattern' || pattern.binding === null) return [];
      const binding = e.context.model.sources[shape.path]?.bindings[pattern.binding];
      const given = argumentsFor(e, shape, parameter);
      return binding !== undefined && isUnread(e, binding) && given ? [parameter] : [];
    }),
  );
}

/** Whether every call of the function gives the parameter something that may be left out. */
function argumentsFor(e: Emission, shape: FunctionShape, parameter: Parameter): boolean {
  const index = shape.node.params.indexOf(parameter);
  return [...e.analysis.facts.calls].every(([call, fact]) => {
    if (fact.call !== 'function' || fact.function !== shape.node) return true;
    const given = call.args[index];
    const source = sourceHolding(e.context.model, call);
    return given === undefined || (source !== null && isPure(e, source, given));
  });
}

function isUnread(e: Emission, binding: Binding): boolean {
  if (binding.reads.length === 0 || isReadBySize(e, binding)) return false;
  return binding.reads.every((each) => isGone(e, binding.path, each));
}

/** Takes out declarations whose names lost all their reads, until none is left. */
export function removeUnused(e: Emission, paths: readonly string[]): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const path of paths) {
      const source = e.context.model.sources[path];
      if (source === undefined) continue;
      for (const binding of Object.values(source.bindings)) changed = removeBinding(e, source, binding) || changed;
    }
  }
}

/** What stands there now makes the cache that an `init` made. */
function makesCache(e: Emission, source: SourceModel, span: Span): boolean {
  return [...e.cached.values()].some(
    (each) => isWithin(each.span, span) && sourceHolding(e.context.model, each) === source,
  );
}

function removeBinding(e: Emission, source: SourceModel, binding: Binding): boolean {
  if (binding.exported || (binding.declared !== 'const' && binding.declared !== 'let')) return false;
  const place = declarationIn(source, binding.id);
  if (place?.declares !== 'variable' || place.statement.declarators.length !== 1) return false;
  const { statement, declarator } = place;
  if (declarator.target.kind !== 'IdentifierPattern' || isGone(e, source.path, declarator.span)) return false;
  if (isReadBySize(e, binding) || makesCache(e, source, statement.span)) return false;
  if (declarator.init !== null && !isPure(e, source, declarator.init)) return false;
  const counts = countingStatements(source, binding);
  const others = binding.reads.filter((read) => !counts.some((each) => isWithin(read, each)));
  const writes = binding.writes.filter(
    (write) => !counts.some((each) => isWithin(write, each)) && !isGone(e, source.path, write),
  );
  if (others.length === 0 || writes.length > 0 || !others.every((each) => isGone(e, source.path, each))) return false;
  for (const span of counts) removeStatement(e.draft, source.path, span);
  removeStatement(e.draft, source.path, statement.span);
  return true;
}

/** `step += 1;`, `step++;`: statements that do nothing but count. */
function countingStatements(source: SourceModel, binding: Binding): readonly Span[] {
  const found: Span[] = [];
  if (binding.writes.length === 0) return found;
  walk(source.body, (node) => {
    if (node.kind !== 'Expression') return true;
    const { expression } = node;
    const target =
      expression.kind === 'Update'
        ? expression.argument
        : expression.kind === 'Assign' && expression.operator !== '=' && expression.value.kind === 'Literal'
          ? expression.target
          : null;
    const id = target?.kind === 'Identifier' || target?.kind === 'IdentifierPattern' ? target.binding : null;
    if (id === binding.id) found.push(node.span);
    return true;
  });
  return found;
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Calls that change what a model holds. */
const updates: ReadonlySet<string> = new Set(['applyUpdates', 'mix', 'tree.map', 'trainState.change']);

/** Whether leaving it out changes nothing else. */
export function isPure(e: Emission, source: SourceModel, node: Expression | Spread): boolean {
  const pure = (each: Expression | Spread): boolean => isPure(e, source, each);
  switch (node.kind) {
    case 'Literal':
    case 'Identifier':
    case 'Function':
    case 'This':
      return true;
    case 'Member':
      return pure(node.object);
    case 'Index':
      return pure(node.object) && pure(node.index);
    case 'Spread':
      return pure(node.argument);
    case 'Unary':
      return node.operator !== 'delete' && pure(node.argument);
    case 'Update':
      return isCounter(source, node.argument);
    case 'Binary':
      return pure(node.left) && pure(node.right);
    case 'Conditional':
      return pure(node.test) && pure(node.consequent) && pure(node.alternate);
    case 'Template':
      return node.expressions.every(pure);
    case 'TypeWrap':
      return pure(node.expression);
    case 'ArrayLiteral':
      return node.elements.every((each) => each === null || pure(each));
    case 'ObjectLiteral':
      return node.properties.every((each) => pure(each.kind === 'Spread' ? each : each.value));
    case 'Call': {
      const fact = e.analysis.facts.calls.get(node);
      if (fact !== undefined && updates.has(fact.call)) return false;
      if (fact?.call === 'init') return node.args.slice(1).every(pure);
      const entity = entityOf(e.context.model, source.path, node.callee);
      if (entity?.entity === 'function') {
        return node.args.every(pure) && isPureFunction(e, entity.path, entity.node);
      }
      const external = entity?.entity === 'external' ? entity : null;
      if (external === null) return false;
      const isKey = external.module === jaxModule && external.name.startsWith('random.');
      return (isKey || makesTensor(external)) && node.args.every(pure);
    }
    default:
      return false;
  }
}

const open = new Set<FunctionExpression>();

/** A function that computes its result from constants and does nothing else. */
function isPureFunction(e: Emission, path: SourcePath, node: FunctionExpression): boolean {
  const source = e.context.model.sources[path];
  if (source === undefined || open.has(node) || node.generator || node.async) return false;
  open.add(node);
  const pure = (each: Expression | null): boolean => each === null || isPure(e, source, each);
  const statements = node.body.kind === 'Block' ? node.body.body : [];
  const isSound =
    (node.body.kind === 'Block' || pure(node.body)) &&
    node.params.every(({ initial }) => pure(initial)) &&
    statements.every((each) => {
      if (each.kind === 'Return') return pure(each.argument);
      return each.kind === 'Variable' && each.declarators.every(({ init }) => pure(init));
    });
  open.delete(node);
  return isSound;
}

/** Rules of functions that make or compute a tensor and do nothing else; `same` holds `keep` and `variable` as well. */
const effectful: ReadonlySet<OpRule['rule']> = new Set(['same', 'run', 'token']);

function makesTensor({ module, name }: { readonly module: string; readonly name: string }): boolean {
  const op = opOf(module, name);
  return op !== undefined && !effectful.has(op.rule.rule);
}

/** A name that nothing reads but its own counting. */
function isCounter(source: SourceModel, node: Expression): boolean {
  const binding = node.kind === 'Identifier' && node.binding !== null ? source.bindings[node.binding] : undefined;
  return binding !== undefined && binding.reads.length === 1 && binding.writes.length === 1;
}
