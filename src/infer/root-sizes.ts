/** What constructions outside module classes pass. */
import type { Binding } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';
import { bindingOf } from '../ir/resolve.js';
import type { ClassPlan, Refusal } from './class-plan.js';
import { fedByUse, passed } from './class-plan.js';
import { opaqueOf } from './dim.js';
import type { Entry } from './entry.js';
import { addFed, fedByNeed, oneSize } from './entry.js';
import { chainOf, confidenceOf } from './evidence.js';
import { spellSize } from './spell.js';
import type { Planner } from './planner.js';
import type { Root } from './roots.js';
import { placesIn } from './spell.js';
import type { WrittenSite } from './write-class.js';

export interface RootSizes {
  readonly sites: readonly WrittenSite[];
  readonly refusals: readonly Refusal[];
}

/** Sizes from samples; several roots of one construction must agree. A sample of an `apply` counts where no `init` does. */
export function planRoots(planner: Planner, plans: ReadonlyMap<string, ClassPlan>): RootSizes {
  const entries = new Map<string, Entry>();
  const classes = new Map<string, string | null>();
  const initialised = new Set<string>();
  for (const root of planner.roots) gather(root, { entries, classes, initialised, plans });
  const sites: WrittenSite[] = [];
  const refusals: Refusal[] = [];
  for (const entry of entries.values()) {
    const size = writeRoot(planner, entry, classes.get(entry.key) ?? null);
    if ('code' in size) refusals.push(size);
    else if ('site' in entry.target) sites.push({ ...entry.target, size });
  }
  return { sites, refusals };
}

function gather(
  root: Root,
  into: {
    readonly entries: Map<string, Entry>;
    readonly classes: Map<string, string | null>;
    readonly initialised: Set<string>;
    readonly plans: ReadonlyMap<string, ClassPlan>;
  },
): void {
  const { summary, call } = root;
  const initialises = call.entry !== 'apply';
  // Calls of `apply` come after all others: they count where none of those does, or where an earlier `apply` did.
  const counts = (key: string): boolean => initialises || !into.initialised.has(key);
  for (const use of summary.uses) {
    if (use.site.owner !== null) continue;
    const plan = into.plans.get(use.class.id);
    if (plan === undefined || plan.refusals.length > 0) continue;
    plan.added.forEach((added, index) => {
      const dim = passed(use, added);
      const fed = fedByUse(use, added, index);
      if (dim === null || !counts(fed.entry.key)) return;
      into.classes.set(fed.entry.key, use.class.id);
      if (initialises) into.initialised.add(fed.entry.key);
      addFed(into.entries, summary, { ...fed, dim });
    });
  }
  for (const need of summary.needs) {
    const fed = fedByNeed(need, need.dim);
    if (need.owner !== null || !counts(fed.entry.key)) continue;
    if (initialises) into.initialised.add(fed.entry.key);
    addFed(into.entries, summary, fed);
  }
}

function writeRoot(planner: Planner, entry: Entry, of: string | null): WrittenSite['size'] | Refusal {
  const refuse = (code: string, why: string): Refusal => ({
    code,
    ...entry.place,
    class: of,
    data: { what: entry.label, why },
  });
  const sizes = entry.ways.map(oneSize);
  const [first] = sizes;
  const poison = entry.ways
    .flatMap((way) => way.sizes)
    .map((each) => opaqueOf(each.dim))
    .find((each) => each !== null);
  if (poison != null) return refuse(poison.code === 'L2N310' ? 'L2N320' : poison.code, poison.why);
  if (first == null || sizes.some((dim) => dim?.key !== first.key)) {
    return refuse('L2N315', 'samples of different sizes are given to one construction');
  }
  const hidden = placesIn(first)
    .map((id) => bindingOf(planner.session.model, id))
    .find((binding) => binding === null || !isInScope(binding, entry.place));
  if (hidden !== undefined) {
    return refuse('L2N320', `${hidden?.name ?? 'the sample'} is not in scope where the model is built`);
  }
  const written = spellSize(planner.session, first, { class: null, names: { inputs: new Map(), threads: new Map() } });
  const summary = entry.ways[0]?.summary;
  if (written === null || summary === undefined)
    return refuse('L2N320', 'the sample has no name where the model is built');
  return {
    ...written,
    confidence: confidenceOf(first, summary),
    chain: chainOf(planner, { entry, dim: first, summary, text: written.text }),
  };
}

/** Whether a name can be read at a place: its scope is around it, and it is declared before it. */
function isInScope(binding: Binding, place: { readonly path: string; readonly span: Span }): boolean {
  if (binding.path !== place.path) return false;
  const { functionScope } = binding;
  const around = functionScope.start <= place.span.start && place.span.end <= functionScope.end;
  const hoisted = binding.declared === 'import' || binding.declared === 'parameter';
  return around && (hoisted || binding.span.end <= place.span.start);
}
