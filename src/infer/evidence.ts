/** How sure a size is, and the steps that led to it. */
import type { Confidence, EvidenceStep } from '../ir/sizes.js';
import type { Dim } from './atom.js';
import { atomKey } from './atom.js';
import { atomsOf } from './dim.js';
import type { Entry } from './entry.js';
import type { Summary } from './machine.js';
import type { Planner } from './planner.js';

/**
 * `proven` when it rests on no input and no assumption; a size that waits for the trace is `static`. `dim` is the size
 * before proofs and reuse.
 */
export function confidenceOf(dim: Dim, summary: Summary): Confidence {
  const open = atomsOf(dim).some(
    (atom) => atom.kind === 'input' || atom.kind === 'loop' || (atom.kind === 'place' && atom.axis !== null),
  );
  return open || summary.equalities.length > 0 ? 'static' : 'proven';
}

export function weakest(confidences: readonly Confidence[]): Confidence {
  const order: readonly Confidence[] = ['hint', 'static', 'traced', 'proven'];
  return order.find((each) => confidences.includes(each)) ?? 'proven';
}

const longestChain = 6;

/** From the construction to the call that feeds it, and on to the callers that its inputs come from. */
export function chainOf(
  planner: Planner,
  at: { readonly entry: Entry; readonly dim: Dim; readonly summary: Summary; readonly text: string },
): readonly EvidenceStep[] {
  const { entry, dim, summary, text } = at;
  const steps: EvidenceStep[] = [
    { ...entry.place, what: `${entry.label} = ${text}` },
    {
      ...entry.at,
      what: `fed here in ${summary.class?.name ?? 'this file'}${summary.class === null ? '' : `.${summary.method}`}`,
    },
  ];
  follow(planner, { dim, summary, steps });
  return steps;
}

function follow(
  planner: Planner,
  at: { readonly dim: Dim; readonly summary: Summary; readonly steps: EvidenceStep[] },
): void {
  const { dim, summary, steps } = at;
  const input = atomsOf(dim).find((atom) => atom.kind === 'input');
  if (input === undefined || summary.class === null || steps.length >= longestChain) return;
  const user = (planner.users.get(summary.class.id) ?? []).find(({ use }) => use.bound.has(atomKey(input)));
  const here = user?.use.bound.get(atomKey(input));
  if (user === undefined || here === undefined) return;
  const where = user.summary.class === null ? 'at a root' : `in ${user.summary.class.name}.${user.summary.method}`;
  steps.push({ ...user.use.at, what: `${summary.class.name} is used ${where}` });
  follow(planner, { dim: here, summary: user.summary, steps });
}
