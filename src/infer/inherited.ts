/** Classes that run layers of a base class's text. */
import type { ModuleClass } from '../ir/project.js';
import type { Atom, Dim } from './atom.js';
import { atomKey } from './atom.js';
import type { Added, ClassPlan, Decided, Refusal } from './class-plan.js';
import { equal, ofAtom, substitute } from './dim.js';
import { baseOf } from './member.js';
import type { Planner } from './planner.js';

/**
 * A layer stands in one constructor, the base's: a subclass that feeds it the same sizes inherits them, one that feeds
 * it others is refused together with its base.
 */
export function inherit(planner: Planner, plans: ReadonlyMap<string, ClassPlan>): ReadonlyMap<string, ClassPlan> {
  const result = new Map(plans);
  for (const each of planner.model.classes) {
    const base = baseOf(planner.session, each);
    const plan = result.get(each.id);
    const basePlan = base === null ? undefined : result.get(base.id);
    if (plan === undefined || basePlan === undefined) continue;
    const foreign = plan.sizes.filter((size) => !standsIn(size, each));
    if (foreign.length === 0 && plan.refusals.length === 0 && basePlan.added.length === 0) continue;
    const inherited = inheritFrom(plan, basePlan, foreign);
    if (inherited !== null) result.set(each.id, inherited);
    else {
      for (const refused of [plan, basePlan]) {
        result.set(refused.class.id, {
          ...refused,
          refusals: [...refused.refusals, disagreement(refused.class, each)],
        });
      }
    }
  }
  return result;
}

function standsIn(size: Decided, of: ModuleClass): boolean {
  const { path, span } = size.entry.place;
  return path === of.path && span.start >= of.node.span.start && span.end <= of.node.span.end;
}

function inheritFrom(plan: ClassPlan, base: ClassPlan, foreign: readonly Decided[]): ClassPlan | null {
  if (plan.class.constructorMethod !== null || plan.refusals.length > 0 || base.refusals.length > 0) return null;
  const rename = (dim: Dim): Dim => substitute(dim, (atom) => renamed(atom, plan.class.id, base.class.id));
  const agree = foreign.every((size) => {
    const own = base.sizes.find((each) => each.entry.key === size.entry.key);
    return own !== undefined && equal(rename(size.dim), own.dim);
  });
  const keys = (added: readonly Added[]): string => added.map((each) => rename(ofAtom(each.atom)).key).join('|');
  if (!agree || keys(plan.added) !== keys(base.added)) return null;
  const swaps = [...plan.swaps].filter(([key]) => !plan.added.some((each) => atomKey(each.atom) === key));
  const added = plan.added.map((each, index) => ({ ...each, name: base.added[index]?.name ?? each.name }));
  return { ...plan, added, swaps: new Map(swaps), sizes: plan.sizes.filter((size) => !foreign.includes(size)) };
}

function renamed(atom: Atom, from: string, to: string): Dim | undefined {
  if ((atom.kind !== 'field' && atom.kind !== 'input') || atom.owner !== from) return undefined;
  return ofAtom({ ...atom, owner: to });
}

function disagreement(of: ModuleClass, subclass: ModuleClass): Refusal {
  const why = `${subclass.name} inherits layers whose sizes its own body or constructor decides`;
  return {
    code: 'L2N315',
    path: of.path,
    span: of.node.nameSpan ?? of.node.span,
    class: of.id,
    data: { what: of.name, why },
  };
}
