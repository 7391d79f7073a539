/** What a table says of a unit, in cells of plain text. */
import type { UnitReport, VerificationReport } from '../ir/report.js';

export const unitHeader: readonly string[] = ['unit', 'status', 'sizes', 'verification', 'worst difference'];

export function unitRow(unit: UnitReport): readonly string[] {
  return [unit.id, unit.status, confidenceOf(unit), verificationCell(unit.verification), worstCell(unit.verification)];
}

/** The weakest confidence of a unit's sizes. */
function confidenceOf(unit: UnitReport): string {
  const order = ['hint', 'static', 'traced', 'proven'] as const;
  return order.find((confidence) => unit.sizes.some((size) => size.confidence === confidence)) ?? '–';
}

function verificationCell(verification: VerificationReport | null): string {
  if (verification === null) return '–';
  const stages = [...new Set(verification.stages.filter((each) => each.status === 'passed').map((each) => each.stage))];
  const failed = verification.stages.find((each) => each.status === 'failed');
  if (failed !== undefined) return `stage ${failed.stage} failed (${failed.backend})`;
  return `${verification.verdict}, stages ${ranges(stages.sort((a, b) => a - b)) || 'none'}`;
}

function worstCell(verification: VerificationReport | null): string {
  const worst = (verification?.stages ?? []).flatMap((each) => (each.worst === null ? [] : [each.worst]));
  if (verification === null || verification.stages.every((each) => each.compared === 0)) return '–';
  const relative = Math.max(0, ...worst.map((each) => each.relative));
  return relative === 0 ? '0' : relative.toExponential(1);
}

/** `0–4, 6, 7`. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const each of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === each - 1) last[1] = each;
    else runs.push([each, each]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`))
    .join(', ');
}
