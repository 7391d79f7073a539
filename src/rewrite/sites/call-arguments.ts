/** What becomes of arguments in a call that is not followed into. */
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, Span, Spread } from '../../ir/syntax.js';
import { copyMachine, joinMachines, loopInvariant } from './machine.js';
import { checkCurrent, refuse, type Run } from './run.js';
import { type FunctionValue, holdsState, type Value } from './value.js';

/** With `later`, what is handed on may also run when everything else has. */
export function passUnknown(
  run: Run,
  path: SourcePath,
  node: Expression | Spread,
  { later }: { readonly later: boolean } = { later: false },
): void {
  const expression = node.kind === 'Spread' ? node.argument : node;
  const value = run.evaluate(path, expression);
  const at = { path, span: node.span };
  if (holdsState(value)) refuse(run, 'L2N452', at);
  if (holds(value, 'model')) refuse(run, 'L2N454', at, { name: 'argument' });
  if (holds(value, 'gradients') || holds(value, 'leaf')) refuse(run, 'L2N452', at);
  for (const each of functionsIn(value)) {
    if (later) run.deferred.set(each.node, each);
    mayCall(run, each, at);
  }
}

function holds(value: Value, kind: Value['is']): boolean {
  if (value.is === 'tuple') return value.items.some((each) => holds(each, kind));
  if (value.is === 'record') return [...value.entries.values()].some((each) => holds(each, kind));
  return value.is === kind;
}

export function functionsIn(value: Value): readonly FunctionValue[] {
  if (value.is === 'function') return [value];
  if (value.is === 'tuple') return value.items.flatMap(functionsIn);
  return value.is === 'record' ? [...value.entries.values()].flatMap(functionsIn) : [];
}

/** Called any number of times from here: a loop around its body. */
export function mayCall(run: Run, target: FunctionValue, at: { path: SourcePath; span: Span }): void {
  if (run.machine === null) return;
  const label = `${at.path}@${target.node.span.start}`;
  run.machine = loopInvariant(run.machine, label, (head) => {
    run.machine = copyMachine(head);
    const result = run.callFunction(target, [], at);
    if (holdsState(result)) refuse(run, 'L2N452', at);
    const end = run.machine as typeof head | null;
    return end === null ? null : joinMachines(head, end, `${label} maybe`);
  });
}

/** An argument of a function that reads tensors at once: one variable's tensor may be among them. */
export function passTensor(run: Run, path: SourcePath, node: Call['args'][number]): void {
  const expression = node.kind === 'Spread' ? node.argument : node;
  const value = run.evaluate(path, expression);
  const at = { path, span: node.span };
  if (value.is === 'leaf') {
    checkCurrent(run, value, at);
    return;
  }
  if (holdsState(value) || value.is === 'gradients' || value.is === 'model') refuse(run, 'L2N452', at);
  for (const each of functionsIn(value)) mayCall(run, each, at);
}
