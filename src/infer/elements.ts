/** Arguments and array elements. */
import type { Expression, Spread } from '../ir/syntax.js';
import type { Frame, Session, Value } from './machine.js';
import { absent, unknown } from './value.js';

/** Arguments and array elements, spreads opened. An element that cannot be opened makes the rest unknown. */
export function evaluateList(
  session: Session,
  frame: Frame,
  nodes: readonly (Expression | Spread | null)[],
): readonly Value[] {
  return nodes.flatMap((node): readonly Value[] => {
    if (node === null) return [absent];
    if (node.kind !== 'Spread') return [session.interpreter.evaluate(session, frame, node)];
    const value = session.interpreter.evaluate(session, frame, node.argument);
    if (value.kind === 'array') return value.items;
    if (value.kind === 'sizes') return [{ kind: 'leading', shape: value.shape }];
    return [value.kind === 'unknown' ? value : unknown('L2N316', 'a list whose length is not known is spread')];
  });
}
