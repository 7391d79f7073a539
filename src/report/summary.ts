/** One line that accounts for every unit found. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Totals } from '../ir/report.js';

export function summaryOf(totals: Totals, paint: ChalkInstance = new Chalk({ level: 0 })): string {
  const { found, converted, bridged, left, unverified, skipped, leftByCode } = totals;
  const codes = Object.entries(leftByCode).map(([code, count]) => `${code} ×${count}`);
  const counts = [
    `${found} found`,
    paint.green(`${converted} converted`),
    ...(bridged > 0 ? [`${bridged} bridged`] : []),
    ...(unverified > 0 ? [paint.magenta(`${unverified} unverified`)] : []),
    ...(left > 0 ? [paint.yellow(`${left} left`) + (codes.length > 0 ? ` (${codes.join(', ')})` : '')] : []),
    ...(skipped > 0 ? [`${skipped} skipped (outside the run)`] : []),
  ];
  return counts.join(', ');
}
