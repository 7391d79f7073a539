/** How rules reach the run: equalities, ranks, identities. */
import type { Atom, Dim } from './atom.js';
import { equal, opaqueOf, soleAtom } from './dim.js';
import { RankFound, newId } from './frame.js';
import type { Session, Value } from './machine.js';
import type { RuleContext } from './rules/operand.js';

export function ruleContext(session: Session): RuleContext {
  return {
    same: (a, b) => assumeEqual(session, a, b),
    needRank: (shape, rank) => {
      const { dims, rankOf } = shape;
      if (dims === null && rankOf !== null && !session.ranks.has(rankOf) && isInProgress(session, rankOf))
        throw new RankFound(rankOf, rank);
    },
    identity: () => newId(session),
  };
}

/** A shape that a finished method returned may still name that method's input: nothing is left to run again then. */
function isInProgress(session: Session, key: string): boolean {
  const method = `${key.slice(0, key.lastIndexOf('#'))}(`;
  return key.startsWith('place:') || [...session.running].some((id) => id.startsWith(method));
}

/**
 * Both must be equal for the program to run; the better known one goes on. An equality found on some paths only proves
 * nothing and is not recorded.
 */
export function assumeEqual(session: Session, a: Dim, b: Dim): Dim {
  if (equal(a, b)) return a;
  const [poorA, poorB] = [opaqueOf(a) !== null, opaqueOf(b) !== null];
  if (poorA || poorB) return poorA ? b : a;
  const [varyingA, varyingB] = [isVarying(soleAtom(a)), isVarying(soleAtom(b))];
  const { run } = session;
  if (run.silent === 0 && run.guard === 0 && (varyingA || varyingB)) {
    run.summary.equalities.push(varyingA ? [a, b] : [b, a]);
  }
  return varyingA && !varyingB ? b : a;
}

/** Values that must have the same shapes, part by part: the carry of a scan. */
export function assumeSame(session: Session, a: Value, b: Value): void {
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const rank = a.shape.dims?.length ?? b.shape.dims?.length ?? 1;
    for (let axis = -1; axis >= -rank; axis--) assumeEqual(session, a.shape.axis(axis), b.shape.axis(axis));
  } else if (a.kind === 'array' && b.kind === 'array') {
    a.items.forEach((item, index) => assumeSame(session, item, b.items[index] ?? item));
  } else if (a.kind === 'record' && b.kind === 'record') {
    for (const [key, value] of a.properties) assumeSame(session, value, b.properties.get(key) ?? value);
  }
}

function isVarying(atom: Atom | null): boolean {
  return atom?.kind === 'input' || atom?.kind === 'loop';
}
