/** What a module offers its own methods: parameters, variables, random keys. */
import { collections } from '../../runtime/catalogue/collections.js';
import { newId } from './frame.js';
import type { Callee, Session, Value } from './machine.js';
import { notePlaces } from './need.js';
import { create } from './rules/reshape.js';
import { absent, unknown } from './value.js';

/** `this.param(…)`, `this.variable(…)`, …; anything else is not known, and no size. */
export function callService(session: Session, at: { readonly name: string; readonly call: Callee }): Value {
  const { name, call } = at;
  switch (name) {
    case 'param':
      return parameter(session, call);
    case 'variable':
      return variable(session, call);
    case 'perturb':
      return call.args[1] ?? absent;
    default:
      return unknown('L2N316', `there is no rule for this.${name}()`);
  }
}

/** `this.param(name, initializer, shape, …)`: the shape's elements may read inputs. */
function parameter(session: Session, call: Callee): Value {
  const [, initializer, shape] = call.args;
  noteCall(session, call);
  if (shape?.kind === 'array' || shape?.kind === 'sizes') return create(shape);
  // An initializer of this project is called with a key and the remaining arguments.
  if (initializer?.kind !== 'function') return unknown('L2N310', 'a parameter has an unknown shape');
  return session.interpreter.callValue(session, initializer, {
    ...call,
    args: [unknown('L2N310', 'a key is no tensor'), ...call.args.slice(2)],
  });
}

/** What is written behind the name goes to the constructor. */
function noteCall(session: Session, { nodes = [], args, frame }: Callee): void {
  const { run } = session;
  const { path, via } = frame;
  const site = { path, owner: run.summary.class?.id ?? null, via, loop: run.loops.at(-1) ?? null };
  notePlaces(session, { site, nodes: nodes.slice(1), args: args.slice(1), of: 'variable' });
}

/** `this.variable(collection, name, make, …)`: its value is what `make` returns. */
function variable(session: Session, call: Callee): Value {
  const [collection, , make, ...rest] = call.args;
  const value: Value =
    make === undefined
      ? unknown('L2N310', 'a variable has no initial value')
      : session.interpreter.callValue(session, make, { ...call, args: rest, span: null });
  if (isMadeForInputs(collection)) noteCache(session, call, value);
  else noteCall(session, call);
  return { kind: 'record', id: newId(session), properties: new Map([['value', value]]) };
}

/** A collection whose variables a method makes later, for inputs of one shape. */
function isMadeForInputs(collection: Value | undefined): boolean {
  const name = collection?.kind === 'literal' ? collection.value : null;
  return collections.some((each) => each.collection === name && each.made === 'initCache');
}

function noteCache(session: Session, { frame, span }: Callee, value: Value): void {
  const { run } = session;
  if (run.silent > 0 || span === null) return;
  const owner = run.summary.class?.id ?? null;
  const shape = value.kind === 'tensor' ? value.shape.dims : null;
  run.summary.caches.push({ key: `${frame.path}@${span.start}`, owner, shape });
}
