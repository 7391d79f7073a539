/** Planned sizes against recorded runs: every expression is evaluated inside the instance it is meant for. */
import { constructorPatterns } from './trace-scope.js';
import { threadValues } from './trace-loop.js';
import type { ProjectModel, SiteId } from '../ir/project.js';
import type { ArgumentSource, Confidence, SizeExpression, SizePlan } from '../ir/sizes.js';
import type { TracedModule, TraceRun } from '../ir/trace.js';
import type { Scope } from './trace-scope.js';
import { evaluateText, plainValue } from './trace-scope.js';

export interface TraceCheck {
  /** By site and position: in how many runs a size was seen and agreed. */
  readonly agreed: ReadonlyMap<SiteId, readonly number[]>;
  readonly disagreements: readonly Disagreement[];
}
export interface Disagreement {
  readonly site: SiteId;
  readonly index: number;
  readonly text: string;
  readonly planned: unknown;
  readonly seen: number;
  /** Label of the run. */
  readonly run: string;
}

/** Compares a plan with what really happened. Sizes that no run reached, or whose names it does not know, stay out. */
export function checkTrace(model: ProjectModel, plan: SizePlan, runs: readonly TraceRun[]): TraceCheck {
  const agreed = new Map<SiteId, number[]>();
  const disagreements: Disagreement[] = [];
  for (const run of runs) {
    const verdicts = checkRun({ model, plan, run });
    for (const { site, index, verdict } of verdicts) {
      if (verdict !== null) disagreements.push({ ...verdict, run: run.label });
      const counts = agreed.get(site) ?? [];
      if (verdict === null) counts[index] = (counts[index] ?? 0) + 1;
      agreed.set(site, counts);
    }
  }
  return { agreed, disagreements };
}

/**
 * The plan with what the runs showed: a static size is proven once two runs agree with it, and a class whose size a run
 * contradicts is refused. The static side is never corrected.
 */
export function confirmPlan(model: ProjectModel, plan: SizePlan, check: TraceCheck): SizePlan {
  const wrong = new Set(check.disagreements.map((each) => ownerOf(model, each.site)));
  const sites = Object.entries(plan.sites).map(([id, site]) => {
    const sizes = site.sizes.map((size, index) => confirm(size, check.agreed.get(id)?.[index] ?? 0));
    return [id, { sizes }] as const;
  });
  const refusals = check.disagreements.map((each) => refusalOf(model, each));
  const kept = sites.filter(([id]) => !wrong.has(ownerOf(model, id)));
  const classes = Object.entries(plan.classes).filter(([id]) => !wrong.has(id));
  return {
    ...plan,
    sites: Object.fromEntries(kept),
    classes: Object.fromEntries(classes.map(([id, each]) => [id, { ...each, confidence: weakestOf(model, id, kept) }])),
    refusals: [...plan.refusals, ...refusals],
  };
}

/** Turns of a loop that are looked at for one that fits. */
const mostTurns = 16;

interface Running {
  readonly model: ProjectModel;
  readonly plan: SizePlan;
  readonly run: TraceRun;
}
interface Seen {
  readonly site: SiteId;
  readonly index: number;
  readonly verdict: Omit<Disagreement, 'run'> | null;
}

/** One verdict for each size seen: agreed in every call of the run, or the first disagreement. */
function checkRun(running: Running): readonly Seen[] {
  const seen = new Map<string, Seen>();
  const turns = new Map<string, number>();
  for (const call of running.run.calls) {
    const { site } = call;
    if (site === null) continue;
    const fed = call.traced === 'layer' ? call.fed : argumentsOf(running, call);
    const owner = ownerCall(running, call.within, site);
    const turn = turns.get(`${owner}|${site}`) ?? 0;
    turns.set(`${owner}|${site}`, turn + 1);
    fed.forEach((value, index) => {
      const size = running.plan.sites[site]?.sizes[index];
      if (value === null || size === undefined) return;
      const planned = evaluateSize(running, size, { owner, turn, site });
      if (typeof planned !== 'number') return;
      const isOther = (other: number): boolean => evaluateSize(running, size, { owner, turn: other, site }) === value;
      // In a loop that skips or repeats turns the count of calls is not the turn: nothing is said then.
      if (planned !== value && Array.from({ length: mostTurns }, (_, other) => other).some(isOther)) return;
      const key = `${site}#${index}`;
      const verdict = planned === value ? null : { site, index, text: size.text, planned, seen: value };
      if (seen.get(key)?.verdict == null) seen.set(key, { site, index, verdict });
    });
  }
  return [...seen.values()];
}

