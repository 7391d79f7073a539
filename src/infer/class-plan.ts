/** New constructor arguments of a class, and every size it must write, in its constructor's terms. */
import type { Diagnostic } from '../ir/diagnostic.js';
import type { ModuleClass } from '../ir/project.js';
import type { Atom, Dim, Image, InputAtom, OpaqueAtom } from './atom.js';
import { atomKey } from './atom.js';
import { atomsOf, constantOf, equal, ofAtom, opaqueOf, soleAtom, substitute } from './dim.js';
import type { Entry, Way } from './entry.js';
import { addFed, fedByNeed, oneSize } from './entry.js';
import type { ModuleUse, Summary } from './machine.js';
import { readsInput } from './need.js';
import { argumentMeaning, argumentName, argumentOrder, constructorNames, freeName, sizeFields } from './names.js';
import type { Planner } from './planner.js';
import { isAbsent } from './value.js';
import { contradictions, proved } from './planner.js';
import { reusedField } from './reuse.js';

export interface ClassPlan {
  readonly class: ModuleClass;
  readonly added: readonly Added[];
  /** Inputs that turned out to be values the class already has, by atom key. */
  readonly swaps: ReadonlyMap<string, Dim>;
  readonly sizes: readonly Decided[];
  readonly refusals: readonly Refusal[];
}
/** A new argument. */
export interface Added {
  readonly name: string;
  readonly meaning: string;
  readonly atom: InputAtom;
  /** Inputs of other methods that feed the same layer. */
  readonly aliases: readonly string[];
  /** Its size in each way of use, when it is no input's axis but a layer's own. */
  readonly perWay: ReadonlyMap<string, Dim> | null;
}
export interface Decided {
  readonly entry: Entry;
  readonly dim: Dim;
  /** Before proofs, for confidence. */
  readonly summary: Summary;
}
export type Refusal = Diagnostic & { readonly class: string | null };

/** Plans of all classes, children first. */
export function planClasses(planner: Planner): ReadonlyMap<string, ClassPlan> {
  const plans = new Map<string, ClassPlan>();
  const planning = new Set<string>();
  const planOf = (of: ModuleClass): ClassPlan => {
    const known = plans.get(of.id);
    if (known !== undefined) return known;
    if (planning.has(of.id)) return { class: of, added: [], swaps: new Map(), sizes: [], refusals: [] };
    planning.add(of.id);
    const plan = planClass(planner, of, planOf);
    plans.set(of.id, plan);
    return plan;
  };
  for (const each of planner.model.classes) planOf(each);
  return plans;
}

/** What a construction hands over for an added argument, in the caller's terms. */
export function passed(use: ModuleUse, added: Added): Dim | null {
  const own = added.perWay?.get(use.summary.id);
  if (own !== undefined) return substitute(own, (atom) => use.bound.get(atomKey(atom)));
  const keys = [atomKey(added.atom), ...added.aliases];
  for (const key of keys) {
    const dim = use.bound.get(key);
    if (dim !== undefined) return dim;
  }
  return null;
}

function planClass(planner: Planner, of: ModuleClass, planOf: (of: ModuleClass) => ClassPlan): ClassPlan {
  const entries = gather(planner, of, planOf);
  const perWay = separateWays(planner, of, entries);
  const refusals: Refusal[] = contradictions(planner, of).map((each) => ({
    code: 'L2N317',
    path: each.use.at.path,
    span: each.use.at.span,
    class: of.id,
    data: {
      what: of.name,
      why: `an input's size is ${constantOf(each.here)} here, and the body needs ${constantOf(each.needs)}`,
    },
  }));
  const sizes: Decided[] = [];
  for (const entry of entries.values()) {
    const way = perWay.get(entry.key);
    const decided = way === undefined ? decide(entry) : { dim: ofAtom(way.atom), way: null };
    const summary = (decided.dim === null ? undefined : decided.way?.summary) ?? entry.ways[0]?.summary;
    if (decided.dim === null || summary === undefined)
      refusals.push(refusal(of, entry, decided.dim === null ? decided.why : null));
    else if (opaqueOf(decided.dim) !== null) refusals.push(refusal(of, entry, opaqueOf(decided.dim)));
    else sizes.push({ entry, dim: decided.dim, summary });
  }
  return { class: of, sizes, refusals, ...argumentsOf(planner, of, { sizes, perWay: [...perWay.values()] }) };
}

function gather(planner: Planner, of: ModuleClass, planOf: (of: ModuleClass) => ClassPlan): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const summary of planner.own.get(of.id) ?? []) {
    for (const need of summary.needs) {
      if (need.owner === of.id) addFed(entries, summary, fedByNeed(need, proved(planner, summary, need.dim)));
    }
    for (const use of summary.uses) {
      if (use.site.owner === of.id) addUse(planner, entries, { summary, use, plan: planOf(use.class) });
    }
  }
  addUnreached(planner, of, entries);
  for (const [key, entry] of entries) if (!isWanted(entry)) entries.delete(key);
  return entries;
}

