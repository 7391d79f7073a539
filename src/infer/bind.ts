/** Names given to values: declarations, destructuring, assignments. */
import type { Expression, Pattern } from '../ir/syntax.js';
import { branchValues } from './branch.js';
import { cellOf, declare, newCell, newId, replaceEverywhere, write } from './frame.js';
import type { Frame, Session, Value } from './machine.js';
import { indexOf, memberOf, spellingKey } from './member.js';
import { ruleContext } from './rule-context.js';
import type { Shape } from './shape.js';
import { integerOf, number, operandOf, unknown } from './value.js';

export interface Binding {
  readonly pattern: Pattern;
  readonly value: Value;
  /** False for an assignment to existing places. */
  readonly declares: boolean;
}

export function bindName(session: Session, frame: Frame, binding: Binding): void {
  const { pattern, value, declares } = binding;
  switch (pattern.kind) {
    case 'IdentifierPattern':
      if (pattern.binding === null) return;
      if (declares) {
        rememberSpelling(session, pattern.name, value);
        declare(session, frame, { binding: pattern.binding, value });
      } else assignName(session, frame, { binding: pattern.binding, value });
      return;
    case 'DefaultPattern':
      return bindName(session, frame, {
        ...binding,
        pattern: pattern.target,
        value: orDefault(session, frame, { value, initial: pattern.value }),
      });
    case 'ArrayPattern':
      return bindArray(session, frame, { ...binding, elements: pattern.elements });
    case 'ObjectPattern':
      for (const each of pattern.properties) {
        const inner =
          each.key.name === null ? unknown('L2N310', 'a key is computed') : memberOf(session, value, each.key.name);
        bindName(session, frame, { ...binding, pattern: each.value, value: inner });
      }
      if (pattern.rest !== null)
        bindName(session, frame, {
          ...binding,
          pattern: pattern.rest,
          value: restOf(
            value,
            pattern.properties.map((each) => each.key.name),
          ),
        });
      return;
    case 'RestPattern':
      return bindName(session, frame, { ...binding, pattern: pattern.target });
    case 'PlacePattern':
      return assignTo(session, frame, { target: pattern.place, value });
  }
}

/** Assigns to a name, a member or an item. */
export function assignTo(
  session: Session,
  frame: Frame,
  assignment: { readonly target: Expression; readonly value: Value },
): void {
  const { target, value } = assignment;
  if (target.kind === 'Identifier' && target.binding !== null) {
    assignName(session, frame, { binding: target.binding, value });
  } else if (target.kind === 'Member') {
    assignMember(session, {
      of: session.interpreter.evaluate(session, frame, target.object),
      name: target.property,
      value,
    });
  } else if (target.kind === 'Index') {
    const index = session.interpreter.evaluate(session, frame, target.index);
    assignItem(session, { of: session.interpreter.evaluate(session, frame, target.object), index, value });
  } else if (target.kind === 'TypeWrap') assignTo(session, frame, { target: target.expression, value });
}

/** The value, or what stands for it when it is left out. */
export function orDefault(
  session: Session,
  frame: Frame,
  part: { readonly value: Value; readonly initial: Expression | null },
): Value {
  const { value, initial } = part;
  if (initial === null) return value;
  if (value.kind === 'literal' && value.value === undefined)
    return session.interpreter.evaluate(session, frame, initial);
  if (value.kind !== 'name') return value;
  const of = operandOf(value);
  const test = of === null ? null : ({ test: 'present', of } as const);
  return branchValues(session, frame, {
    test,
    then: () => value,
    otherwise: () => session.interpreter.evaluate(session, frame, initial),
  });
}

export function setAttribute(
  session: Session,
  attributes: Map<string, number>,
  entry: { name: string; value: Value },
): void {
  const cell = attributes.get(entry.name) ?? newCell(session, `this.${entry.name}`);
  attributes.set(entry.name, cell);
  write(session, cell, entry.value);
}

function bindArray(
  session: Session,
  frame: Frame,
  binding: Binding & { readonly elements: readonly (Pattern | null)[] },
): void {
  const { elements, value } = binding;
  const rest = elements.some((each) => each?.kind === 'RestPattern');
  // One name is no sign of the rank: `const [batch] = x.shape`.
  if (value.kind === 'sizes' && !rest && elements.length > 1 && isPossibleRank(session, value.shape, elements.length)) {
    ruleContext(session).needRank(value.shape, elements.length);
  }
  elements.forEach((pattern, index) => {
    if (pattern === null) return;
    const inner =
      pattern.kind === 'RestPattern' ? itemsFrom(session, value, index) : indexOf(session, value, number(index));
    bindName(session, frame, { ...binding, pattern, value: inner });
  });
}

/** Leading axes may be all that is asked for: where another call gives a tensor of another rank, they are. */
function isPossibleRank(session: Session, { rankOf }: Shape, rank: number): boolean {
  const seen = rankOf === null ? undefined : session.seenRanks.get(rankOf);
  return seen === undefined || seen.has(rank);
}

function itemsFrom(session: Session, value: Value, start: number): Value {
  if (value.kind !== 'array') return unknown('L2N310', 'the rest of a list is not known');
  return { kind: 'array', id: newId(session), items: value.items.slice(start) };
}

function restOf(value: Value, taken: readonly (string | null)[]): Value {
  if (value.kind !== 'record') return unknown('L2N310', 'the rest of an object is not known');
  return { ...value, properties: new Map([...value.properties].filter(([key]) => !taken.includes(key))) };
}

function assignName(session: Session, frame: Frame, name: { readonly binding: string; readonly value: Value }): void {
  const cell = cellOf(frame, name.binding);
  if (cell !== null) write(session, cell, name.value);
  else session.outer.set(name.binding, unknown('L2N310', 'a name outside the method is assigned by it'));
}

function assignMember(
  session: Session,
  member: { readonly of: Value; readonly name: string; readonly value: Value },
): void {
  const { of, name, value } = member;
  if (of.kind === 'self') setAttribute(session, of.attributes, { name, value });
  if (of.kind !== 'record') return;
  replaceEverywhere(session, of.id, { ...of, properties: new Map([...of.properties, [name, value]]) });
}

function assignItem(
  session: Session,
  item: { readonly of: Value; readonly index: Value; readonly value: Value },
): void {
  const { of, index, value } = item;
  if (index.kind === 'literal' && typeof index.value === 'string')
    return assignMember(session, { of, name: index.value, value });
  if (of.kind !== 'array' && of.kind !== 'list' && of.kind !== 'record') return;
  const at = integerOf(index);
  const known = of.kind === 'array' && at !== null && at >= 0 && at < of.items.length;
  const changed: Value = known
    ? { ...of, items: of.items.map((each, position) => (position === at ? value : each)) }
    : unknown('L2N316', 'an item of a list is assigned at a computed place');
  replaceEverywhere(session, of.id, changed);
}

/** The text's own name for the item or index of a loop. */
function rememberSpelling(session: Session, name: string, value: Value): void {
  if (value.kind !== 'name') return;
  const { atom } = value;
  const last = atom.kind === 'field' || atom.kind === 'place' ? atom.steps.at(-1) : undefined;
  const isItem =
    atom.kind === 'index' ||
    (typeof last === 'object' && last.index.terms.some((term) => term.factors.some((each) => each.kind === 'index')));
  const key = spellingKey(atom);
  if (isItem && !session.spellings.has(key)) session.spellings.set(key, name);
}
