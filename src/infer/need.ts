/** What a run finds out: sizes that layers and classes must be told, and expressions that must be written anew. */
import { declarationIn } from '../ir/declarations.js';
import type { SourcePath } from '../ir/source.js';
import type { Expression, Spread } from '../ir/syntax.js';
import { type SyntaxNode, walk } from '../ir/walk.js';
import type { Dim } from './atom.js';
import { inputKey } from './atom.js';
import { atomsOf, opaqueOf } from './dim.js';
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
    readonly of?: Written['of'];
    readonly within?: Expression;
  },
): void {
  const { nodes, args, of = 'module' } = written;
  if (nodes.some((node) => node?.kind === 'Spread')) return;
  nodes.forEach((node, index) => {
    const value = args[index];
    if (node !== null && node.kind !== 'Spread' && value !== undefined)
      notePlace(session, { ...written, node, value, of });
  });
}

/** Identity of a need within a class: the same from every summary. */
export function needKey(asks: Asks): string {
  if (asks.asks === 'layer') return `${asks.site.sized}#${asks.index}${asks.list === undefined ? '' : `.${asks.list}`}`;
  return `${asks.path}@${asks.span.start}`;
}

interface Written {
  readonly site: Pick<Site, 'path' | 'owner' | 'via' | 'loop'>;
  readonly node: Expression;
  readonly value: Value;
  /** Whose arguments these are. A variable of the class is no place for a batch size. */
  readonly of: 'module' | 'variable';
  /** The text whose parts are noted: names it declares itself stay. */
  readonly within?: Expression;
}

function notePlace(session: Session, written: Written): void {
  const { site, node, value, of } = written;
  if (written.within !== undefined && isLocal(session, site.path, { part: node, node: written.within })) return;
  if (node.kind === 'TypeWrap') return notePlace(session, { ...written, node: node.expression });
  if (node.kind === 'ArrayLiteral' && value.kind === 'array') {
    return notePlaces(session, { ...written, nodes: node.elements, args: value.items });
  }
  if (node.kind === 'ObjectLiteral' && value.kind === 'record') {
    for (const each of node.properties) {
      const inner =
        each.kind === 'Property' && each.key.name !== null ? value.properties.get(each.key.name) : undefined;
      if (each.kind === 'Property' && inner !== undefined)
        notePlace(session, { ...written, node: each.value, value: inner });
    }
    return;
  }
  const dim = dimOf(value);
  const isOpaque = dim === null || (opaqueOf(dim) !== null && !readsInput(dim));
  if (isOpaque) noteParts(session, written);
  if (dim === null || isFixed(node) || (of === 'variable' && readsBatch(session, dim))) return;
  const { path, owner } = site;
  note(session, {
    asks: { asks: 'expression', path, span: node.span, site },
    owner,
    dim,
    at: { path, span: node.span },
  });
}

/**
 * What is no size itself may be made of some: `normal(1 / Math.sqrt(d))`, or `shape` behind `const shape = [1, n, d]`.
 * Each part is what it was when it was evaluated last, which is just before.
 */
function noteParts(session: Session, written: Written): void {
  const { site, node, value, within = node } = written;
  if (node.kind === 'Identifier') {
    const init = constantInit(session, node, site.path);
    if (init !== null) notePlace(session, { ...written, node: init, value, within: init });
    return;
  }
  walk(node, (part) => {
    if (isTruth(part)) return false;
    if (part === node) return true;
    // A construction inside notes its own arguments.
    if (part.kind === 'New') return false;
    const found = session.latest.get(part);
    if (found === undefined) return part.kind !== 'Function';
    notePlace(session, { ...written, node: part as Expression, value: found, within });
    return false;
  });
}

/** True or false, whatever it is made of: no size, though an argument may be handed on to it by name. */
function isTruth(part: SyntaxNode): boolean {
  if (part.kind === 'Unary') return part.operator === '!';
  return part.kind === 'Binary' && /^([!=]==?|[<>]=?|in|instanceof)$/.test(part.operator);
}

/** Text that reads no input in any way of use. Other text may: a size is noted in each way, whatever it reads in this. */
function isFixed(node: Expression): boolean {
  return node.kind === 'Literal' || (node.kind === 'Member' && node.object.kind === 'This');
}

export function readsInput(dim: Dim): boolean {
  return atomsOf(dim).some((atom) => atom.kind === 'input' || atom.kind === 'loop');
}

/** The first of several axes of an input: a weight that is built with it fits no other batch. */
function readsBatch(session: Session, dim: Dim): boolean {
  const { inputs } = session.run.summary;
  return atomsOf(dim).some((atom) => {
    if (atom.kind !== 'input' || atom.axis === null) return false;
    const rank = inputs.find((each) => each.key === inputKey(atom))?.rank ?? null;
    return atom.axis === 0 || (rank !== null && rank > 1 && atom.axis === -rank);
  });
}

function isLocal(
  session: Session,
  path: SourcePath,
  at: { readonly part: SyntaxNode; readonly node: Expression },
): boolean {
  const { part, node } = at;
  const id = part.kind === 'Identifier' ? part.binding : null;
  const binding = id === null ? undefined : session.model.sources[path]?.bindings[id];
  return binding !== undefined && binding.span.start >= node.span.start && binding.span.end <= node.span.end;
}

/** What a name stands for, where it is declared once inside a class and never written. */
function constantInit(
  session: Session,
  node: Expression & { kind: 'Identifier' },
  path: SourcePath,
): Expression | null {
  const source = session.model.sources[path];
  if (node.binding === null || source === undefined) return null;
  const place = declarationIn(source, node.binding);
  const isPlain = place?.declares === 'variable' && place.keys?.length === 0;
  return isPlain && source.bindings[node.binding]?.writes.length === 0 ? place.declarator.init : null;
}
