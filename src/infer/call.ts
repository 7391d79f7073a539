/** Calls and constructions. */
import { opOf, tensorMethod } from '../../runtime/catalogue/ops.js';
import { linenModule } from '../../runtime/catalogue/modules.js';
import { factoryAround } from '../ir/factories.js';
import type { Call, New } from '../ir/syntax.js';
import { assignedNames } from './assigned-names.js';
import type { Dim, NameAtom } from './atom.js';
import { bindName, orDefault } from './bind.js';
import { branchValues } from './branch.js';
import { constant, opaque, pair, round } from './dim.js';
import { evaluateList } from './elements.js';
import { fieldType, isTensorMap } from './field-types.js';
import { cellOf, frameAt, mostCalls, mostDepth, mostNesting, newId, write, innerFrame } from './frame.js';
import { enterBase } from './instance.js';
import { arrayFrom, callList } from './lists.js';
import type { Callee, Frame, FunctionValue, Lift, Session, Site, Value } from './machine.js';
import { runBody } from './method.js';
import { callLayer, callModule } from './module-call.js';
import { notePlaces } from './need.js';
import { ruleContext } from './rule-context.js';
import { applyOp } from './rules/op.js';
import { callService } from './service.js';
import { absent, dimOf, integerOf, number, unknown } from './value.js';

export function callExpression(session: Session, frame: Frame, node: Call): Value {
  if (node.callee.kind === 'Super') {
    enterBase(session, frame, evaluateList(session, frame, node.args));
    return absent;
  }
  const callee = session.interpreter.evaluate(session, frame, node.callee);
  const args = evaluateList(session, frame, node.args);
  return callValue(session, callee, { args, frame, span: node.span, nodes: node.args });
}

export function callValue(session: Session, callee: Value, call: Callee): Value {
  switch (callee.kind) {
    case 'function':
      return invoke(session, callee, { args: call.args, at: call });
    case 'external':
      return callExternal(session, callee, call);
    case 'member':
      return callMember(session, callee, call);
    case 'either':
      return branchValues(session, call.frame, {
        test: callee.test,
        then: () => callValue(session, callee.a, call),
        otherwise: () => callValue(session, callee.b, call),
      });
    case 'unknown':
      forget(session, call.args);
      return callee;
    case 'name':
      forget(session, call.args);
      if (isElementwise(session, callee.atom, call.args)) return call.args[0] ?? absent;
      return unknown('L2N321', 'a function that is passed in is called, and no site in this project passes it');
    default:
      forget(session, call.args);
      return unknown('L2N310', 'a value that is no function is called');
  }
}

/**
 * A function from one tensor to one tensor that a field holds, by its type: an activation. That it keeps the shape is
 * an assumption; the running program is checked against it.
 */
function isElementwise(session: Session, atom: NameAtom, args: readonly Value[]): boolean {
  if (atom.kind !== 'field' || args.length !== 1 || args[0]?.kind !== 'tensor') return false;
  return isTensorMap(fieldType(session.model, atom));
}

/** Runs a function of this project with its real arguments. */
export function invoke(
  session: Session,
  callee: FunctionValue,
  call: { readonly args: readonly Value[]; readonly at: Callee | null },
): Value {
  const { node } = callee;
  if (node.body === null) return unknown('L2N321', 'an abstract method is called');
  if (node.generator) return unknown('L2N316', 'a generator is called');
  const depth = Math.max(callee.frame.depth, call.at?.frame.depth ?? 0);
  const { run } = session;
  const nested = run.active.get(node) ?? 0;
  if (depth > mostDepth || nested >= mostNesting || run.calls >= mostCalls) {
    forget(session, call.args);
    return unknown('L2N318', 'calls nest too deep');
  }
  const span = call.at?.span;
  const via = span == null ? (call.at?.frame.via ?? callee.frame.via) : `${call.at?.frame.via ?? ''}<${span.start}`;
  const calledAt = span == null || call.at === null ? null : `${call.at.frame.path}@${span.start}`;
  const frame = { ...innerFrame(callee.frame, via), depth: depth + 1, calledAt };
  node.params.forEach((param, index) => {
    const rest = param.pattern.kind === 'RestPattern';
    const given: Value = rest
      ? { kind: 'array', id: newId(session), items: call.args.slice(index) }
      : (call.args[index] ?? absent);
    const value = orDefault(session, frame, { value: given, initial: param.initial });
    bindName(session, frame, { pattern: param.pattern, value, declares: true });
  });
  run.calls += 1;
  run.active.set(node, nested + 1);
  const result = runBody(session, frame, node.body);
  run.active.set(node, nested);
  return result;
}

