/** Functions of the libraries that take or give state. */
import { jaxModule, optaxModule } from '../../../runtime/catalogue/modules.js';
import { literalOf } from '../../ir/literal.js';
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression } from '../../ir/syntax.js';
import { functionsIn, mayCall, passTensor, passUnknown } from './call-arguments.js';
import { demand } from './model-call.js';
import { applyUpdates } from './optimizer.js';
import { evaluateMix, mixOfTrees } from './mixed-parameters.js';
import { checkCurrent, freshVersion, noteCall, refuse, type Run, write } from './run.js';
import { holdsState, plain, type Value } from './value.js';

interface LibraryCall {
  readonly node: Call;
  readonly module: string;
  readonly name: string;
}

/** Null where nothing is known of the function: its arguments have not been looked at then. */
export function evaluateLibrary(run: Run, path: SourcePath, call: LibraryCall): Value | null {
  if (call.module === jaxModule) return evaluateJax(run, path, call);
  if (call.module === optaxModule) return evaluateOptax(run, path, call);
  return call.module === '@tensorflow/tfjs' ? evaluateTensorflow(run, path, call) : null;
}

function evaluateJax(run: Run, path: SourcePath, { node, name }: LibraryCall): Value | null {
  if (name === 'jit') return evaluateJit(run, path, node);
  if (name === 'grad' || name === 'valueAndGrad') return evaluateGrad(run, path, { node, name });
  if (name === 'tree.map') return evaluateTreeMap(run, path, node);
  if (name.startsWith('random.')) {
    for (const each of node.args) passTensor(run, path, each);
    return keyMakers.has(name) ? { is: 'key' } : plain;
  }
  return null;
}

/** Functions of JAX that give keys. */
export const keyMakers: ReadonlySet<string> = new Set(
  ['key', 'PRNGKey', 'wrapKeyData', 'split', 'foldIn'].map((name) => `random.${name}`),
);

function evaluateJit(run: Run, path: SourcePath, node: Call): Value | null {
  const [target, options] = node.args;
  if (target === undefined || target.kind === 'Spread') return null;
  const value = run.evaluate(path, target);
  if (value.is !== 'function') return plain;
  if (options !== undefined) passUnknown(run, path, options);
  noteCall(run, path, node, { call: 'jit', function: value.node });
  return { ...value, compiled: true };
}

function evaluateGrad(run: Run, path: SourcePath, call: { node: Call; name: 'grad' | 'valueAndGrad' }): Value | null {
  const [target, options] = call.node.args;
  if (target === undefined || target.kind === 'Spread') return null;
  const value = run.evaluate(path, target);
  if (value.is !== 'function') {
    for (const each of functionsIn(value)) mayCall(run, each, { path, span: target.span });
    return plain;
  }
  const chosen = options === undefined || options.kind === 'Spread' ? null : withoutWraps(options);
  if (options !== undefined && (chosen?.kind !== 'ObjectLiteral' || !onlyHasAux(chosen))) {
    refuse(run, 'L2N469', { path, span: options.span });
  }
  const given = chosen?.kind === 'ObjectLiteral' ? literalProperty(chosen, 'hasAux') : null;
  const hasAux = given === null ? null : literalOf(run.model, path, given);
  noteCall(run, path, call.node, { call: 'grad', name: call.name, function: value.node });
  return { is: 'gradient', of: value, withValue: call.name === 'valueAndGrad', hasAux: hasAux?.value === true };
}

function onlyHasAux(options: Extract<Expression, { kind: 'ObjectLiteral' }>): boolean {
  return options.properties.every((each) => each.kind === 'Property' && each.key.name === 'hasAux');
}

