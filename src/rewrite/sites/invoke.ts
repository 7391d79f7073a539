/** Following a call into a function of the program. */
import { ancestorsOf } from '../../ir/declarations.js';
import { assign } from './assign.js';
import { joinMachines, type Machine } from './machine.js';
import { type Frame, noteValue, type Place, refuse, type Run } from './run.js';
import { type FunctionValue, holdsState, joinValues, plain, shapeOf, type Value } from './value.js';

/** Runs the body where the analysis stands and gives what it returns. */
export function callFunction(run: Run, target: FunctionValue, args: readonly Value[], at: Place): Value {
  const { node, path } = target;
  if (run.machine === null) return plain;
  if (run.frames.some((each) => each.function === node)) {
    if (args.some(holdsState) || run.facts.visited.has(node)) refuseRecursion(run, target, at);
    return plain;
  }
  checkActivation(run, target, at);
  run.facts.visited.add(node);
  run.activations.set(node, (run.activations.get(node) ?? 0) + 1);
  const before = run.modelCalls;
  const frame: Frame = { function: node, compiled: target.compiled, returns: [] };
  const loops = run.loops.splice(0);
  run.frames.push(frame);
  bind(run, target, args);
  const value = runBody(run, target);
  if (run.machine !== null) frame.returns.push({ machine: run.machine, value });
  run.frames.pop();
  run.loops.push(...loops);
  if (node.generator && run.modelCalls !== before) refuse(run, 'L2N463', { path, span: node.span });
  const result = leaveWith(run, frame, `${path}@${node.span.start} return`);
  noteResult(run, target, result);
  return result;
}

function runBody(run: Run, { node, path }: FunctionValue): Value {
  if (node.body.kind !== 'Block') return run.evaluate(path, node.body);
  run.execute(path, node.body.body);
  return plain;
}

function bind(run: Run, { node, path }: FunctionValue, args: readonly Value[]): void {
  node.params.forEach((parameter, index) => {
    const rest = parameter.pattern.kind === 'RestPattern';
    const given = rest ? plain : (args[index] ?? plain);
    if (rest && args.slice(index).some(holdsState)) refuse(run, 'L2N452', { path, span: parameter.span });
    if (parameter.initial !== null) run.evaluate(path, parameter.initial);
    const known = run.facts.params.get(parameter);
    if (known !== undefined && shapeOf(known) !== shapeOf(given) && (isTracked(known) || isTracked(given))) {
      refuse(run, 'L2N462', { path, span: parameter.span });
    }
    run.facts.params.set(parameter, given);
    assign(run, path, parameter.pattern, given);
  });
}

function isTracked(value: Value): boolean {
  return holdsState(value) || value.is === 'model';
}

/** Functions made by an earlier run of the function around them see names that have been given again since. */
function checkActivation(run: Run, { node, path, activation }: FunctionValue, at: Place): void {
  const source = run.model.sources[path];
  const outer = source === undefined ? undefined : ancestorsOf(source, node).find((each) => each.kind === 'Function');
  if (outer !== undefined && (run.activations.get(outer) ?? 0) !== activation) refuse(run, 'L2N463', at);
}

function refuseRecursion(run: Run, target: FunctionValue, at: Place): void {
  const { start, end } = target.node.span;
  const runs = [...run.sites.values()].some(
    (each) => each.path === target.path && start <= each.node.span.start && each.node.span.end <= end,
  );
  if (runs) refuse(run, 'L2N463', at);
}

function leaveWith(run: Run, frame: Frame, label: string): Value {
  const [first, ...rest] = frame.returns;
  if (first === undefined) {
    run.machine = null;
    return plain;
  }
  let machine: Machine = first.machine;
  let value: Value = first.value;
  for (const each of rest) {
    value = joinValues(value, each.value, (x, y) => (x === y ? x : `join ${label} (${x} | ${y})`));
    machine = joinMachines(machine, each.machine, label);
  }
  run.machine = machine;
  return value;
}

function noteResult(run: Run, { node, path }: FunctionValue, value: Value): void {
  const known = run.facts.results.get(node);
  if (known !== undefined && shapeOf(known) !== shapeOf(value)) {
    if (holdsState(known) || holdsState(value)) refuse(run, 'L2N462', { path, span: node.span });
  }
  run.facts.results.set(node, value);
  if (holdsState(value)) noteValue(run, { path, span: node.span }, node, value);
}
