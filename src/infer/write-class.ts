/** A class's plan as text: arguments, threads, sizes of sites. */
import type { ModuleClass, SiteId } from '../ir/project.js';
import type { ArgumentSource, ClassSizes, SizeExpression } from '../ir/sizes.js';
import { atomKey } from './atom.js';
import type { Added, ClassPlan, Decided, Refusal } from './class-plan.js';
import { opaqueOf, substitute } from './dim.js';
import { chainOf, confidenceOf, weakest } from './evidence.js';
import { spellSize } from './spell.js';
import type { Planner } from './planner.js';
import { inOwnLoop, swap, threadsOf } from './threads.js';

export interface WrittenClass {
  readonly class: ModuleClass;
  readonly sizes: ClassSizes;
  readonly sites: readonly WrittenSite[];
  readonly places: readonly (readonly [SiteId, SizeExpression])[];
  readonly refusals: readonly Refusal[];
}
export interface WrittenSite {
  readonly site: SiteId;
  readonly index: number;
  /** Position in a size that is a list. */
  readonly list?: number;
  readonly size: SizeExpression;
}

export function writeClass(planner: Planner, plan: ClassPlan): WrittenClass {
  const inputs = new Map(plan.added.map((each) => [atomKey(each.atom), each.name] as const));
  const { names: all, threads } = threadsOf(planner, plan, inputs);
  const written = new Set(threads.map((each) => each.name));
  const names = new Map([...all].filter(([, name]) => written.has(name)));
  const sites: WrittenSite[] = [];
  const places: (readonly [SiteId, SizeExpression])[] = [];
  const refusals: Refusal[] = [...plan.refusals];
  for (const decided of plan.sizes) {
    const size = writeSize(planner, plan, { decided, names: { inputs, threads: names } });
    const { target } = decided.entry;
    if ('code' in size) refusals.push(size);
    else if ('expression' in target) places.push([target.expression, size]);
    else sites.push({ ...target, size });
  }
  const confidence = weakest(
    [...sites.map((each) => each.size), ...places.map(([, size]) => size)].map((each) => each.confidence),
  );
  const newArguments = plan.added.map((each) => ({ name: each.name, meaning: each.meaning, source: sourceOf(each) }));
  return { class: plan.class, sizes: { newArguments, threads, confidence }, sites, places, refusals };
}

function writeSize(
  planner: Planner,
  plan: ClassPlan,
  at: { readonly decided: Decided; readonly names: Parameters<typeof spellSize>[2]['names'] },
): SizeExpression | Refusal {
  const { entry, summary } = at.decided;
  const dim = substitute(inOwnLoop(at.decided), swap(plan));
  const poison = opaqueOf(dim);
  const written = poison === null ? spellSize(planner.session, dim, { class: plan.class, names: at.names }) : null;
  if (written === null) {
    const why = poison?.why ?? 'it depends on a value that the constructor has no name for';
    const code = poison?.code ?? 'L2N310';
    return { code, ...entry.place, class: plan.class.id, data: { what: entry.label, why } };
  }
  const original = at.decided.dim;
  return {
    ...written,
    confidence: confidenceOf(original, summary),
    chain: chainOf(planner, { entry, dim: original, summary, text: written.text }),
  };
}

function sourceOf({ atom, perWay }: Added): ArgumentSource | null {
  const { method, parameter, part, axis } = atom;
  return perWay === null ? { method, parameter, part, axis } : null;
}