/** Values of a class's new arguments as its real call shows them. */
function argumentsOf({ plan }: Running, call: TracedModule): readonly (number | null)[] {
  const added = plan.classes[call.class]?.newArguments ?? [];
  return added.map(({ source }) => (source === null ? null : readSource(call, source)));
}

function readSource(call: TracedModule, source: ArgumentSource): number | null {
  if (call.method !== source.method) return null;
  let value: unknown = plainValue(call.args[source.parameter] ?? null);
  for (const key of source.part) value = isObject(value) ? value[key] : undefined;
  if (source.axis === null) return typeof value === 'number' ? value : null;
  const shape = isObject(value) ? value.shape : undefined;
  const size: unknown = Array.isArray(shape) ? shape.at(source.axis) : undefined;
  return typeof size === 'number' ? size : null;
}

/** The call of the instance whose constructor holds the site: a module handed in belongs further out. */
function ownerCall({ model, run }: Running, within: number | null, site: SiteId): number | null {
  const owner = ownerOf(model, site);
  for (let at = within; at !== null; at = run.calls[at]?.within ?? null) {
    const call = run.calls[at];
    if (call?.traced === 'module' && call.class === owner) return at;
  }
  return null;
}

function evaluateSize(
  running: Running,
  size: SizeExpression,
  at: { readonly owner: number | null; readonly turn: number; readonly site: SiteId },
): unknown {
  const { model, plan, run } = running;
  if (at.owner === null) return evaluateText(size.text, {});
  const call = run.calls[at.owner];
  if (call?.traced !== 'module') return undefined;
  const added = plan.classes[call.class]?.newArguments ?? [];
  const values = argumentsOf(running, call);
  const scope: Scope = { ...constructorPatterns(model, call) };
  added.forEach(({ name }, index) => {
    if (values[index] != null) scope[name] = values[index];
  });
  const threads = plan.classes[call.class]?.threads ?? [];
  const site = model.constructs.find((each) => each.id === at.site)?.node.span;
  return evaluateText(size.text, {
    ...scope,
    ...(site === undefined ? {} : threadValues(model, { class: call.class, threads, scope, turn: at.turn, site })),
  });
}

function ownerOf(model: ProjectModel, site: SiteId): string | null {
  return model.constructs.find((each) => each.id === site)?.owner?.class ?? null;
}

function confirm(size: SizeExpression, agreements: number): SizeExpression {
  return size.confidence === 'static' && agreements >= 2 ? { ...size, confidence: 'proven' } : size;
}

function weakestOf(
  model: ProjectModel,
  id: string,
  sites: readonly (readonly [SiteId, SizePlan['sites'][SiteId]])[],
): Confidence {
  const own = sites.filter(([site]) => ownerOf(model, site) === id).flatMap(([, each]) => each?.sizes ?? []);
  const order: readonly Confidence[] = ['hint', 'static', 'traced', 'proven'];
  return order.find((each) => own.some((size) => size.confidence === each)) ?? 'proven';
}

function refusalOf(model: ProjectModel, each: Disagreement): SizePlan['refusals'][number] {
  const construct = model.constructs.find((candidate) => candidate.id === each.site);
  const target = construct?.target.target === 'class' ? construct.target.id : null;
  return {
    code: 'L2N319',
    path: construct?.path ?? '',
    span: construct?.node.span ?? { start: 0, end: 0 },
    class: construct?.owner?.class ?? target,
    data: { what: each.site, expression: each.text, planned: String(each.planned), seen: `${each.seen} (${each.run})` },
  };
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