export function construct(session: Session, frame: Frame, node: New): Value {
  const callee = session.interpreter.evaluate(session, frame, node.callee);
  const args = evaluateList(session, frame, node.args);
  const id = `${frame.path}@${node.span.start}`;
  const site: Site = {
    id,
    sized: factoryAround(session.model, node) === null ? id : (frame.calledAt ?? id),
    path: frame.path,
    span: node.span,
    owner: session.run.summary.class?.id ?? null,
    via: frame.via,
    loop: session.run.loops.at(-1) ?? null,
  };
  switch (callee.kind) {
    case 'class':
      notePlaces(session, { site, nodes: node.args, args });
      return { kind: 'module', class: callee.class, args, site, lifts: callee.lifts };
    case 'layerClass':
      notePlaces(session, { site, nodes: node.args, args });
      return { kind: 'layer', layer: callee.layer, args, site, lifts: callee.lifts };
    case 'name':
      return unknown('L2N321', 'a class that is passed in is constructed, and no site in this project passes it');
    case 'external':
      if (callee.module === linenModule)
        return unknown('L2N316', `there is no shape rule for the layer ${callee.name}`);
      return unknown('L2N310', `what new ${callee.name} builds is not known`);
    case 'unknown':
      return callee;
    default:
      return unknown('L2N321', 'a class that is not known here is constructed');
  }
}

/** A callback given to something unknown may have run: what it assigns is not known any more. */
export function forget(session: Session, args: readonly Value[]): void {
  for (const value of args) {
    if (value.kind !== 'function') continue;
    for (const binding of assignedNames(value.node)) {
      const cell = cellOf(value.frame, binding);
      if (cell !== null) write(session, cell, unknown('L2N316', 'a callback of an unknown function may change it'));
    }
  }
}

function callMember(session: Session, callee: Value & { kind: 'member' }, call: Callee): Value {
  const { of, name } = callee;
  switch (of.kind) {
    case 'module':
      return callModule(session, { module: of, method: name, args: call.args, frame: call.frame, span: call.span });
    case 'layer':
      return callLayer(session, { layer: of, method: name, args: call.args, frame: call.frame, span: call.span });
    case 'tensor':
      return callTensor(session, of, { name, call });
    case 'self':
      return callService(session, { name, call });
    case 'either':
      return branchValues(session, call.frame, {
        test: of.test,
        then: () => callMember(session, { ...callee, of: of.a }, call),
        otherwise: () => callMember(session, { ...callee, of: of.b }, call),
      });
    case 'class':
    case 'plainClass':
      return callStatic(session, of, { name, call });
    default: {
      const span = call.span ?? { start: 0, end: 0 };
      const found = callList(session, call.frame, { list: of, name, args: call.args, span });
      if (found !== null) return found;
      forget(session, call.args);
      return of.kind === 'unknown' ? of : unknown('L2N316', `there is no rule for .${name}()`);
    }
  }
}

function callTensor(session: Session, of: Value, at: { readonly name: string; readonly call: Callee }): Value {
  const record = tensorMethod(at.name);
  const { args } = at.call;
  if (record === undefined) return unknown('L2N316', `there is no shape rule for the tensor method ${at.name}`);
  if (record.method === 'first') return applyRule(session, record.rule, { ...at.call, args: [of, ...args] });
  const [others, ...rest] = args;
  const items = others?.kind === 'array' ? others.items : others === undefined ? [] : [others];
  const list: Value = { kind: 'array', id: newId(session), items: [of, ...items] };
  return applyRule(session, record.rule, { ...at.call, args: [list, ...rest] });
}

