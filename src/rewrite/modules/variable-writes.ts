/** Where a class sets its own variables. */
import type { Expression, PlacePattern } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
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

function isHeld(node: Expression, holder: Kept['holder']): boolean {
  if (holder.holder === 'local') return node.kind === 'Identifier' && node.binding === holder.binding;
  return (
    holder.holder === 'field' && node.kind === 'Member' && node.object.kind === 'This' && node.property === holder.name
  );
}
