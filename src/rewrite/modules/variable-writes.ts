/** Where a class sets its own variables. */
import { withoutWraps } from '../../ir/resolve.js';
import type { Expression, Member, PlacePattern, Span } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { isInside } from '../text.js';
import type { Draft, Kept } from './draft.js';

/** The left sides of assignments to the variable's value. */
export function valueWrites(draft: Draft, { holder }: Kept): readonly PlacePattern[] {
  const found: PlacePattern[] = [];
  walk(draft.module.node.members, (node) => {
    const place = node.kind === 'PlacePattern' ? node.place : null;
    if (
      node.kind === 'PlacePattern' &&
      place?.kind === 'Member' &&
      place.property === 'value' &&
      isHeld(place.object, holder)
    )
      found.push(node);
  });
  return found;
}

/**
 * Reads of the value that are kept in a constant and used after the variable has been set: setting it frees the old
 * value in NNX.
 */
export function keptReads(draft: Draft, part: Kept): readonly Member[] {
  const writes = valueWrites(draft, part);
  const found: Member[] = [];
  if (writes.length === 0) return found;
  walk(draft.module.node.members, (node) => {
    if (node.kind !== 'Variable') return;
    for (const { target, init } of node.declarators) {
      const read = init === null ? null : withoutWraps(init);
      if (read?.kind !== 'Member' || read.property !== 'value' || !isHeld(read.object, part.holder)) continue;
      const id = target.kind === 'IdentifierPattern' ? target.binding : null;
      const uses = id === null ? [] : (draft.source.bindings[id]?.reads ?? []);
      if (uses.some((use) => writes.some((write) => isBetween(draft, { read: read.span, set: write.span, use }))))
        found.push(read);
    }
  });
  return found;
}

/** A write in another method may run anywhere. */
function isBetween(
  draft: Draft,
  { read, set, use }: { readonly read: Span; readonly set: Span; readonly use: Span },
): boolean {
  const method = draft.module.node.members.find((each) => isInside(read, each.span));
  if (method === undefined || !isInside(set, method.span)) return true;
  return read.end <= set.start && set.end <= use.start;
}

function isHeld(node: Expression, holder: Kept['holder']): boolean {
  if (holder.holder === 'local') return node.kind === 'Identifier' && node.binding === holder.binding;
  return (
    holder.holder === 'field' && node.kind === 'Member' && node.object.kind === 'This' && node.property === holder.name
  );
}
