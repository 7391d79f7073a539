/** Where the program starts: `init` and its like, evaluated where they stand. */
import { originalBinding } from '../ir/resolve.js';
import type { ModelCall, ProjectModel } from '../ir/project.js';
import type { Expression, TypeNode } from '../ir/syntax.js';
import { callValue, invoke } from './call.js';
import { evaluateList } from './elements.js';
import { evaluate } from './evaluate.js';
import { RankFound, empty, frameAt, newRun } from './frame.js';
import type { Frame, Session, Summary, Value } from './machine.js';
import { indexOf, memberOf, methodOf } from './member.js';
import { runStatement } from './method.js';
import { callLayer, callModule } from './module-call.js';
import { tensorPlace, tensorType } from './outer.js';
import { shapeOfName } from './shape.js';
import { absent, option, tensor } from './value.js';

export interface Root {
  readonly call: ModelCall;
  readonly summary: Summary;
}

export function newSession(model: ProjectModel): Session {
  const idle = empty('', { class: null, method: '' }, absent);
  return {
    model,
    summaries: new Map(),
    running: new Set(),
    ranks: new Map(),
    seenRanks: new Map(),
    placeRanks: new Map(),
    turnNames: new Map(),
    spellings: new Map(),
    latest: new WeakMap(),
    outer: new Map(),
    interpreter: { evaluate, callValue, invoke, runStatement, memberOf, indexOf },
    run: newRun(idle, null),
    nextId: 0,
  };
}

const starts: readonly ModelCall['entry'][] = ['init', 'initWithOutput', 'lazyInit', 'tabulate'];

/** Runs every root outside module classes; `apply` sites as well, whose samples say as much where they are literal. */
export function runRoots(session: Session): readonly Root[] {
  const outside = session.model.calls.filter((call) => call.owner === null && call.entry !== 'bind');
  const first = outside.filter((call) => starts.includes(call.entry));
  const rest = outside.filter((call) => !starts.includes(call.entry));
  return [...first, ...rest].map((call) => ({ call, summary: runRoot(session, call) }));
}

function runRoot(session: Session, call: ModelCall): Summary {
  for (;;) {
    try {
      return runOnce(session, call);
    } catch (error) {
      if (!(error instanceof RankFound) || session.ranks.has(error.input)) throw error;
      session.ranks.set(error.input, error.rank);
      session.outer.clear();
    }
  }
}

function runOnce(session: Session, call: ModelCall): Summary {
  const draft: Summary = { ...empty(call.id, { class: null, method: 'root' }, absent), called: true };
  session.run = newRun(draft, null);
  const frame = frameAt(call.path);
  const module = evaluate(session, frame, call.receiver);
  const args = samples(session, frame, call);
  if (args === null) return draft;
  const options = call.node.args[2];
  const method =
    options === undefined || options.kind === 'Spread'
      ? 'call'
      : methodName(evaluate(session, frame, options), options);
  if (method === null) return draft;
  const called = { method, args: typed(session, module, { method, args }), frame, span: call.node.span };
  if (module.kind === 'module') return { ...draft, out: callModule(session, { ...called, module }) };
  return module.kind === 'layer' ? { ...draft, out: callLayer(session, { ...called, layer: module }) } : draft;
}

/** The argument array; a sample of unknown shape is known by its name. */
function samples(session: Session, frame: Frame, call: ModelCall): readonly Value[] | null {
  const node = call.node.args[1];
  if (node === undefined || node.kind === 'Spread') return null;
  if (node.kind !== 'ArrayLiteral') {
    const value = evaluate(session, frame, node);
    return value.kind === 'array' ? value.items : null;
  }
  const values = evaluateList(session, frame, node.elements);
  return values.map((value, index) => {
    const element = node.elements[index];
    return element == null || element.kind === 'Spread' ? value : named(session, element, value);
  });
}

function named(session: Session, node: Expression, value: Value): Value {
  if (value.kind !== 'unknown' || node.kind !== 'Identifier' || node.binding === null) return value;
  const binding = originalBinding(session.model, node.binding);
  return binding === null ? value : tensorPlace(session, node.binding, null);
}

/** A name given where the method takes a tensor is a tensor, whatever type it was declared with. */
function typed(
  session: Session,
  module: Value,
  call: { readonly method: string; readonly args: readonly Value[] },
): readonly Value[] {
  const found = module.kind === 'module' ? methodOf(session, module.class, call.method) : null;
  return call.args.map((value, index) => asTyped(value, found?.method.node.params[index]?.type ?? null));
}

function asTyped(value: Value, type: TypeNode | null): Value {
  const { form } = type ?? {};
  if (value.kind === 'array' && form?.form === 'tuple') {
    return { ...value, items: value.items.map((item, index) => asTyped(item, form.elements[index] ?? null)) };
  }
  if (value.kind === 'record' && form?.form === 'object') {
    const properties = [...value.properties].map(([key, each]) => {
      const member = form.members.find((candidate) => candidate.name === key);
      return [key, asTyped(each, member?.type ?? null)] as const;
    });
    return { ...value, properties: new Map(properties) };
  }
  const expected = tensorType(type);
  if (value.kind !== 'name' || value.atom.kind !== 'place' || expected === null) return value;
  const { atom } = value;
  return tensor(shapeOfName((axis) => ({ ...atom, axis }), expected.rank, `place:${atom.binding}`));
}

/** `{ method: 'encode' }`, `{ method: Model.prototype.encode }`; null for a function around the module. */
function methodName(options: Value, node: Expression): string | null {
  const method = option(options, 'method');
  if (method === undefined) return 'call';
  if (method.kind === 'literal' && typeof method.value === 'string') return method.value;
  if (node.kind !== 'ObjectLiteral') return null;
  for (const each of node.properties) {
    if (each.kind !== 'Property' || each.key.name !== 'method' || each.value.kind !== 'Member') continue;
    const { object, property } = each.value;
    if (object.kind === 'Member' && object.property === 'prototype') return property;
  }
  return null;
}
