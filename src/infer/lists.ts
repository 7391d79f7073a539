/** Methods of arrays, of known length or not. */
import type { Span } from '../ir/syntax.js';
import { pushed } from './carry.js';
import { newId, replaceEverywhere } from './frame.js';
import { loopId, mostTurns, overTurns, repeatsBuilding } from './loop-forms.js';
import type { Frame, Session, Value } from './machine.js';
import { itemAt, itemOf } from './member.js';
import { leadingAxes } from './shape.js';
import { absent, integerOf, number, unknown } from './value.js';

export interface ListCall {
  readonly list: Value;
  readonly name: string;
  readonly args: readonly Value[];
  readonly span: Span;
}

/** Calls a method of a list; null when there is no rule for it. */
export function callList(session: Session, frame: Frame, call: ListCall): Value | null {
  const { list, name, args } = call;
  switch (name) {
    case 'at':
      return itemAt(session, list, args[0]);
    case 'map':
    case 'flatMap':
      return mapList(session, frame, call);
    case 'forEach':
      overTurns(session, frame, {
        span: call.span,
        list,
        body: (item, index) => callback(session, frame, call, [item, index]),
      });
      return absent;
    case 'entries':
      return entries(session, list);
    case 'push':
      return push(session, list, args);
    case 'slice':
      return sliceList(session, list, args);
    default:
      return list.kind === 'array' ? callArray(session, frame, { ...call, list }) : null;
  }
}

/** `Array.from({ length }, (_, i) => …)`, `Array.from(list, f)`. */
export function arrayFrom(
  session: Session,
  frame: Frame,
  call: { readonly args: readonly Value[]; readonly span: Span },
): Value {
  const [source, f] = call.args;
  if (source?.kind !== 'record') {
    if (source === undefined) return unknown('L2N316', 'Array.from without a source');
    return f === undefined
      ? copy(session, source)
      : mapList(session, frame, { list: source, name: 'map', args: [f], span: call.span });
  }
  const length = source.properties.get('length');
  const count = integerOf(length);
  if (count !== null) {
    const items = Array.from({ length: count }, (): Value => absent);
    return mapList(session, frame, {
      list: { kind: 'array', id: newId(session), items },
      name: 'map',
      args: f === undefined ? [] : [f],
      span: call.span,
    });
  }
  if (f === undefined) return { kind: 'list', id: newId(session), item: absent, loop: null };
  const list: Value = { kind: 'list', id: newId(session), item: absent, loop: null };
  return mapList(session, frame, { list, name: 'map', args: [f], span: call.span });
}

function mapList(session: Session, frame: Frame, call: ListCall): Value {
  const { list } = call;
  if (call.args.length === 0) return list;
  const results: Value[] = [];
  const [f] = call.args;
  const pattern = f?.kind === 'function' ? f.node.params[0]?.pattern : undefined;
  const repeats = f?.kind === 'function' && f.node.body !== null && repeatsBuilding(session, f.node.body);
  const isRepeated = repeats && call.name === 'map' && list.kind === 'array' && list.items.length > 1;
  if (list.kind === 'array' && list.items.length <= mostTurns && !isRepeated) {
    overTurns(session, frame, {
      span: call.span,
      list,
      body: (item, index) => results.push(callback(session, frame, call, [item, index])),
    });
    return {
      kind: 'array',
      id: newId(session),
      items: call.name === 'map' ? results : results.flatMap((each) => (each.kind === 'array' ? each.items : [each])),
    };
  }
  let result: Value = absent;
  overTurns(session, frame, {
    span: call.span,
    list,
    pattern,
    repeats: isRepeated,
    body: (item, index) => {
      result = callback(session, frame, call, [item, index]);
    },
  });
  if (call.name === 'flatMap') return unknown('L2N316', 'a flatMap over a list whose length is not known');
  return { kind: 'list', id: newId(session), item: result, loop: loopId(frame, call.span) };
}

function callback(session: Session, frame: Frame, call: ListCall, args: readonly Value[]): Value {
  const [f] = call.args;
  return f === undefined
    ? unknown('L2N316', `${call.name} without a function`)
    : session.interpreter.callValue(session, f, { args, frame, span: null });
}

const entriesLoop = 'entries';

function entries(session: Session, list: Value): Value {
  if (list.kind === 'array') {
    const items = list.items.map((item, index): Value => pair(session, number(index), item));
    return { kind: 'array', id: newId(session), items };
  }
  const index: Value = { kind: 'name', atom: { kind: 'index', loop: entriesLoop } };
  const item = pair(session, index, itemOf(session, list, entriesLoop));
  return { kind: 'list', id: newId(session), item, loop: entriesLoop };
}

function pair(session: Session, index: Value, item: Value): Value {
  return { kind: 'array', id: newId(session), items: [index, item] };
}

function push(session: Session, list: Value, items: readonly Value[]): Value {
  if (list.kind === 'array') replaceEverywhere(session, list.id, { ...list, items: [...list.items, ...items] });
  else if (list.kind === 'list') replaceEverywhere(session, list.id, pushed(list, items));
  return unknown('L2N316', 'the result of push');
}

function sliceList(session: Session, list: Value, args: readonly Value[]): Value {
  const [start, end] = args.map(integerOf);
  if (list.kind === 'sizes') {
    if (start === 0 && end != null && end < 0) return { kind: 'sizes', shape: leadingAxes(list.shape, -end) };
    return args.length === 0 ? list : unknown('L2N311', 'part of the shape of a tensor whose rank is unknown');
  }
  if (args.length === 0) return copy(session, list);
  if (list.kind !== 'array' || start == null || (args.length > 1 && end == null)) {
    return unknown('L2N316', 'part of a list whose length is not known');
  }
  return { kind: 'array', id: newId(session), items: list.items.slice(start, end ?? undefined) };
}

/** A copy has an identity of its own. */
function copy(session: Session, list: Value): Value {
  return list.kind === 'array' || list.kind === 'list' ? { ...list, id: newId(session) } : list;
}

function callArray(
  session: Session,
  frame: Frame,
  call: ListCall & { readonly list: Value & { kind: 'array' } },
): Value | null {
  const { list, name, args } = call;
  const make = (items: readonly Value[]): Value => ({ kind: 'array', id: newId(session), items });
  switch (name) {
    case 'concat':
      return args.every((each) => each.kind === 'array')
        ? make([...list.items, ...args.flatMap((each) => (each.kind === 'array' ? each.items : []))])
        : unknown('L2N316', 'a list of unknown length is appended');
    case 'pop':
      replaceEverywhere(session, list.id, { ...list, items: list.items.slice(0, -1) });
      return list.items.at(-1) ?? absent;
    case 'reverse':
      replaceEverywhere(session, list.id, { ...list, items: [...list.items].reverse() });
      return { ...list, items: [...list.items].reverse() };
    case 'toReversed':
      return make([...list.items].reverse());
    case 'reduce':
      return reduceArray(session, frame, call);
    case 'keys':
      return make(list.items.map((_, index) => number(index)));
    case 'values':
      return make(list.items);
    default:
      return null;
  }
}

function reduceArray(
  session: Session,
  frame: Frame,
  call: ListCall & { readonly list: Value & { kind: 'array' } },
): Value {
  const { list, args } = call;
  const [first, ...rest] = args.length > 1 ? [args[1] ?? absent, ...list.items] : list.items;
  return rest.reduce(
    (left, item, index) => callback(session, frame, call, [left, item, number(index)]),
    first ?? absent,
  );
}
