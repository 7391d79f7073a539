/** `tx.init`, `tx.update`, `optax.applyUpdates`: the optimizer's state and the step it makes. */
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression } from '../../ir/syntax.js';
import { demand } from './model-call.js';
import { checkCurrent, freshVersion, noteCall, refuse, type Run, write, writeFirst } from './run.js';
import { cellOf } from './machine.js';
import { type Instance, optimizerCell, plain, type StateValue, type Value } from './value.js';

/** Null when the call is no call of a gradient transformation. */
export function evaluateOptimizerCall(run: Run, path: SourcePath, node: Call): Value | null {
  if (node.callee.kind !== 'Member' || node.args.some((each) => each.kind === 'Spread')) return null;
  const { property, object } = node.callee;
  if (property !== 'init' && property !== 'update') return null;
  const receiver = run.evaluate(path, object);
  if (receiver.is !== 'transformation') return null;
  const args = node.args as readonly Expression[];
  const values = args.map((each) => run.evaluate(path, each));
  const call = { path, node, args, values, transformation: receiver.id };
  return property === 'init' ? initialise(run, call) : update(run, call);
}

interface OptimizerCall {
  readonly path: SourcePath;
  readonly node: Call;
  readonly args: readonly Expression[];
  readonly values: readonly Value[];
  readonly transformation: string;
}

function initialise(run: Run, { path, node, values, transformation }: OptimizerCall): Value {
  const at = { path, span: node.span };
  const [params] = values;
  if (params?.is !== 'state' || params.collection !== 'params' || params.path.length > 0) {
    if (params !== undefined && params.is !== 'plain') refuse(run, 'L2N452', at);
    return plain;
  }
  checkCurrent(run, params, at);
  const { instance } = params;
  if (run.machine?.contents.has(cellOf(instance, optimizerCell)) === true) refuse(run, 'L2N470', at);
  noteCall(run, path, node, { call: 'tx.init', instance });
  const version = freshVersion(run, 'optimizer');
  writeFirst(run, instance, optimizerCell, version);
  writeFirst(run, instance, '#transformation', transformation);
  return stateOf(instance, optimizerCell, version);
}

function stateOf(instance: Instance, collection: string, version: string): StateValue {
  return { is: 'state', instance, collection, path: [], version };
}

/** `tx.update(grads, optState, params?)`: NNX does this and `applyUpdates` in one, so nothing is written yet. */
function update(run: Run, { path, node, args, values, transformation }: OptimizerCall): Value {
  const at = { path, span: node.span };
  const [gradients, state, params] = values;
  if (gradients?.is !== 'gradients' || args[0] === undefined || state === undefined) {
    if (values.some((each) => each.is !== 'plain')) refuse(run, 'L2N471', at);
    return plain;
  }
  const { instance } = gradients;
  if (state.is === 'plain' && state.symbol !== null) demand(run, state, { instance, collection: optimizerCell });
  const known = run.machine?.contents.get(cellOf(instance, '#transformation'));
  if (known !== undefined && !isOnly(known, transformation)) refuse(run, 'L2N470', at);
  if (state.is === 'state') {
    if (state.collection !== optimizerCell || state.instance.id !== instance.id) refuse(run, 'L2N471', at);
    checkCurrent(run, state, at);
  } else if (state.is !== 'plain' || state.symbol === null) refuse(run, 'L2N471', at);
  if (params?.is === 'state') checkCurrent(run, params, at);
  else if (params !== undefined && params.is !== 'plain') refuse(run, 'L2N471', at);
  noteCall(run, path, node, { call: 'tx.update', instance });
  const to = freshVersion(run, 'optimizer');
  const from = state.is === 'state' ? state.version : 'unknown';
  return {
    is: 'tuple',
    items: [
      { is: 'updates', instance, transformation, from, to, gradients: args[0] },
      stateOf(instance, optimizerCell, to),
    ],
  };
}

/** `optax.applyUpdates(params, updates)`: the parameters and the optimizer's state move on together. */
export function applyUpdates(run: Run, path: SourcePath, node: Call): Value | null {
  const args = node.args.filter((each): each is Expression => each.kind !== 'Spread');
  const [params, updates] = args.map((each) => run.evaluate(path, each));
  const at = { path, span: node.span };
  if (params === undefined || updates === undefined) return null;
  if (updates.is !== 'updates') {
    if (updates.is !== 'plain' || params.is !== 'plain') refuse(run, 'L2N471', at);
    return plain;
  }
  const { instance } = updates;
  if (params.is === 'plain' && params.symbol !== null) demand(run, params, { instance, collection: 'params' });
  else if (params.is !== 'state' || params.instance.id !== instance.id || params.collection !== 'params') {
    refuse(run, 'L2N471', at);
  } else checkCurrent(run, params, at);
  checkCurrent(run, { instance, collection: optimizerCell, version: updates.from }, at);
  noteCall(run, path, node, { call: 'applyUpdates', instance, gradients: updates.gradients });
  const version = freshVersion(run, 'params');
  write(run, instance, 'params', version);
  write(run, instance, optimizerCell, updates.to);
  return stateOf(instance, 'params', version);
}

/** Loops rename what cells hold; two ways that differ are told by a bar. */
function isOnly(known: string, transformation: string): boolean {
  return known.includes(transformation) && !known.includes(' | ');
}
