/** Parameters that are computed from those of several models: a soft update of a target network, an average. */
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression } from '../../ir/syntax.js';
import { passTensor } from './call-arguments.js';
import { isSameKind, renewed } from './parameter-copies.js';
import { checkCurrent, noteCall, refuse, type Run } from './run.js';
import { holdsState, type Instance, parametersOf, plain, type StateValue, type Value } from './value.js';

/** `optax.incrementalUpdate(new, old, …)`: the old ones move. Null where its arguments are not written out. */
export function evaluateMix(run: Run, path: SourcePath, node: Call): Value | null {
  const args = node.args.filter((each): each is Expression => each.kind !== 'Spread');
  const [fresh, old, ...others] = args;
  if (fresh === undefined || old === undefined || args.length !== node.args.length) return null;
  const values = [fresh, old].map((each) => run.evaluate(path, each));
  const states = values.map(parametersOf);
  for (const each of others) passTensor(run, path, each);
  if (!values.some(holdsState)) return plain;
  const to = states[1]?.instance;
  return to === undefined ? refused(run, path, node) : moved(run, path, { node, trees: [fresh, old], values, to });
}

interface Mixed {
  readonly node: Call;
  readonly trees: readonly Expression[];
  readonly values: readonly Value[];
}

/** `jax.tree.map(f, …)` over a model's parameters and a copy of them: the copy moves. */
export function mixOfTrees(run: Run, path: SourcePath, mixed: Mixed): Value | null {
  const states = mixed.values.map(parametersOf);
  const instances = states.flatMap((each) => (each === null ? [] : [each.instance]));
  const distinct = instances.filter((each, index) => instances.findIndex(({ id }) => id === each.id) === index);
  const copies = distinct.filter((each) => distinct.some((other) => other.id === each.copyOf?.instance.id));
  const [to] = copies;
  if (to === undefined || copies.length > 1 || distinct.length !== 2) return null;
  return moved(run, path, { ...mixed, to });
}

function moved(run: Run, path: SourcePath, { node, trees, values, to }: Mixed & { readonly to: Instance }): Value {
  const states = values.map(parametersOf);
  const target = values.find((_, index) => states[index]?.instance.id === to.id);
  const isWhole = (each: StateValue | null): each is StateValue => each !== null && isSameKind(each.instance, to);
  if (target === undefined || !states.every(isWhole)) return refused(run, path, node);
  states.forEach((each, index) => {
    checkCurrent(run, each, { path, span: trees[index]?.span ?? node.span });
  });
  noteCall(run, path, node, { call: 'mix', instance: to, states: trees });
  return renewed(run, target, to);
}

function refused(run: Run, path: SourcePath, node: Call): Value {
  refuse(run, 'L2N451', { path, span: node.span });
  return { is: 'unclear' };
}
