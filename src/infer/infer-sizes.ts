/** Input sizes of a whole project. */
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import type { ConstructTarget, ModuleClass, ProjectModel, SiteId } from '../ir/project.js';
import type { SizeExpression, SizePlan } from '../ir/sizes.js';
import { factoryAround } from '../ir/factories.js';
import { walk } from '../ir/walk.js';
import { planCaches } from './caches.js';
import type { ClassPlan, Refusal } from './class-plan.js';
import { planClasses } from './class-plan.js';
import { weakest } from './evidence.js';
import { inherit } from './inherited.js';
import type { Need, Session, Summary } from './machine.js';
import { methodOf } from './member.js';
import type { Planner } from './planner.js';
import { newPlanner } from './planner.js';
import { planRoots } from './root-sizes.js';
import { newSession, runRoots } from './roots.js';
import { summarise } from './summary.js';
import type { WrittenSite } from './write-class.js';
import { writeClass } from './write-class.js';

/**
 * Finds every size argument that NNX constructors need, as expressions over the new constructors' own arguments. Never
 * throws for user code: what cannot be proved is refused with its code, class by class. The result does not depend on
 * the order of files.
 */
export function inferSizes(model: ProjectModel): SizePlan {
  const session = newSession(model);
  const roots = runRoots(session);
  runUnreached(session);
  runWhole(session);
  const planner = newPlanner(session, roots);
  const plans = inherit(planner, planClasses(planner));
  const written = [...plans.values()].map((plan) => writeClass(planner, plan));
  const outside = planRoots(planner, plans);
  const refusals = [...written.flatMap((each) => each.refusals), ...outside.refusals];
  const refused = new Set(refusals.map((each) => each.class));
  const kept = written.filter((each) => !refused.has(each.class.id));
  const found = gatherSites([...kept.flatMap((each) => each.sites), ...outside.sites], targetsOf(model, refused));
  const sites = { ...found, ...twins(model, found) };
  return {
    classes: Object.fromEntries(kept.map((each) => [each.class.id, each.sizes])),
    sites,
    places: Object.fromEntries(kept.flatMap((each) => [...each.places])),
    ...planCaches(planner),
    refusals: [...refusals, ...unreached(planner, { refused, sites, plans })].sort(byPlace),
  };
}

/** Classes and methods that no root reaches are run over inputs of their own. */
function runUnreached(session: Session): void {
  const seen = new Set([...session.summaries.values()].map((each) => each.class));
  for (const each of session.model.classes) {
    if (seen.has(each) || each.node.abstract) continue;
    if (methodOf(session, each, 'call') !== null)
      summarise(session, { class: each, method: 'call', args: null, built: null });
  }
  const helpers = new Set(session.model.classes.flatMap(calledByName));
  for (const each of session.model.classes) {
    const methods = new Set(
      [...session.summaries.values()].filter((summary) => summary.class === each).map((summary) => summary.method),
    );
    for (const method of each.methods) {
      if (methods.has(method.name) || helpers.has(method.name) || each.node.abstract || method.name === 'call')
        continue;
      summarise(session, { class: each, method: method.name, args: null, built: null });
    }
  }
}

/** Classes with layers that no run reached are run once more, every optional tensor there. */
function runWhole(session: Session): void {
  const reached = new Set([...session.summaries.values()].flatMap(sitesOf));
  const left = session.model.constructs.filter((each) => each.owner !== null && !reached.has(each.id));
  for (const of of session.model.classes) {
    const isLeft = left.some((each) => each.owner?.class === of.id);
    if (!isLeft || methodOf(session, of, 'call') === null) continue;
    summarise(session, { class: of, method: 'call', args: null, built: null, whole: true });
  }
}

/** Methods that a class calls on itself: they run as parts of others, in its bases and subclasses too. */
function calledByName(of: ModuleClass): readonly string[] {
  const names: string[] = [];
  for (const member of of.node.members) {
    walk(member, (node) => {
      if (node.kind === 'Member' && (node.object.kind === 'This' || node.object.kind === 'Super'))
        names.push(node.property);
    });
  }
  return names;
}

/** Constructions of classes that are refused: nothing is said about them. */
function targetsOf(model: ProjectModel, refused: ReadonlySet<string | null>): ReadonlySet<SiteId> {
  const sites = model.constructs.filter(({ target }) => {
    const of = classIn(target);
    return of !== null && refused.has(of);
  });
  return new Set(sites.map((each) => each.id));
}

