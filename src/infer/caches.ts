/** Variables that are made for inputs of one shape: their sizes, over that shape and the properties of the class. */
import type { CacheSizes } from '../ir/sizes.js';
import type { ClassId, ModuleClass, SiteId } from '../ir/project.js';
import type { Atom, Dim, FieldAtom, InputAtom } from './atom.js';
import { atomKey } from './atom.js';
import { printDim, printSteps, type Spelling } from './dim-print.js';
import { atomsOf, opaqueOf } from './dim.js';
import type { ModuleUse, Summary } from './machine.js';
import type { Planner } from './planner.js';
import { spellSize } from './spell.js';

export interface CachePlan {
  readonly caches: { readonly [id: ClassId]: CacheSizes };
  readonly cacheShapes: { readonly [id: SiteId]: string };
}

/** What is built before what builds it. A class whose sizes are not known in this way has no entry. */
export function planCaches(planner: Planner): CachePlan {
  const found = new Map<ClassId, Found | null>();
  for (const each of planner.model.classes) cachesOf(planner, each, found);
  const caches = [...found].flatMap(([id, each]) => (each === null ? [] : [[id, each.sizes] as const]));
  const shapes = planner.roots.flatMap(({ summary, call }) => {
    const texts = summary.uses.flatMap((use) => rootShape(planner, use, found.get(use.class.id) ?? null) ?? []);
    return call.entry === 'init' && texts.length === 1 ? [[call.id, texts[0] ?? ''] as const] : [];
  });
  return { caches: Object.fromEntries(caches), cacheShapes: Object.fromEntries(shapes) };
}

interface Found {
  readonly sizes: CacheSizes;
  /** Its axes in each way of use; null where nothing depends on an input. */
  readonly input: { readonly method: string; readonly parameter: number } | null;
}

type Known = Map<ClassId, Found | null>;

function cachesOf(planner: Planner, of: ModuleClass, known: Known): Found | null {
  const before = known.get(of.id);
  if (before !== undefined) return before;
  known.set(of.id, null);
  const entries = new Map<SiteId, readonly Dim[] | null>();
  for (const summary of planner.own.get(of.id) ?? []) gather(planner, { of, summary, entries, known });
  const found = entries.size === 0 ? null : written(planner, of, entries);
  known.set(of.id, found);
  return found;
}

/** One shape for each variable and module, whatever the way of use; null where two differ. */
function gather(
  planner: Planner,
  at: {
    readonly of: ModuleClass;
    readonly summary: Summary;
    readonly entries: Map<SiteId, readonly Dim[] | null>;
    readonly known: Known;
  },
): void {
  const { of, summary, entries, known } = at;
  const add = (key: SiteId, shape: readonly Dim[] | null): void => {
    const other = entries.get(key);
    const agrees = other === undefined || shapeKey(other) === shapeKey(shape);
    entries.set(key, agrees ? shape : null);
  };
  for (const note of summary.caches) if (note.owner === of.id) add(note.key, note.shape);
  for (const use of summary.uses) {
    const child = use.site.owner === of.id && use.class !== of ? cachesOf(planner, use.class, known) : null;
    if (child !== null) add(use.site.id, shapeOfInput(use, child));
  }
}

function shapeKey(shape: readonly Dim[] | null): string {
  return shape === null ? '?' : shape.map((each) => each.key).join();
}

/** The shape of the argument that a module's variables are made for; empty where they depend on none. */
function shapeOfInput(use: ModuleUse, { input }: Found): readonly Dim[] | null {
  if (input === null) return [];
  if (use.summary.method !== input.method) return null;
  const rank = use.summary.inputs.find((each) => each.parameter === input.parameter)?.rank ?? null;
  if (rank === null) return null;
  const { method, parameter } = input;
  const dims = Array.from({ length: rank }, (_, axis) => {
    const atom: InputAtom = { kind: 'input', owner: use.class.id, method, parameter, part: [], axis: axis - rank };
    return use.bound.get(atomKey(atom)) ?? null;
  });
  return dims.some((each) => each === null) ? null : (dims as readonly Dim[]);
}

