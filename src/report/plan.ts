/** What a conversion would take: the units in the order to convert them, with effort and blockers. */
import type { FindingReport, Report, UnitReport } from '../ir/report.js';

/** `automatic`: nothing to do · `review`: sizes or notes to look at · `hint`: a size to state · `rerun`: paths or syntax to put right · `manual`. */
export type Effort = 'automatic' | 'review' | 'hint' | 'rerun' | 'manual';
const efforts: readonly Effort[] = ['automatic', 'review', 'hint', 'rerun', 'manual'];

export interface PlannedUnit {
  readonly unit: string;
  readonly effort: Effort;
  /** Those that others build first. */
  readonly classes: readonly string[];
  readonly files: readonly string[];
  /** Why it would be left; empty where it converts. */
  readonly blockers: readonly FindingReport[];
}

/** Easiest first, then smallest. Units do not depend on one another: what builds a class is of its unit. */
export function planOf(
  report: Report,
  leafFirst: { readonly [unit: string]: readonly string[] },
): readonly PlannedUnit[] {
  const planned = report.units.map((unit): PlannedUnit => ({
    unit: unit.id,
    effort: effortOf(unit),
    classes: leafFirst[unit.id] ?? unit.classes,
    files: unit.files,
    blockers: unit.status === 'left' ? unit.findings.filter(({ severity }) => severity !== 'note') : [],
  }));
  const rank = ({ effort, classes }: PlannedUnit): number => efforts.indexOf(effort) * 10_000 + classes.length;
  return planned.sort((a, b) => rank(a) - rank(b) || (a.unit < b.unit ? -1 : 1));
}

export function planText(planned: readonly PlannedUnit[]): string {
  return planned
    .map(({ unit, effort, classes, blockers }, index) => {
      const names = classes.map((each) => each.slice(each.lastIndexOf('#') + 1));
      const reasons = blockers.flatMap(({ path, line, column, code, what, fix }) => [
        `     ${path}:${line}:${column}  ${code}  ${what}`,
        `       fix: ${fix}`,
      ]);
      const order = names.length > 1 ? [`     classes: ${names.join(' → ')}`] : [];
      return [`${String(index + 1).padStart(3)}. ${effort.padEnd(9)}  ${unit}`, ...order, ...reasons, ''].join('\n');
    })
    .join('');
}

function effortOf({ status, findings, sizes }: UnitReport): Effort {
  const family = findings[0]?.code.slice(0, 4);
  if (status === 'left') {
    if (family === 'L2N3') return 'hint';
    return findings[0]?.code.startsWith('L2N49') === true ? 'rerun' : 'manual';
  }
  const isSure = sizes.every(({ confidence }) => confidence === 'proven' || confidence === 'traced');
  return isSure && findings.every(({ severity }) => severity === 'note') ? 'automatic' : 'review';
}
