/** `--min-confidence`: units whose sizes are less certain than asked are left. */
import type { UnitRewrite } from '../ir/edit.js';
import type { Confidence } from '../ir/sizes.js';
import type { Confirmed } from './confirm-sizes.js';
import { leaveUnit } from './left-units.js';
import type { SettleInput } from './settle.js';

/** From the surest on. */
export const confidences = ['proven', 'traced', 'static', 'hint'] as const satisfies readonly Confidence[];

export function leaveUnsure(
  { model, units, options }: Pick<SettleInput, 'model' | 'units' | 'options'>,
  { sizes, rewrites }: Confirmed,
): Confirmed {
  const least = options.minConfidence;
  const judged = rewrites.map((rewrite): UnitRewrite => {
    const unit = units.find((each) => each.id === rewrite.unit);
    if (rewrite.status === 'left' || unit === undefined) return rewrite;
    const all = unit.constructs.flatMap((id) => sizes.sites[id]?.sizes ?? []);
    const unsure = all.find(({ confidence }) => confidences.indexOf(confidence) > confidences.indexOf(least));
    if (unsure === undefined) return rewrite;
    return leaveUnit(model, unit, {
      code: 'L2N496',
      data: { size: unsure.text, confidence: unsure.confidence, least },
    });
  });
  return { sizes, rewrites: judged };
}
