/** Calls: of the libraries, of functions of the program (followed into), and of what cannot be seen. */
import { trainingModule } from '../../../runtime/catalogue/modules.js';
import { entityOf, originalExport, resolveExport, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, Member, New } from '../../ir/syntax.js';
import { functionValue } from './function-value.js';
import { evaluateLibrary } from './library.js';
import { passUnknown } from './call-arguments.js';
import { createInstance, evaluateModelCall } from './model-call.js';
import { evaluateOptimizerCall } from './optimizer.js';
import { evaluateTrainStateCall } from './train-state.js';
import { checkCurrent, noteCall, refuse, type Run } from './run.js';
import { type FunctionValue, holdsState, type Instance, parametersOf, plain, type Value } from './value.js';

export function evaluateCall(run: Run, path: SourcePath, node: Call): Value {
  const site = run.sites.get(node);
  if (site !== undefined) return evaluateModelCall(run, path, node, site);
  const entity = entityOf(run.model, path, node.callee);
  if (entity?.entity === 'external' && entity.module !== trainingModule) {
    const known = evaluateLibrary(run, path, { node, module: entity.module, name: entity.name });
    return known ?? evaluateUnknown(run, path, node);
  }
  const state = evaluateTrainStateCall(run, path, node);
  if (state !== null) return state;
  const optimizer = evaluateOptimizerCall(run, path, node);
  if (optimizer !== null) return optimizer;
  const callee = withoutWraps(node.callee);
  const target = callee.kind === 'Member' ? calledMember(run, path, callee) : run.evaluate(path, callee);
  if (target.is === 'function') return callKnown(run, path, { node, target });
  if (target.is === 'gradient') return callGradient(run, path, { node, target });
  return evaluateUnknown(run, path, node);
}

/** A function of another file by its namespace, or of a record that the program built. */
function calledMember(run: Run, path: SourcePath, { object, property }: Member): Value {
  const inner = withoutWraps(object);
  const entity = entityOf(run.model, path, inner);
  if (entity?.entity === 'namespace') {
    const id = originalExport(run.model, entity.path, property);
    const known = id === null ? undefined : run.machine?.names.get(id);
    const declared = resolveExport(run.model, entity.path, property);
    return known ?? (declared?.entity === 'function' ? functionValue(run, declared.path, declared.node) : plain);
  }
  if (!isRead(inner)) return plain;
  const held = run.evaluate(path, inner);
  return held.is === 'record' ? (held.entries.get(property) ?? plain) : plain;
}

/** A name, or a part of what it holds: looking it up twice changes nothing. */
function isRead(node: Expression): boolean {
  return node.kind === 'Identifier' || (node.kind === 'Member' && isRead(withoutWraps(node.object)));
}

function callKnown(run: Run, path: SourcePath, call: { node: Call; target: FunctionValue }): Value {
  const { node, target } = call;
  const args = node.args.map((each) => run.evaluate(path, each.kind === 'Spread' ? each.argument : each));
  node.args.forEach((each, index) => {
    const value = args[index] ?? plain;
    if (each.kind === 'Spread' && (holdsState(value) || value.is === 'model')) {
      refuse(run, 'L2N452', { path, span: each.span });
    }
  });
  noteCall(run, path, node, { call: 'function', function: target.node, path: target.path });
  return run.callFunction(target, args, { path, span: node.span });
}

/** `jax.grad(lossFn)(params, …)`: runs the function once; the gradient is one of the model. */
function callGradient(
  run: Run,
  path: SourcePath,
  call: { node: Call; target: Extract<Value, { is: 'gradient' }> },
): Value {
  const { node, target } = call;
  const at = { path, span: node.span };
  const args = node.args.map((each) => run.evaluate(path, each.kind === 'Spread' ? each.argument : each));
  const calls = run.modelCalls;
  const result = run.callFunction(target.of, args, at);
  const first = args[0] ?? plain;
  const wanted = first.is === 'plain' && first.symbol !== null ? run.demands.get(first.symbol) : undefined;
  const params = parametersOf(first);
  const instance = params?.instance ?? (first.is === 'state' ? first.instance : (wanted?.instance ?? null));
  if (instance === null) {
    // Differentiated by something else: right only where no model is inside.
    if (holdsState(first) || calls !== run.modelCalls) refuse(run, 'L2N469', at);
    return plain;
  }
  if (params === null && (first.is === 'state' || wanted?.collection !== 'params')) refuse(run, 'L2N469', at);
  if (args.slice(1).some(holdsState)) refuse(run, 'L2N469', at);
  noteCall(run, path, node, { call: 'gradient', instance, function: target.of.node });
  return gradientResult(target, result, instance);
}

function gradientResult(target: Extract<Value, { is: 'gradient' }>, result: Value, instance: Instance): Value {
  const gradients: Value = { is: 'gradients', instance };
  if (!target.hasAux) return target.withValue ? { is: 'tuple', items: [plain, gradients] } : gradients;
  const aux = result.is === 'tuple' ? (result.items[1] ?? plain) : plain;
  return target.withValue
    ? { is: 'tuple', items: [{ is: 'tuple', items: [plain, aux] }, gradients] }
    : { is: 'tuple', items: [gradients, aux] };
}

/** A call of something not seen: it gets no state and no model; the functions it gets may be called, now and often. */
function evaluateUnknown(run: Run, path: SourcePath, node: Call): Value {
  const callee = withoutWraps(node.callee);
  const target = run.evaluate(path, callee.kind === 'Member' ? callee.object : callee);
  if (holdsState(target) || target.is === 'model') refuse(run, 'L2N452', { path, span: node.callee.span });
  if (target.is === 'leaf') checkCurrent(run, target, { path, span: node.callee.span });
  const atOnce = callee.kind === 'Member' && (atOnceMethods.has(callee.property) || isArrayFrom(callee));
  for (const each of node.args) passUnknown(run, path, each, { later: !atOnce });
  return plain;
}

/** `Array.from(list, each => …)`. */
function isArrayFrom({ object, property }: Member): boolean {
  return property === 'from' && object.kind === 'Identifier' && object.name === 'Array' && object.binding === null;
}

/** Methods of arrays and maps call back before they return; any other function may do so at any later time. */
const atOnceMethods: ReadonlySet<string> = new Set(
  'every filter find findIndex findLast flatMap forEach map reduce reduceRight some sort toSorted'.split(' '),
);

/** `new`: a model of the unit, or something else that gets no state. */
export function evaluateNew(run: Run, path: SourcePath, node: New): Value {
  const site = run.constructs.get(node);
  const target = site?.target;
  if (site !== undefined && target?.target === 'class' && run.plans.has(target.id)) {
    for (const each of node.args) passUnknown(run, path, each);
    return createInstance(run, { id: site.id, class: target.id, construct: site, node, path });
  }
  for (const each of node.args) passUnknown(run, path, each, { later: true });
  return plain;
}