function written(planner: Planner, of: ModuleClass, entries: ReadonlyMap<SiteId, readonly Dim[] | null>): Found | null {
  const dims = [...entries.values()].flatMap((each) => each ?? []);
  const inputs = dims.flatMap(atomsOf).filter((each) => each.kind === 'input');
  const [first] = inputs;
  const isOne = inputs.every(
    (each) =>
      each.axis !== null &&
      each.part.length === 0 &&
      each.method === first?.method &&
      each.parameter === first.parameter,
  );
  if (!isOne) return null;
  const rank = first === undefined ? null : rankOf(planner, of, first);
  const reads = new Set<string>();
  const shapes = [...entries].map(([key, shape]) => {
    const texts = shape?.map((each) => spelled(of, { dim: each, rank, reads })) ?? [null];
    return [key, shapeText(texts, rank)] as const;
  });
  if (shapes.some(([, text]) => text === null)) return null;
  return {
    sizes: {
      parameter: first?.parameter ?? null,
      shapes: Object.fromEntries(shapes as (readonly [SiteId, string])[]),
      reads: [...reads].sort(),
    },
    input: first === undefined ? null : { method: first.method, parameter: first.parameter },
  };
}

function rankOf(planner: Planner, of: ModuleClass, { method, parameter }: InputAtom): number | null {
  const ranks = (planner.own.get(of.id) ?? [])
    .filter((each) => each.method === method)
    .map((each) => each.inputs.find((input) => input.parameter === parameter)?.rank ?? null);
  return ranks.every((each) => each === ranks[0]) ? (ranks[0] ?? null) : null;
}

/** `inputShape` where every axis is passed on as it is. */
function shapeText(texts: readonly (string | null)[], rank: number | null): string | null {
  if (texts.some((each) => each === null)) return null;
  const isWhole = texts.length === rank && texts.every((each, axis) => each === axisText(axis));
  return isWhole ? 'inputShape' : `[${texts.join(', ')}]`;
}

function axisText(axis: number): string {
  return `inputShape[${axis}]!`;
}

function spelled(
  of: ModuleClass,
  { dim, rank, reads }: { readonly dim: Dim; readonly rank: number | null; readonly reads: Set<string> },
): string | null {
  if (opaqueOf(dim) !== null) return null;
  let nameless = false;
  const spell: Spelling = (atom) => {
    const text = atomText(of, atom, { rank, spell });
    if (text === null) nameless = true;
    else if (atom.kind === 'field') reads.add(/^this\.([\w$]+)/.exec(text)?.[1] ?? '');
    return text ?? '?';
  };
  const text = printDim(dim, spell);
  return nameless ? null : text;
}

function atomText(
  of: ModuleClass,
  atom: Atom,
  { rank, spell }: { readonly rank: number | null; readonly spell: Spelling },
): string | null {
  if (atom.kind === 'input' && atom.axis !== null) {
    if (atom.axis >= 0) return axisText(atom.axis);
    return rank === null ? null : axisText(atom.axis + rank);
  }
  return atom.kind === 'field' ? propertyText(of, atom, spell) : null;
}

/** The property that keeps a constructor value: `this.numHeads`, `this.config.width`. */
function propertyText(of: ModuleClass, atom: FieldAtom, spell: Spelling): string | null {
  if (atom.owner !== of.id) return null;
  const own = of.fields.filter((each) => each.position === atom.parameter);
  const whole = own.find((each) => each.origin === 'property' || each.origin === 'assigned');
  if (whole !== undefined) return `this.${whole.name}${printSteps(atom.steps, spell)}`;
  const option = own.find((each) => each.origin === 'option' && each.key === atom.steps[0]);
  return option === undefined ? null : `this.${option.name}${printSteps(atom.steps.slice(1), spell)}`;
}

/** The shape that a model is initialised with, as its sample has it. */
function rootShape(planner: Planner, use: ModuleUse, found: Found | null): string | null {
  if (found === null || use.site.owner !== null) return null;
  const shape = shapeOfInput(use, found);
  const texts = shape?.map(
    (each) =>
      spellSize(planner.session, each, { class: null, names: { inputs: new Map(), threads: new Map() } })?.text ?? null,
  );
  if (texts === undefined || texts.some((each) => each === null)) return null;
  const whole = /^(.+)\.shape[[.]/.exec(texts[0] ?? '')?.[1];
  const isAxis = (text: string | null, axis: number): boolean =>
    [`${whole}.shape[${axis}]`, `${whole}.shape.at(${axis - texts.length})`].includes(text?.replace(/!$/, '') ?? '');
  const isWhole = whole !== undefined && texts.every(isAxis);
  return found.input === null ? '' : isWhole ? `${whole}.shape` : `[${texts.join(', ')}]`;
}