/** A model built in the same words as another in its file that a sample reaches, whose sizes are plain numbers. */
function twins(model: ProjectModel, sites: SizePlan['sites']): SizePlan['sites'] {
  const textOf = ({ path, node }: ProjectModel['constructs'][number]): string =>
    `${path} ${model.sources[path]?.text.slice(node.span.start, node.span.end).replace(/\s+/g, '') ?? ''}`;
  const outside = model.constructs.filter((each) => each.owner === null);
  const entries = outside.flatMap((each) => {
    if (sites[each.id] !== undefined) return [];
    const same = outside.filter((other) => other !== each && textOf(other) === textOf(each)).map(({ id }) => sites[id]);
    const known = same.filter((sizes) => sizes !== undefined);
    const [first] = known;
    const texts = new Set(known.map((sizes) => sizes.sizes.map(({ text }) => text).join()));
    const isPlain = first?.sizes.every(({ reads }) => reads.length === 0) === true;
    return first !== undefined && texts.size === 1 && isPlain ? [[each.id, first] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Several parts may give sizes of one site: each gives its own positions. */
function gatherSites(parts: readonly WrittenSite[], left: ReadonlySet<SiteId>): SizePlan['sites'] {
  const sites = new Map<SiteId, (SizeExpression | undefined)[]>();
  for (const { site, index, list, size } of parts) {
    const sizes = sites.get(site) ?? [];
    sizes[index] = list === undefined ? size : listed(sizes[index], size);
    sites.set(site, sizes);
  }
  const whole = [...sites].flatMap(([id, sizes]) => {
    const found = sizes.filter((each) => each !== undefined);
    return found.length === sizes.length && !left.has(id) ? [[id, { sizes: found }] as const] : [];
  });
  return Object.fromEntries(whole.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A size that is a list gains its next part: `[numHeads, headDim]`. */
function listed(before: SizeExpression | undefined, part: SizeExpression): SizeExpression {
  if (before === undefined) return { ...part, text: `[${part.text}]` };
  return {
    text: `${before.text.slice(0, -1)}, ${part.text}]`,
    reads: [...new Set([...before.reads, ...part.reads])].sort(),
    confidence: weakest([before.confidence, part.confidence]),
    chain: [...before.chain, ...part.chain],
  };
}

/** Constructions that need sizes and got none: no call of theirs can be followed. */
function unreached(
  planner: Planner,
  at: {
    readonly refused: ReadonlySet<string | null>;
    readonly sites: SizePlan['sites'];
    readonly plans: ReadonlyMap<string, ClassPlan>;
  },
): readonly Refusal[] {
  const summaries = [...planner.session.summaries.values(), ...planner.roots.map((root) => root.summary)];
  const reached = new Set(summaries.flatMap(sitesOf));
  return planner.model.constructs.flatMap((construct): readonly Refusal[] => {
    const owner = construct.owner?.class ?? null;
    const count = sizesOf(construct.target, at.plans);
    if (count === 0 || at.sites[construct.id]?.sizes.length === count) return [];
    // Its calls are given the sizes.
    const factory = factoryAround(planner.model, construct.node);
    if (factory?.builds.some((each) => reached.has(each.id)) === true) return [];
    const target = classIn(construct.target);
    if (reached.has(construct.id) && at.refused.size > 0) return [];
    if (at.refused.has(owner ?? target) || (target !== null && at.refused.has(target))) return [];
    const { path, node } = construct;
    const where = { path, span: node.span, class: owner ?? target };
    const what = nameOf(construct.target);
    if (owner === null)
      return [{ code: 'L2N320', ...where, data: { what, why: 'no `init` with a readable sample reaches it' } }];
    return [{ code: 'L2N310', ...where, data: { what, why: 'no call of it can be followed' } }];
  });
}

function sitesOf(summary: Summary): readonly SiteId[] {
  return [...summary.needs.flatMap(siteOf), ...summary.uses.map((use) => use.site.id)];
}

function siteOf(need: Need): readonly SiteId[] {
  return need.asks.asks === 'layer' ? [need.asks.site.id] : [];
}

function sizesOf(target: ConstructTarget, plans: ReadonlyMap<string, ClassPlan>): number {
  switch (target.target) {
    case 'layer':
      return layerByLinenName(target.name)?.sizeArguments.length ?? 0;
    case 'class':
      return plans.get(target.id)?.added.length ?? 0;
    case 'lifted':
      return sizesOf(target.of, plans);
    case 'unknown':
      return 0;
  }
}

function classIn(target: ConstructTarget): string | null {
  if (target.target === 'lifted') return classIn(target.of);
  return target.target === 'class' ? target.id : null;
}

function nameOf(target: ConstructTarget): string {
  if (target.target === 'lifted') return nameOf(target.of);
  if (target.target === 'layer') return target.name;
  return target.target === 'class' ? (target.id.split('#').at(-1) ?? target.id) : 'a module';
}

function byPlace(a: Refusal, b: Refusal): number {
  return a.path === b.path ? a.span.start - b.span.start : a.path < b.path ? -1 : 1;
}
