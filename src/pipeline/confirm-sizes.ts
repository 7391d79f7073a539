/** Planned sizes against runs of the old program on shapes: what agrees is proven, a unit with one that does not is left. */
import { checkTrace, confirmPlan } from '../infer/trace-check.js';
import type { UnitRewrite } from '../ir/edit.js';
import type { SizePlan } from '../ir/sizes.js';
import type { TraceRun } from '../ir/trace.js';
import { leaveUnit } from './left-units.js';
import type { SettleInput } from './settle.js';

export interface Confirmed {
  readonly sizes: SizePlan;
  readonly rewrites: readonly UnitRewrite[];
}

export function confirmSizes(
  { model, units }: Pick<SettleInput, 'model' | 'units'>,
  plan: SizePlan,
  { rewrites, runs }: { readonly rewrites: readonly UnitRewrite[]; readonly runs: readonly TraceRun[] },
): Confirmed {
  if (runs.length === 0) return { sizes: plan, rewrites };
  const sizes = confirmPlan(model, plan, checkTrace(model, plan, runs));
  const wrong = sizes.refusals.slice(plan.refusals.length);
  if (wrong.length === 0) return { sizes, rewrites };
  const judged = rewrites.map((rewrite) => {
    const unit = units.find((each) => each.id === rewrite.unit);
    const reason = wrong.find((each) => each.class !== null && unit?.classes.includes(each.class) === true);
    if (rewrite.status === 'left' || unit === undefined || reason === undefined) return rewrite;
    return leaveUnit(model, unit, { code: reason.code, data: { ...reason.data } });
  });
  return { sizes, rewrites: judged };
}
