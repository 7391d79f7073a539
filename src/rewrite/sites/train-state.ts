/** `TrainState.create`, `applyGradients`, `replace`: parameters and optimizer state that travel as one value. */
import { withoutWraps } from '../../ir/resolve.js';
import { isTrainState } from '../../ir/train-state.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, ObjectLiteral } from '../../ir/syntax.js';
import { cellOf } from './machine.js';
import { copyInstance, isSameKind, renewed, started } from './parameter-copies.js';
import {
  checkCurrent,
  type Copy,
  freshVersion,
  noteCall,
  type Place,
  refuse,
  type Run,
  write,
  writeFirst,
} from './run.js';
import {
  holdsState,
  type Instance,
  optimizerCell,
  parametersOf,
  plain,
  type StateValue,
  type TrainStateValue,
  type Value,
} from './value.js';

/** Null when the call makes no train state and is on none. */
export function evaluateTrainStateCall(run: Run, path: SourcePath, node: Call): Value | null {
  if (node.callee.kind !== 'Member') return null;
  const { object, property } = node.callee;
  if (property === 'create' && isTrainState(run.model, path, object)) return create(run, path, node);
  if (property !== 'applyGradients' && property !== 'replace') return null;
  const receiver = run.evaluate(path, object);
  if (receiver.is !== 'trainState') return null;
  const given = fieldsOf(run, path, node);
  if (given === null) return plain;
  return property === 'replace'
    ? replaceFields(run, path, { node, receiver, given, moved: receiver.fields })
    : applyGradients(run, path, { node, receiver, given });
}

/** A property of a train state. */
export function trainStateMember(
  run: Run,
  { value, name, node }: { value: TrainStateValue; name: string; node: Expression },
  at: Place,
): Value {
  if (name === 'step') {
    const optimizer = value.fields.get('optState');
    if (optimizer?.is === 'state') checkCurrent(run, optimizer, at);
    run.facts.steps.set(node, value.instance);
    return plain;
  }
  const field = value.fields.get(name);
  if (field === undefined) refuse(run, 'L2N480', at, { name });
  return field ?? plain;
}

interface Fields {
  readonly literal: ObjectLiteral;
  readonly values: ReadonlyMap<string, Value>;
}

/** The fields of `{ … }`, the one argument; `applyFn` is not evaluated. */
function fieldsOf(run: Run, path: SourcePath, node: Call): Fields | null {
  const [argument] = node.args;
  const literal = argument === undefined || argument.kind === 'Spread' ? null : withoutWraps(argument);
  if (literal?.kind !== 'ObjectLiteral' || node.args.length !== 1) {
    refuse(run, 'L2N480', { path, span: node.span }, { name: 'an argument that is not written out' });
    return null;
  }
  const values = new Map<string, Value>();
  for (const each of literal.properties) {
    const name = each.kind === 'Property' ? each.key.name : null;
    if (each.kind === 'Spread' || name === null) {
      refuse(run, 'L2N480', { path, span: each.span }, { name: 'a field that is not written out' });
      return null;
    }
    values.set(name, name === 'applyFn' ? appliedModel(run, path, each.value) : run.evaluate(path, each.value));
  }
  return { literal, values };
}

/** `model.apply` gives the model. */
function appliedModel(run: Run, path: SourcePath, node: Expression): Value {
  const inner = withoutWraps(node);
  if (inner.kind !== 'Member' || inner.property !== 'apply') return plain;
  const value = run.evaluate(path, inner.object);
  if (value.is === 'model') run.facts.appliers.add(inner);
  return value;
}

const required = ['applyFn', 'params', 'tx'];

function create(run: Run, path: SourcePath, node: Call): Value {
  const at = { path, span: node.span };
  const given = fieldsOf(run, path, node);
  if (given === null) return plain;
  const { values } = given;
  const [model, params, tx] = required.map((each) => values.get(each) ?? plain);
  const own = params === undefined ? null : parametersOf(params);
  if (params === undefined || model?.is !== 'model' || own?.instance.id !== model.instance.id) {
    // Neither its model nor its parameters are the unit's: a state of other models.
    if (model?.is === 'model' || (params !== undefined && holdsState(params))) refuse(run, 'L2N481', at);
    return plain;
  }
  if (tx?.is !== 'transformation') {
    refuse(run, 'L2N480', at, { name: 'tx' });
    return plain;
  }
  const { instance } = model;
  checkCurrent(run, own, at);
  if (run.machine?.contents.has(cellOf(instance, optimizerCell)) === true) refuse(run, 'L2N470', at);
  const copies: Copy[] = [];
  const version = freshVersion(run, 'optimizer');
  writeFirst(run, instance, optimizerCell, version);
  writeFirst(run, instance, '#transformation', tx.id);
  const further = [...values]
    .filter(([name]) => !required.includes(name))
    .map(([name, value]) => [name, fieldValue(run, { name, value, instance, copies }, at)] as const);
  noteCall(run, path, node, { call: 'trainState.create', instance, literal: given.literal, copies });
  const optState: StateValue = { is: 'state', instance, collection: optimizerCell, path: [], version };
  const fields = new Map<string, Value>([['params', params], ['optState', optState], ['tx', tx], ...further]);
  return { is: 'trainState', instance, fields, created: at };
}

