/** Sizes carried around loops, stepped to the turn a traced construction stands in. */
import type { ClassId, ProjectModel } from '../ir/project.js';
import { classOf } from '../ir/resolve.js';
import type { SizeThread } from '../ir/sizes.js';
import type { Expression, Pattern, Span } from '../ir/syntax.js';
import type { SyntaxNode } from '../ir/walk.js';
import { walk } from '../ir/walk.js';
import type { Scope } from './trace-scope.js';
import { bindPattern, evaluateText } from './trace-scope.js';

/**
 * Values of a class's threads, and of the loop's own variables, at a turn. Empty for loops whose items this does not
 * read: their sizes stay unchecked.
 */
export function threadValues(
  model: ProjectModel,
  at: {
    readonly class: ClassId;
    readonly threads: readonly SizeThread[];
    readonly scope: Scope;
    readonly turn: number;
    /** The construction. Behind the loop, the values are those after its last turn. */
    readonly site: Span;
  },
): Scope {
  const values: Scope = {};
  const [first] = at.threads;
  if (first === undefined || at.threads.some((each) => each.loop.start !== first.loop.start)) return values;
  const turns = turnsOf(model, at.class, first.loop);
  if (turns === null) return values;
  for (const thread of at.threads) values[thread.name] = evaluateText(thread.init, { ...at.scope, ...values });
  const isInside = first.loop.start <= at.site.start && at.site.end <= first.loop.end;
  const last = isInside ? at.turn : at.site.start < first.loop.start ? 0 : turns.count(at.scope);
  if (last === null) return {};
  for (let turn = 0; turn < last; turn++) {
    const before = { ...at.scope, ...values, ...turns.at(at.scope, turn) };
    for (const thread of at.threads) values[thread.name] = evaluateText(thread.next, before);
  }
  return isInside ? { ...values, ...turns.at(at.scope, at.turn) } : values;
}

/** A loop's own variables at a turn, and how many turns it takes where a list says so. */
interface Turns {
  readonly at: (scope: Scope, turn: number) => Scope;
  readonly count: (scope: Scope) => number | null;
}

/** The variables of a loop at a turn, from the values its list has in the instance. */
function turnsOf(model: ProjectModel, of: ClassId, loop: Span): Turns | null {
  const found = classOf(model, of);
  const text = found === null ? undefined : model.sources[found.path]?.text;
  const node = found === null ? null : nodeAt(found.node.members, loop);
  if (node === null || text === undefined) return null;
  const read = (list: Expression, pattern: Pattern): Turns => {
    const script = text.slice(list.span.start, list.span.end).replace(/\bthis\./g, '');
    const items = (scope: Scope): readonly unknown[] | null => {
      const found: unknown = evaluateText(`[...${script}]`, scope);
      return Array.isArray(found) ? found : null;
    };
    const at = (scope: Scope, turn: number): Scope => {
      const bound: Scope = {};
      const found = items(scope);
      if (found !== null) bindPattern(bound, pattern, found[turn]);
      return bound;
    };
    return { at, count: (scope) => items(scope)?.length ?? null };
  };
  if (node.kind === 'ForEach') return read(node.iterable, node.target);
  if (node.kind === 'For' && node.init?.kind === 'Variable') {
    const [counter] = node.init.declarators;
    const { target, init } = counter ?? {};
    if (target?.kind !== 'IdentifierPattern' || init?.kind !== 'Literal' || typeof init.value !== 'number') return null;
    const start = init.value;
    return { at: (_, turn) => ({ [target.name]: start + turn }), count: () => null };
  }
  if (node.kind !== 'Call' || node.callee.kind !== 'Member' || node.args[0]?.kind !== 'Function') return null;
  const [item, index] = node.args[0].params;
  const items = item === undefined ? null : read(node.callee.object, item.pattern);
  if (items === null) return null;
  const at = (scope: Scope, turn: number): Scope => {
    const bound = items.at(scope, turn);
    if (index !== undefined) bindPattern(bound, index.pattern, turn);
    return bound;
  };
  return { at, count: items.count };
}

function nodeAt(nodes: readonly SyntaxNode[], span: Span): SyntaxNode | null {
  let found: SyntaxNode | null = null;
  walk(nodes, (node) => {
    const loops = ['ForEach', 'For', 'Call'];
    if (node.span.start === span.start && node.span.end === span.end && loops.includes(node.kind)) found ??= node;
  });
  return found;
}
