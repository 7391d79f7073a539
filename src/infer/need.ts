/** What a run finds out: sizes that layers and classes must be told, and expressions that must be written anew. */
import type { Expression, Spread } from '../ir/syntax.js';
import { atomsOf } from './dim.js';
import type { Asks, Need, Session, Site, Value } from './machine.js';
import { dimOf } from './value.js';

export function note(session: Session, need: Omit<Need, 'turn'>): void {
  const { run } = session;
  if (run.silent === 0) run.summary.needs.push({ ...need, turn: run.turn });
}

/** Constructor arguments that mention an input axis or a carried size: the constructor must write them otherwise. */
export function notePlaces(
  session: Session,
  written: {
    readonly site: Pick<Site, 'path' | 'owner' | 'via' | 'loop'>;
    readonly nodes: readonly (Expression | Spread | null)[];
    readonly args: readonly Value[];
  },
): void {
  const { nodes, args, site } = written;
  if (nodes.some((node) => node?.kind === 'Spread')) return;
  nodes.forEach((node, index) => {
    const value = args[index];
    if (node !== null && node.kind !== 'Spread' && value !== undefined) notePlace(session, { site, node, value });
  });
}

/** Identity of a need within a class: the same from every summary. */
export function needKey(asks: Asks): string {
  if (asks.asks === 'layer') return `${asks.site.id}#${asks.index}${asks.list === undefined ? '' : `.${asks.list}`}`;
  return `${asks.path}@${asks.span.start}`;
}

function notePlace(
  session: Session,
  written: {
    readonly site: Pick<Site, 'path' | 'owner' | 'via' | 'loop'>;
    readonly node: Expression;
    readonly value: Value;
  },
): void {
  const { site, node, value } = written;
  if (node.kind === 'ArrayLiteral' && value.kind === 'array') {
    return notePlaces(session, { site, nodes: node.elements, args: value.items });
  }
  if (node.kind === 'ObjectLiteral' && value.kind === 'record') {
    for (const each of node.properties) {
      const inner =
        each.kind === 'Property' && each.key.name !== null ? value.properties.get(each.key.name) : undefined;
      if (each.kind === 'Property' && inner !== undefined) notePlace(session, { site, node: each.value, value: inner });
    }
    return;
  }
  const dim = dimOf(value);
  if (dim === null || !atomsOf(dim).some((atom) => atom.kind === 'input' || atom.kind === 'loop')) return;
  const { path, owner } = site;
  note(session, {
    asks: { asks: 'expression', path, span: node.span, site },
    owner,
    dim,
    at: { path, span: node.span },
  });
}