/** An expression that reads no input in any way of use stays as it is written. */
function isWanted({ target, ways }: Entry): boolean {
  return !('expression' in target) || ways.some((way) => way.sizes.some((each) => readsInput(each.dim)));
}

/** Layers that only an input nobody passes leads to: sized where that takes no other input than the class has. */
function addUnreached(planner: Planner, of: ModuleClass, entries: Map<string, Entry>): void {
  const reached = new Set(entries.keys());
  const inputs = new Set(
    [...entries.values()].flatMap((entry) => entry.ways.flatMap((way) => inputKeys(way.sizes.map((each) => each.dim)))),
  );
  for (const summary of planner.spare.get(of.id) ?? []) {
    for (const need of summary.needs) {
      const fed = fedByNeed(need, need.dim);
      const isKnown = inputKeys([need.dim]).every((key) => inputs.has(key));
      if (need.owner === of.id && !reached.has(fed.entry.key) && isKnown) addFed(entries, summary, fed);
    }
  }
}

function inputKeys(dims: readonly Dim[]): readonly string[] {
  return dims.flatMap((dim) => atomsOf(dim).flatMap((atom) => (atom.kind === 'input' ? [atomKey(atom)] : [])));
}

function addUse(
  planner: Planner,
  entries: Map<string, Entry>,
  at: { readonly summary: Summary; readonly use: ModuleUse; readonly plan: ClassPlan },
): void {
  const { summary, use, plan } = at;
  if (plan.refusals.length > 0) return;
  plan.added.forEach((added, index) => {
    const dim = passed(use, added);
    if (dim !== null) {
      addFed(entries, summary, { ...fedByUse(use, added, index), dim: proved(planner, summary, dim) });
    }
  });
}

/** The size a construction of a class of this project passes. */
export function fedByUse(use: ModuleUse, added: Added, index: number): Omit<Parameters<typeof addFed>[2], 'dim'> {
  const { site, at, turn } = use;
  return {
    entry: {
      key: `${site.sized}#${index}`,
      target: { site: site.sized, index },
      label: `${use.class.name}.${added.name}`,
      at,
      place: { path: site.path, span: site.span },
      loop: site.loop,
    },
    turn,
    via: site.via,
  };
}

/**
 * A layer fed sizes that no common expression covers, in ways that callers choose: its size becomes an argument that
 * each site passes.
 */
function separateWays(
  planner: Planner,
  of: ModuleClass,
  entries: ReadonlyMap<string, Entry>,
): ReadonlyMap<string, Added> {
  const separate = new Map<string, Added>();
  if ((planner.users.get(of.id) ?? []).length === 0) return separate;
  for (const entry of entries.values()) {
    if (!('site' in entry.target)) continue;
    const sizes = entry.ways.map(oneSize);
    const [first] = sizes;
    if (sizes.length < 2 || first == null || sizes.some((dim) => dim === null || opaqueOf(dim) !== null)) continue;
    if (sizes.every((dim) => dim !== null && equal(dim, first))) continue;
    const perWay = new Map(entry.ways.map((way, index) => [way.summary.id, sizes[index] ?? first] as const));
    const twin = [...separate.values()].find((each) => sameWays(each.perWay, perWay));
    separate.set(entry.key, twin ?? ownArgument(of, entry, perWay));
  }
  return separate;
}

function sameWays(a: ReadonlyMap<string, Dim> | null, b: ReadonlyMap<string, Dim>): boolean {
  return a !== null && a.size === b.size && [...b].every(([way, dim]) => a.get(way)?.key === dim.key);
}

function ownArgument(of: ModuleClass, entry: Entry, perWay: ReadonlyMap<string, Dim>): Added {
  const [owner = '', argument = ''] = entry.label.split('.');
  const name = `${owner.charAt(0).toLowerCase()}${owner.slice(1)}${argument.charAt(0).toUpperCase()}${argument.slice(1)}`;
  const atom: InputAtom = { kind: 'input', owner: of.id, method: entry.key, parameter: -1, part: [], axis: 0 };
  return { name, meaning: `what ${owner} is fed`, atom, aliases: [], perWay };
}

type Answer = { readonly dim: Dim; readonly way: Way | null } | { readonly dim: null; readonly why: Why };
type Why = { readonly code: string; readonly why: string } | OpaqueAtom | null;

/** One size over all turns and ways of use, or why there is none. */
function decide(entry: Entry): Answer {
  const sizes = entry.ways.map(oneSize);
  const poisoned = entry.ways
    .flatMap((way) => way.sizes.map((each) => opaqueOf(each.dim)))
    .find((each) => each !== null);
  const covering = entry.ways.find((_, index) => covers(sizes[index] ?? null, entry.ways));
  const covered = covering === undefined ? null : oneSize(covering);
  if (covering !== undefined && covered !== null) return { dim: covered, way: covering };
  if (poisoned !== undefined) return { dim: null, why: poisoned };
  const turns = entry.ways.some((way) => new Set(way.sizes.map((each) => each.turn)).size > 1);
  const why = turns ? 'its turns feed it different sizes' : 'it is called with different sizes';
  return { dim: null, why: { code: 'L2N315', why } };
}

