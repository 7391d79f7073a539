/** One method of one class, run over its own atoms: what it returns, what it asks for, whom it calls. */
import { linenModule } from '../../runtime/catalogue/modules.js';
import { opOf } from '../../runtime/catalogue/ops.js';
import type { Parameter, Pattern, TypeNode } from '../ir/syntax.js';
import type { InputAtom } from './atom.js';
import { inputKey } from './atom.js';
import { bindName } from './bind.js';
import { RankFound, empty, frameAt, innerFrame, mostDepth, newId, newRun } from './frame.js';
import { newInstance, specialArguments } from './instance.js';
import { liftArgs, liftOut } from './lift.js';
import type { Input, Lift, MethodCall, SelfValue, Session, Summary, Value } from './machine.js';
import type { FoundMethod } from './member.js';
import { methodOf } from './member.js';
import { runBody } from './method.js';
import { tensorType } from './outer.js';
import { shapeOfName } from './shape.js';
import { signature } from './signature.js';
import { absent, tensor, unknown } from './value.js';

/** The summary of a method for this way of calling it; made on demand, kept. */
export function summarise(session: Session, call: MethodCall): Summary {
  const variant = [call.args, specialArguments(session, call.class, call.built)]
    .map((values) => signature(values, session.run.summary.id))
    .join('|');
  const id = `${call.class.id}.${call.method}(${variant})${call.whole === true ? '+' : ''}`;
  const known = session.summaries.get(id);
  if (known !== undefined) return known;
  const found = methodOf(session, call.class, call.method);
  if (found === null || found.method.node.body === null) {
    return empty(id, call, unknown('L2N321', `${call.class.name}.${call.method} has no body here`));
  }
  if (session.running.has(id) || session.running.size > mostDepth) {
    return empty(id, call, unknown('L2N318', `${call.class.name} is nested in itself`));
  }
  session.running.add(id);
  const outer = session.run;
  try {
    const summary = runUntilRanksKnown(session, { ...call, id, found });
    session.summaries.set(id, summary);
    return summary;
  } finally {
    session.running.delete(id);
    session.run = outer;
  }
}

interface FoundCall extends MethodCall {
  readonly id: string;
  readonly found: FoundMethod;
}

function runUntilRanksKnown(session: Session, call: FoundCall): Summary {
  for (;;) {
    try {
      return runMethod(session, call);
    } catch (error) {
      const own = error instanceof RankFound && error.input.startsWith(`${call.class.id}.${call.method}#`);
      if (!own || session.ranks.has(error.input)) throw error;
      session.ranks.set(error.input, error.rank);
    }
  }
}

function runMethod(session: Session, call: FoundCall): Summary {
  const { found } = call;
  const inputs: Input[] = [];
  const draft: Summary = {
    ...empty(call.id, call, absent),
    built: specialArguments(session, call.class, call.built),
    inputs,
    called: call.args !== null && session.run.summary.called,
  };
  session.run = newRun(draft, session.run);
  const self = newInstance(session, call.class, call.built);
  runSetup(session, self);
  const frame = innerFrame(frameAt(found.class.path, self, found.class), '');
  const lifts = methodLifts(session, found);
  const { node } = found.method;
  const given = node.params.map((param, index) =>
    symbol(session, { call, param, index, inputs, value: call.args === null ? null : (call.args[index] ?? absent) }),
  );
  const seen = liftArgs(lifts, given);
  node.params.forEach((param, index) => {
    bindName(session, frame, {
      pattern: param.pattern,
      value: parameterValue(session, frame, { param, value: seen[index] ?? absent }),
      declares: true,
    });
  });
  const out = node.body === null ? absent : runBody(session, frame, node.body);
  return { ...draft, out: liftOut(session, lifts, { args: given, out }) };
}

function runSetup(session: Session, self: SelfValue): void {
  const setup = methodOf(session, self.class, 'setup');
  if (setup === null || setup.method.node.body === null) return;
  runBody(session, frameAt(setup.class.path, self, setup.class), setup.method.node.body);
}

function methodLifts(session: Session, found: FoundMethod): readonly Lift[] {
  return found.method.lifts.flatMap((each): readonly Lift[] => {
    const rule = opOf(linenModule, each.name)?.rule;
    if (rule?.rule !== 'lift' || rule.lift === 'same') return [];
    const options =
      each.options === null
        ? absent
        : session.interpreter.evaluate(session, frameAt(found.class.path, null, found.class), each.options);
    return [{ lift: rule.lift, options }];
  });
}

/** What a method sees of an argument: tensors become inputs, numbers names, flags stay undecided. */
function symbol(
  session: Session,
  at: {
    readonly call: FoundCall;
    readonly param: Parameter;
    readonly index: number;
    readonly inputs: Input[];
    readonly value: Value | null;
  },
): Value {
  const { call, param, index } = at;
  const base: InputAtom = {
    kind: 'input',
    owner: call.class.id,
    method: call.method,
    parameter: index,
    part: [],
    axis: null,
  };
  const name = patternName(param.pattern, index);
  if (at.value === null) return untold(session, { ...at, base, name });
  const declared = tensorType(param.type)?.rank ?? null;
  return symbolOf(session, { value: at.value, base, name, inputs: at.inputs, rank: declared });
}