interface Field {
  readonly name: string;
  readonly value: Value;
  readonly instance: Instance;
  readonly copies: Copy[];
}

/** A collection of the model as it is now, a second set of its parameters (a copy), or nothing of a model's. */
function fieldValue(run: Run, { name, value, instance, copies }: Field, at: Place): Value {
  if (name === 'step' || name === 'optState') refuse(run, 'L2N480', at, { name });
  if (value.is === 'model' || value.is === 'gradients' || value.is === 'leaf') refuse(run, 'L2N480', at, { name });
  if (!holdsState(value)) return value;
  const second = parametersOf(value);
  if (second !== null && isSameKind(second.instance, instance)) {
    checkCurrent(run, second, at);
    const to = copyInstance(second.instance, name, at);
    copies.push({ field: name, from: second.instance, to });
    return started(run, value, to);
  }
  const isOwn = value.is === 'state' && value.instance.id === instance.id && value.path.length === 0;
  if (isOwn) checkCurrent(run, value, at);
  else refuse(run, 'L2N482', at, { name });
  return value;
}

interface Change {
  readonly node: Call;
  readonly receiver: TrainStateValue;
  readonly given: Fields;
  /** The fields before those given are put in. */
  readonly moved: ReadonlyMap<string, Value>;
}

function applyGradients(run: Run, path: SourcePath, change: Omit<Change, 'moved'>): Value {
  const { node, receiver, given } = change;
  const at = { path, span: node.span };
  const { instance, fields } = receiver;
  const gradients = given.values.get('grads');
  const params = fields.get('params');
  const optState = fields.get('optState');
  const own = params === undefined ? null : parametersOf(params);
  if (gradients?.is !== 'gradients' || gradients.instance.id !== instance.id || own === null) {
    refuse(run, 'L2N483', at);
    return plain;
  }
  checkCurrent(run, own, at);
  if (optState?.is === 'state') checkCurrent(run, optState, at);
  const version = freshVersion(run, 'params');
  const next: StateValue = {
    is: 'state',
    instance,
    collection: optimizerCell,
    path: [],
    version: freshVersion(run, 'optimizer'),
  };
  write(run, instance, 'params', version);
  write(run, instance, optimizerCell, next.version);
  const moved = new Map(fields).set('params', withVersion(params ?? own, version)).set('optState', next);
  const { values } = given;
  const others = { ...given, values: new Map([...values].filter(([name]) => name !== 'grads')) };
  return replaceFields(run, path, { node, receiver, given: others, moved });
}

function withVersion(value: Value, version: string): Value {
  if (value.is === 'state') return { ...value, version };
  if (value.is !== 'record') return value;
  return { ...value, entries: new Map([...value.entries].map(([name, each]) => [name, withVersion(each, version)])) };
}

/** A field gets another version of what it held, never something else of a model. */
function replaceFields(run: Run, path: SourcePath, { node, receiver, given, moved }: Change): Value {
  const { instance } = receiver;
  const fields = new Map(moved);
  const copies: Copy[] = [];
  for (const [name, value] of given.values) {
    const at = { path, span: node.span };
    const before = moved.get(name);
    if (before === undefined || name === 'tx' || name === 'applyFn') refuse(run, 'L2N480', at, { name });
    else if (holdsState(before) || holdsState(value)) {
      const copied = copiedInto(run, { name, before, value }, at);
      if (copied === null) checkSameCell(run, { name, before, value }, at);
      else copies.push(copied.copy);
      fields.set(name, copied?.value ?? value);
    } else fields.set(name, value);
  }
  noteCall(run, path, node, { call: 'trainState.change', instance, literal: given.literal, copies });
  return { ...receiver, fields };
}

/** Parameters of one set given to the field that holds another: the one model takes over what the other has now. */
function copiedInto(
  run: Run,
  { name, before, value }: { name: string; before: Value; value: Value },
  at: Place,
): { readonly value: Value; readonly copy: Copy } | null {
  const [old, fresh] = [parametersOf(before), parametersOf(value)];
  if (old === null || fresh === null || before.is !== value.is) return null;
  if (old.instance.id === fresh.instance.id || !isSameKind(old.instance, fresh.instance)) return null;
  checkCurrent(run, fresh, at);
  const copy = { field: name, from: fresh.instance, to: old.instance };
  return { value: renewed(run, before, old.instance), copy };
}

function checkSameCell(
  run: Run,
  { name, before, value }: { name: string; before: Value; value: Value },
  at: Place,
): void {
  const [old, fresh] = [parametersOf(before) ?? before, parametersOf(value) ?? value];
  const isSame =
    old.is === 'state' &&
    fresh.is === 'state' &&
    before.is === value.is &&
    old.instance.id === fresh.instance.id &&
    old.collection === fresh.collection &&
    fresh.path.length === 0;
  if (isSame) checkCurrent(run, fresh, at);
  else refuse(run, 'L2N482', at, { name });
}
