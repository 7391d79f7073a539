/** All sizes one class must write, gathered over the ways it is used. */
import type { ModuleClass } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';
import type { Dim } from './atom.js';
import { equal } from './dim.js';
import type { Need, Summary } from './machine.js';
import { needKey } from './need.js';

export interface SiteTarget {
  readonly site: string;
  readonly index: number;
  /** Position in a size that is a list. */
  readonly list?: number;
}
/** One size: an argument of a construction, or an expression to be written anew. */
export interface Entry {
  /** Where it goes in the plan: a site and its position, or an expression. */
  readonly key: string;
  readonly target: SiteTarget | { readonly expression: string };
  /** What people call it: `linear.inFeatures`. */
  readonly label: string;
  readonly at: { readonly path: SourcePath; readonly span: Span };
  readonly place: { readonly path: SourcePath; readonly span: Span };
  /** The loop its construction stands in. */
  readonly loop: string | null;
  /** The method that decides; others only have to agree when they run. */
  readonly method: string;
  readonly ways: Way[];
  /** The same size in methods that do not decide, for callers that use only those. */
  readonly others: { readonly summary: Summary; readonly dim: Dim }[];
}
/** One way the class is used, with the sizes fed in it. */
export interface Way {
  readonly summary: Summary;
  readonly sizes: { readonly dim: Dim; readonly turn: string; readonly via: string }[];
}
export interface Fed {
  readonly entry: Omit<Entry, 'method' | 'ways' | 'others'>;
  readonly dim: Dim;
  readonly turn: string;
  readonly via: string;
}

/** Summaries that count: those with real arguments, where there are any; `call` first, then in the class's order. */
export function decisive(of: ModuleClass, summaries: readonly Summary[]): readonly Summary[] {
  const position = (summary: Summary): number =>
    summary.method === 'call' ? -1 : of.methods.findIndex((method) => method.name === summary.method);
  const called = summaries.filter((summary) => summary.called);
  const told = summaries.filter((summary) => summary.called || !called.some((each) => each.method === summary.method));
  const ranked = new Set(told.filter((each) => each.id !== withoutRanks(each)).map(withoutRanks));
  // The same way of use with tensors of unknown rank says less.
  const kept = told.filter((each) => each.id !== withoutRanks(each) || !ranked.has(each.id));
  return [...kept].sort((a, b) => position(a) - position(b) || (a.id < b.id ? -1 : 1));
}

function withoutRanks({ id }: Summary): string {
  const at = id.indexOf('(');
  return id.slice(0, at) + id.slice(at).replace(/(?<=[([,:])T\d+(?=[)\],}|])/g, 'T');
}

export function addFed(entries: Map<string, Entry>, summary: Summary, fed: Fed): void {
  const known = entries.get(fed.entry.key);
  const entry = known ?? { ...fed.entry, method: summary.method, ways: [], others: [] };
  entries.set(entry.key, entry);
  if (entry.method !== summary.method) {
    entry.others.push({ summary, dim: fed.dim });
    return;
  }
  let way = entry.ways.find((each) => each.summary === summary);
  if (way === undefined) {
    way = { summary, sizes: [] };
    entry.ways.push(way);
  }
  way.sizes.push({ dim: fed.dim, turn: fed.turn, via: fed.via });
}

export function fedByNeed(need: Need, dim: Dim): Fed {
  const { asks, at, turn } = need;
  const key = needKey(asks);
  if (asks.asks === 'layer') {
    const { site, index } = asks;
    const entry = {
      key,
      target: { site: site.sized, index, ...(asks.list === undefined ? {} : { list: asks.list }) },
      label: `${asks.label}.${asks.name}`,
      at,
      place: { path: site.path, span: site.span },
      loop: site.loop,
    };
    return { entry, dim, turn, via: site.via };
  }
  const place = { path: asks.path, span: asks.span };
  return {
    entry: { key, target: { expression: key }, label: 'this expression', at, place, loop: asks.site.loop },
    dim,
    turn,
    via: asks.site.via,
  };
}

/** The one size of a way; null when turns or calls feed different ones. */
export function oneSize(way: Way): Dim | null {
  const [first, ...others] = way.sizes;
  if (first === undefined) return null;
  return others.every((each) => equal(each.dim, first.dim)) ? first.dim : null;
}