interface Symbolic {
  readonly value: Value;
  readonly base: InputAtom;
  readonly name: string;
  readonly inputs: Input[];
  readonly rank: number | null;
}

function symbolOf(session: Session, at: Symbolic): Value {
  const { value, base } = at;
  const part = (key: string, inner: Value): Value =>
    symbolOf(session, {
      ...at,
      value: inner,
      base: { ...base, part: [...base.part, key] },
      name: `${at.name}.${key}`,
      rank: null,
    });
  switch (value.kind) {
    case 'tensor':
      return inputTensor(session, { ...at, rank: value.shape.dims?.length ?? at.rank });
    case 'array':
      return { kind: 'array', id: newId(session), items: value.items.map((item, index) => part(String(index), item)) };
    case 'record':
      return {
        kind: 'record',
        id: newId(session),
        properties: new Map([...value.properties].map(([key, each]) => [key, part(key, each)])),
      };
    case 'number':
    case 'name':
      return { kind: 'name', atom: base };
    case 'literal':
      return value.value === null || value.value === undefined ? value : { kind: 'flag', test: null };
    case 'flag':
      return { kind: 'flag', test: null };
    case 'module':
    case 'layer':
    case 'function':
    case 'class':
    case 'layerClass':
    case 'external':
    case 'either':
    case 'unknown':
      return value;
    default:
      return unknown('L2N310', `what ${at.name} is passed is not followed`);
  }
}

/** A parameter nothing in the project gives a value: a tensor by its type, or an undecided flag. */
function untold(
  session: Session,
  at: {
    readonly call: FoundCall;
    readonly param: Parameter;
    readonly inputs: Input[];
    readonly base: InputAtom;
    readonly name: string;
  },
): Value {
  const { param, base, name, inputs } = at;
  const type = tensorType(param.type);
  const isLeftOut = type === null || at.call.whole !== true;
  if ((param.optional || param.initial !== null) && isLeftOut) return absent;
  if (type !== null) return inputTensor(session, { value: absent, base, name, inputs, rank: type.rank });
  return typedValue(session, { type: param.type, value: absent, base, name, inputs, rank: null });
}

/** Tuples and objects of tensors, numbers; what has no type is taken for a tensor. */
function typedValue(session: Session, at: Symbolic & { readonly type: TypeNode | null }): Value {
  const { type, base } = at;
  const tensorOf = tensorType(type);
  if (type === null || tensorOf !== null) return inputTensor(session, { ...at, rank: tensorOf?.rank ?? null });
  const part = (key: string, inner: TypeNode | null): Value =>
    typedValue(session, {
      ...at,
      type: inner,
      base: { ...base, part: [...base.part, key] },
      name: `${at.name}.${key}`,
    });
  const { form } = type;
  if (form.form === 'tuple') {
    return { kind: 'array', id: newId(session), items: form.elements.map((each, index) => part(String(index), each)) };
  }
  if (form.form === 'object') {
    const properties = form.members.map((each) => [each.name, part(each.name, each.type)] as const);
    return { kind: 'record', id: newId(session), properties: new Map(properties) };
  }
  if (form.form === 'keyword' && form.name === 'number') return { kind: 'name', atom: base };
  if (form.form === 'keyword' && form.name === 'boolean') return { kind: 'flag', test: null };
  return unknown('L2N310', `what ${at.name} is passed is not known`);
}

function inputTensor(session: Session, at: Symbolic): Value {
  const key = inputKey(at.base);
  const rank = at.rank ?? session.ranks.get(key) ?? null;
  if (at.rank !== null) session.seenRanks.set(key, new Set([...(session.seenRanks.get(key) ?? []), at.rank]));
  if (!at.inputs.some((each) => each.key === key)) {
    at.inputs.push({ key, parameter: at.base.parameter, name: at.name, rank });
  }
  return tensor(shapeOfName((axis) => ({ ...at.base, axis }), rank, key));
}

function parameterValue(
  session: Session,
  frame: ReturnType<typeof frameAt>,
  at: { readonly param: Parameter; readonly value: Value },
): Value {
  const { param, value } = at;
  if (param.initial === null || value.kind !== 'literal' || value.value !== undefined) return value;
  const initial = session.interpreter.evaluate(session, frame, param.initial);
  return initial.kind === 'literal' && typeof initial.value === 'boolean' ? { kind: 'flag', test: null } : initial;
}

function patternName(pattern: Pattern, index: number): string {
  return pattern.kind === 'IdentifierPattern' ? pattern.name : `argument${index}`;
}
