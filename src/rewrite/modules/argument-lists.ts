/** Edits of argument lists and of object literals. */
import type { Edit } from '../../ir/edit.js';
import type { Call, ObjectLiteral, Span } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { removedItems } from '../text.js';
import type { Draft, ModeRemoval } from './draft.js';

const idiom = 'basic-module';

/** Edits of an argument list. */
export function listEdits(
  draft: Draft,
  node: { readonly args: readonly { readonly span: Span }[]; readonly argsSpan: Span | null },
  change: {
    readonly before: readonly string[];
    readonly removed: ReadonlySet<number>;
    readonly after: readonly string[];
  },
): readonly Edit[] {
  const { args, argsSpan } = node;
  if (argsSpan === null) return [];
  const { path } = draft.source;
  const spans = args.map((each) => each.span);
  const kept = spans.filter((_, index) => !change.removed.has(index));
  const first = spans[0]?.start ?? argsSpan.start;
  const start = [...change.before, ...(kept.length === 0 ? change.after : [])].join(', ');
  const leading =
    start === ''
      ? []
      : [replacement(path, { start: first, end: first }, kept.length === 0 ? start : `${start}, `, idiom)];
  const last = kept.at(-1)?.end;
  const isTrailing = last !== undefined && change.after.length > 0;
  const trailing = isTrailing
    ? [replacement(path, { start: last, end: last }, `, ${change.after.join(', ')}`, idiom)]
    : [];
  const removals = removedItems(spans, change.removed, argsSpan.start).map((each) =>
    replacement(path, each, '', idiom),
  );
  return [...leading, ...removals, ...trailing];
}

/** Edits of an object literal: properties that go, text that comes last. */
export function objectEdits(
  draft: Draft,
  { span, properties }: ObjectLiteral,
  removed: ReadonlySet<number>,
  added: readonly string[],
): readonly Edit[] {
  const { path } = draft.source;
  const spans = properties.map((each) => each.span);
  const last = spans.filter((_, index) => !removed.has(index)).at(-1);
  const removals = removedItems(spans, removed, span.start + 1).map((each) => replacement(path, each, '', idiom));
  if (added.length === 0) return removals;
  const at = last?.end ?? span.start + 1;
  const text = last === undefined ? ` ${added.join(', ')} ` : `, ${added.join(', ')}`;
  return [replacement(path, { start: at, end: at }, text, idiom), ...removals];
}

export function removedProperties(
  removals: readonly ModeRemoval[],
  node: unknown,
  argument: number,
): readonly number[] {
  return removals.flatMap((each) =>
    each.of === 'property' && each.call === node && each.argument === argument ? [each.property] : [],
  );
}

/** Modes that go from a call: arguments, and properties of its options. */
export function callEdits(draft: Draft, call: Call, removals: readonly ModeRemoval[]): readonly Edit[] {
  const { path } = draft.source;
  const removed = new Set(
    removals.flatMap((each) => (each.of === 'argument' && each.call === call ? [each.argument] : [])),
  );
  const inner: Edit[] = [];
  call.args.forEach((each, index) => {
    const properties = new Set(removedProperties(removals, call, index));
    if (each.kind !== 'ObjectLiteral' || properties.size === 0) return;
    if (properties.size === each.properties.length && index === call.args.length - 1) removed.add(index);
    else inner.push(...objectEdits(draft, each, properties, []));
  });
  const spans = call.args.map((each) => each.span);
  return [
    ...removedItems(spans, removed, call.argsSpan.start).map((each) => replacement(path, each, '', 'basic-module')),
    ...inner,
  ];
}
