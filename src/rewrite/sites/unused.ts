/** Names that nothing reads any more: samples, keys, counters that only served the old calls. */
import { declarationIn } from '../../ir/declarations.js';
import { entityOf } from '../../ir/resolve.js';
import type { Binding, SourceModel } from '../../ir/source.js';
import type { Expression, Parameter, Span } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { removeStatement } from './draft.js';
import { type Emission, isGone } from './emission.js';

/** Parameters of the unit's functions whose every read is gone. */
export function unreadParameters(e: Emission): readonly Parameter[] {
  return [...e.shapes.values()].flatMap((shape) =>
    shape.params.flatMap(({ parameter, role }) => {
      const { pattern } = parameter;
      if (role.role !== 'keep' || pattern.kind !== 'IdentifierPattern' || pattern.binding === null) return [];
      const binding = e.context.model.sources[shape.path]?.bindings[pattern.binding];
      return binding !== undefined && isUnread(e, binding) ? [parameter] : [];
    }),
  );
}

function isUnread(e: Emission, binding: Binding): boolean {
  return binding.reads.length > 0 && binding.reads.every((each) => isGone(e, binding.path, each));
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

function removeBinding(e: Emission, source: SourceModel, binding: Binding): boolean {
  if (binding.exported || (binding.declared !== 'const' && binding.declared !== 'let')) return false;
  const place = declarationIn(source, binding.id);
  if (place?.declares !== 'variable' || place.statement.declarators.length !== 1) return false;
  const { statement, declarator } = place;
  if (declarator.target.kind !== 'IdentifierPattern' || isGone(e, source.path, declarator.span)) return false;
  if (declarator.init !== null && !isPure(e, source, declarator.init)) return false;
  const counts = countingStatements(source, binding);
  const others = binding.reads.filter((read) => !counts.some((each) => isWithin(read, each)));
  const writes = binding.writes.filter((write) => !counts.some((each) => isWithin(write, each)));
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

/** Whether leaving it out changes nothing else. */
function isPure(e: Emission, source: SourceModel, node: Expression): boolean {
  switch (node.kind) {
    case 'Literal':
    case 'Identifier':
      return true;
    case 'Member':
      return isPure(e, source, node.object);
    case 'Unary':
      return node.operator !== 'delete' && isPure(e, source, node.argument);
    case 'Binary':
      return isPure(e, source, node.left) && isPure(e, source, node.right);
    case 'TypeWrap':
      return isPure(e, source, node.expression);
    case 'ArrayLiteral':
      return node.elements.every((each) => each !== null && each.kind !== 'Spread' && isPure(e, source, each));
    case 'Call': {
      const entity = entityOf(e.context.model, source.path, node.callee);
      const known =
        entity?.entity === 'external' && (entity.name.startsWith('random.') || entity.module === '@tensorflow/tfjs');
      return known && node.args.every((each) => each.kind !== 'Spread' && isPure(e, source, each));
    }
    default:
      return false;
  }
}