/** Whether a size of one way says the size of every other: `out ?? inFeatures` also where `out` is left out. */
function covers(dim: Dim | null, ways: readonly Way[]): boolean {
  if (dim === null) return false;
  return ways.every((way) => {
    const size = oneSize(way);
    if (size === null) return false;
    return (
      equal(dim, size) ||
      equal(
        substitute(dim, (atom) => leftOut(way.summary, atom)),
        size,
      )
    );
  });
}

/** What a constructor value is in a way of use that leaves it out. */
function leftOut({ built }: Summary, atom: Atom): Image | undefined {
  if (built === null || atom.kind !== 'field') return undefined;
  let value = built[atom.parameter] ?? null;
  for (const step of atom.steps) {
    if (value?.kind !== 'record' || typeof step !== 'string') break;
    value = value.properties.get(step) ?? null;
  }
  return value !== null && isAbsent(value) && value.kind === 'literal' ? { literal: value.value } : undefined;
}

function refusal(of: ModuleClass, entry: Entry, why: Why): Refusal {
  const where =
    why !== null && 'path' in why && why.path !== null && why.span !== null
      ? { path: why.path, span: why.span }
      : entry.place;
  return {
    code: why?.code ?? 'L2N310',
    path: where.path,
    span: where.span,
    class: of.id,
    data: { what: entry.label, why: why?.why ?? 'it is not known' },
  };
}

/** Inputs the sizes need: each is a field after all, or a new argument. */
function argumentsOf(
  planner: Planner,
  of: ModuleClass,
  at: { readonly sizes: readonly Decided[]; readonly perWay: readonly Added[] },
): Pick<ClassPlan, 'added' | 'swaps'> {
  const swaps = new Map<string, Dim>();
  const added = [...new Set(at.perWay)];
  const own = new Set(added.map((each) => atomKey(each.atom)));
  const summaries = planner.own.get(of.id) ?? [];
  for (const { dim, summary } of at.sizes) {
    for (const atom of inputsOf(planner, summary, dim)) {
      const key = atomKey(atom);
      if (own.has(key) || swaps.has(key)) continue;
      const home = summaries.find((each) => each.method === atom.method) ?? summary;
      const field = reusedField(planner, { class: of, atom, summary: home });
      if (field !== null) swaps.set(key, field);
      else {
        own.add(key);
        added.push({
          name: argumentName(sizeFields(of), atom, home),
          meaning: argumentMeaning(atom, home),
          atom,
          aliases: aliasesOf(atom, at.sizes),
          perWay: null,
        });
      }
    }
  }
  return { swaps, added: named(of, added, summaries) };
}

function named(of: ModuleClass, added: readonly Added[], summaries: readonly Summary[]): readonly Added[] {
  const home = (each: Added): Summary | null =>
    summaries.find((summary) => summary.method === each.atom.method) ?? null;
  const rank = (each: Added): number => (each.perWay === null ? argumentOrder(each.atom, home(each)) : 10_000);
  const taken = new Set(constructorNames(of));
  return [...added]
    .sort((a, b) => rank(a) - rank(b))
    .map((each) => {
      const name = freeName(each.name, taken);
      taken.add(name);
      return { ...each, name };
    });
}

/** Input atoms of a size, also those that carried sizes start from or take up. */
export function inputsOf(planner: Planner, summary: Summary, dim: Dim): readonly InputAtom[] {
  const seen = new Set<string>();
  const visit = (each: Dim): readonly InputAtom[] =>
    atomsOf(each).flatMap((atom): readonly InputAtom[] => {
      if (atom.kind === 'input') return [atom];
      const loop = atom.kind === 'loop' && !seen.has(atom.id) ? summary.loops.get(atom.id) : undefined;
      if (loop === undefined || atom.kind !== 'loop') return [];
      seen.add(atom.id);
      return [...visit(proved(planner, summary, loop.init)), ...visit(proved(planner, summary, loop.next))];
    });
  return visit(dim);
}

/** Inputs of other methods that feed a layer which this input feeds in the method that decides. */
function aliasesOf(atom: InputAtom, sizes: readonly Decided[]): readonly string[] {
  const key = atomKey(atom);
  return sizes.flatMap(({ entry, dim }) => {
    const sole = soleAtom(dim);
    if (sole === null || atomKey(sole) !== key) return [];
    return entry.others.flatMap((other) => {
      const alias = soleAtom(other.dim);
      return alias?.kind === 'input' && atomKey(alias) !== key ? [atomKey(alias)] : [];
    });
  });
}
