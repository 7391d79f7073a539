/** Text that only chose a mode and goes. */
import type { Span } from '../../ir/syntax.js';
import { isInside } from '../text.js';
import type { ModeDecisions } from './draft.js';

/** Whether a span lies in a mode argument, or in a constant made for one, that goes. */
export function isSpentMode({ removals }: ModeDecisions, span: Span): boolean {
  return removals.some((each) => {
    if (each.of === 'alias') return isInside(span, each.statement.span);
    if (each.of === 'parameter') return false;
    const argument = each.call.args[each.argument];
    if (argument === undefined) return false;
    const place =
      each.of === 'argument'
        ? argument
        : argument.kind === 'ObjectLiteral'
          ? argument.properties[each.property]
          : undefined;
    return place !== undefined && isInside(span, place.span);
  });
}