function callStatic(
  session: Session,
  of: Value & { kind: 'class' | 'plainClass' },
  at: { readonly name: string; readonly call: Callee },
): Value {
  const { node, path } = of.kind === 'class' ? of.class : of;
  for (const member of node.members) {
    if (member.kind !== 'Method' || !member.static || member.name !== at.name || member.role !== 'method') continue;
    return invoke(
      session,
      { kind: 'function', node: member, frame: frameAt(path) },
      { args: at.call.args, at: at.call },
    );
  }
  return unknown('L2N310', `the static method ${at.name} is not known`);
}

function callExternal(session: Session, callee: Value & { kind: 'external' }, call: Callee): Value {
  if (callee.module === 'global') return callGlobal(session, callee.name, call);
  const record = opOf(callee.module, callee.name);
  if (record !== undefined) return applyRule(session, record.rule, call);
  forget(session, call.args);
  return unknown('L2N316', `there is no shape rule for ${callee.name}`);
}

type Rule = NonNullable<ReturnType<typeof opOf>>['rule'];

function applyRule(session: Session, rule: Rule, call: Callee): Value {
  if (rule.rule === 'run') {
    const last = call.args.at(-1);
    return last === undefined ? absent : callValue(session, last, { ...call, args: [] });
  }
  if (rule.rule === 'lift') return lift(rule.lift, call.args);
  return applyOp(rule, call.args, ruleContext(session));
}

/** `nn.scan(Class, options)`, `nn.remat(Class)`; around a function only what changes nothing is followed. */
function lift(kind: Lift['lift'], args: readonly Value[]): Value {
  const [target, options = absent] = args;
  if (target?.kind === 'class' || target?.kind === 'layerClass') {
    return kind === 'same' ? target : { ...target, lifts: [...target.lifts, { lift: kind, options }] };
  }
  if (kind === 'same' && target !== undefined) return target;
  return unknown('L2N316', `a lifted function (${kind}) is not followed`);
}

function callGlobal(session: Session, name: string, call: Callee): Value {
  const [a, b] = call.args.map(dimOf);
  if (name === 'Array.from') {
    return arrayFrom(session, call.frame, { args: call.args, span: call.span ?? { start: 0, end: 0 } });
  }
  if (name === 'Number' || name === 'Object.freeze') return call.args[0] ?? number(0);
  if (!name.startsWith('Math.')) {
    forget(session, call.args);
    return unknown('L2N316', `there is no rule for ${name}`);
  }
  const fn = name.slice('Math.'.length);
  if (a == null)
    return number(opaque({ code: 'L2N310', why: `${name} of a value that is not known`, path: null, span: null }));
  if (fn === 'floor' || fn === 'ceil' || fn === 'round' || fn === 'trunc') return number(round(fn, a));
  if ((fn === 'max' || fn === 'min') && b != null && call.args.length === 2) return number(pair(fn, a, b));
  return number(
    mathOf(fn, call.args.map(integerOf)) ??
      opaque({ code: 'L2N316', why: `there is no rule for ${name} of a size`, path: null, span: null }),
  );
}

const functions: { readonly [name: string]: (...values: number[]) => number } = {
  max: Math.max,
  min: Math.min,
  sqrt: Math.sqrt,
  log2: Math.log2,
  log: Math.log,
  exp: Math.exp,
  pow: Math.pow,
  abs: Math.abs,
};

function mathOf(name: string, values: readonly (number | null)[]): Dim | null {
  const f = functions[name];
  const numbers = values.filter((each) => each !== null);
  return f === undefined || numbers.length < values.length ? null : constant(f(...numbers));
}