/** `jax.tree.map(f, params, grads)` is an update of the parameters; over gradients alone it gives gradients. */
function evaluateTreeMap(run: Run, path: SourcePath, node: Call): Value | null {
  const args = node.args.filter((each): each is Expression => each.kind !== 'Spread');
  const [mapper, ...trees] = args;
  if (mapper === undefined || args.length !== node.args.length) return null;
  for (const each of functionsIn(run.evaluate(path, mapper))) mayCall(run, each, { path, span: mapper.span });
  const values = trees.map((each) => run.evaluate(path, each));
  const at = { path, span: node.span };
  const gradients = values.find((each) => each.is === 'gradients');
  if (gradients?.is !== 'gradients') {
    const mixed = mixOfTrees(run, path, { node, trees, values });
    if (mixed !== null) return mixed;
    if (values.some((each) => each.is !== 'plain' && each.is !== 'tuple' && each.is !== 'record')) {
      refuse(run, values.some(holdsState) ? 'L2N451' : 'L2N452', at);
    } else if (values.some(holdsState)) refuse(run, 'L2N451', at);
    return plain;
  }
  const others = values.filter((each) => each.is !== 'gradients');
  const { instance } = gradients;
  if (others.length === 0) return gradients;
  const [state] = others;
  const place = values.indexOf(state ?? plain);
  const expression = trees[place];
  if (others.length > 1 || state === undefined || expression === undefined || place !== 0) {
    refuse(run, 'L2N472', at);
    return plain;
  }
  if (state.is === 'plain' && state.symbol !== null) demand(run, state, { instance, collection: 'params' });
  else if (state.is !== 'state' || state.instance.id !== instance.id || state.path.length > 0) {
    refuse(run, 'L2N472', at);
    return plain;
  } else {
    if (state.collection !== 'params') refuse(run, 'L2N472', at);
    checkCurrent(run, state, at);
  }
  noteCall(run, path, node, { call: 'tree.map', instance, state: expression });
  const version = freshVersion(run, 'params');
  write(run, instance, 'params', version);
  return { is: 'state', instance, collection: 'params', path: [], version };
}

function evaluateOptax(run: Run, path: SourcePath, { node, name }: LibraryCall): Value | null {
  if (name === 'applyUpdates') return applyUpdates(run, path, node);
  if (name === 'incrementalUpdate' || name === 'periodicUpdate') {
    const mixed = evaluateMix(run, path, node);
    if (mixed !== null) return mixed;
  }
  let seen = false;
  for (const each of node.args) seen = passTree(run, path, each) || seen;
  return seen ? plain : { is: 'transformation', id: `${path}@${node.span.start}` };
}

/** Gradients may be read by functions over trees; state may not. */
function passTree(run: Run, path: SourcePath, node: Call['args'][number]): boolean {
  const value = run.evaluate(path, node.kind === 'Spread' ? node.argument : node);
  if (value.is === 'gradients') return true;
  if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.span });
  for (const each of functionsIn(value)) mayCall(run, each, { path, span: node.span });
  return false;
}

function evaluateTensorflow(run: Run, path: SourcePath, { node, name }: LibraryCall): Value | null {
  if (name === 'tidy') return evaluateTidy(run, path, node);
  if (name === 'dispose') return evaluateDispose(run, path, node);
  for (const each of node.args) passTensor(run, path, each);
  return plain;
}

function evaluateTidy(run: Run, path: SourcePath, node: Call): Value {
  const body = node.args.at(-1);
  if (body === undefined || body.kind === 'Spread') return plain;
  const value = run.evaluate(path, body);
  return value.is === 'function' ? run.callFunction(value, [], { path, span: node.span }) : plain;
}

/** A model frees the variables it replaces: freeing what it no longer holds goes away. */
function evaluateDispose(run: Run, path: SourcePath, node: Call): Value {
  const values = node.args.map((each) => run.evaluate(path, each.kind === 'Spread' ? each.argument : each));
  if (!values.some(holdsState)) return plain;
  const at = { path, span: node.span };
  const pure = values.length === 1 ? values[0] : undefined;
  if (pure?.is !== 'state') refuse(run, 'L2N452', at);
  else if (run.machine?.contents.get(`${pure.instance.id} ${pure.collection}`) === pure.version) {
    refuse(run, 'L2N473', at);
  } else noteCall(run, path, node, { call: 'dispose' });
  return plain;
}
