/** Statements, in the order they run: branches join, loops settle on what every round keeps. */
import type { SourcePath } from '../../ir/source.js';
import type { Declarator, Expression, Statement, Try } from '../../ir/syntax.js';
import { assign } from './assign.js';
import { either } from './evaluate.js';
import { functionValue } from './function-value.js';
import { copyMachine, joinMachines, loopInvariant, type Machine } from './machine.js';
import { type LoopFrame, refuse, type Run } from './run.js';
import { holdsState, plain, type Value } from './value.js';

export function execute(run: Run, path: SourcePath, body: readonly Statement[]): void {
  for (const each of body) {
    if (each.kind === 'FunctionDeclaration' && each.function.binding !== null) {
      run.machine?.names.set(each.function.binding, functionValue(run, path, each.function));
    }
  }
  for (const each of body) {
    if (run.machine === null) return;
    executeOne(run, path, each);
  }
}

function executeOne(run: Run, path: SourcePath, node: Statement): void {
  switch (node.kind) {
    case 'Variable':
      for (const each of node.declarators) declare(run, path, each);
      return;
    case 'Expression':
      run.evaluate(path, node.expression);
      return;
    case 'Return': {
      const value = node.argument === null ? plain : run.evaluate(path, node.argument);
      leave(run, value);
      return;
    }
    case 'If':
      run.evaluate(path, node.test);
      either(run, `${path}@${node.span.start}`, [
        () => executeBranch(run, path, node.consequent),
        () => executeBranch(run, path, node.alternate),
      ]);
      return;
    case 'Block':
      return execute(run, path, node.body);
    case 'For':
    case 'ForEach':
    case 'While':
    case 'Labeled':
      return executeLoop(run, path, node);
    case 'Switch':
      return executeSwitch(run, path, node);
    case 'Try':
      return executeTry(run, path, node);
    case 'Throw':
      run.evaluate(path, node.argument);
      run.machine = null;
      return;
    case 'Jump':
      return jump(run, node);
    case 'ExportDefault':
      run.evaluate(path, node.expression);
      return;
    default:
  }
}

function declare(run: Run, path: SourcePath, each: Declarator): void {
  const value = each.init === null ? plain : run.evaluate(path, each.init);
  assign(run, path, each.target, value);
}

function executeBranch(run: Run, path: SourcePath, node: Statement | null): Value {
  if (node !== null) execute(run, path, node.kind === 'Block' ? node.body : [node]);
  return plain;
}

function leave(run: Run, value: Value): void {
  const frame = run.frames.at(-1);
  if (frame !== undefined && run.machine !== null) frame.returns.push({ machine: run.machine, value });
  run.machine = null;
}

type Loop = Extract<Statement, { kind: 'For' | 'ForEach' | 'While' | 'Labeled' }>;

function executeLoop(run: Run, path: SourcePath, node: Loop): void {
  if (node.kind === 'Labeled') return executeLabeled(run, path, node);
  if (node.kind === 'For' && node.init !== null) {
    if (node.init.kind === 'Variable') executeOne(run, path, node.init);
    else run.evaluate(path, node.init);
  }
  if (node.kind === 'ForEach') evaluateIterable(run, path, node.iterable);
  loop(run, `${path}@${node.span.start}`, null, () => {
    if (node.kind === 'For') evaluateMaybe(run, path, node.test);
    if (node.kind === 'While' && !node.testAfter) run.evaluate(path, node.test);
    if (node.kind === 'ForEach') assign(run, path, node.target, plain);
    execute(run, path, [node.body]);
    return () => {
      if (node.kind === 'For') evaluateMaybe(run, path, node.update);
      if (node.kind === 'While' && node.testAfter) run.evaluate(path, node.test);
    };
  });
}

function evaluateMaybe(run: Run, path: SourcePath, node: Expression | null): void {
  if (node !== null) run.evaluate(path, node);
}

function evaluateIterable(run: Run, path: SourcePath, node: Expression): void {
  const value = run.evaluate(path, node);
  if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.span });
}

/** `round` gives what runs at the end of a round, after a `continue` as well. */
function loop(run: Run, label: string, name: string | null, round: () => () => void): void {
  if (run.machine === null) return;
  const frame: LoopFrame = { label: name, isLoop: true, breaks: [], continues: [] };
  const returns = run.frames.at(-1)?.returns;
  const returned = returns?.length ?? 0;
  const head = loopInvariant(run.machine, label, (start) => {
    frame.breaks = [];
    frame.continues = [];
    returns?.splice(returned);
    run.machine = copyMachine(start);
    run.loops.push(frame);
    const finish = round();
    run.loops.pop();
    run.machine = joinAll([run.machine, ...frame.continues], `${label} continue`);
    finish();
    return run.machine;
  });
  run.machine = joinAll([head, ...frame.breaks], `${label} break`);
}

function joinAll(machines: readonly (Machine | null)[], label: string): Machine | null {
  const reached = machines.filter((each) => each !== null);
  const [first, ...rest] = reached;
  return first === undefined ? null : rest.reduce((a, b) => joinMachines(a, b, label), first);
}

function executeLabeled(run: Run, path: SourcePath, node: Extract<Statement, { kind: 'Labeled' }>): void {
  const frame: LoopFrame = { label: node.label, isLoop: false, breaks: [], continues: [] };
  run.loops.push(frame);
  execute(run, path, [node.body]);
  run.loops.pop();
  run.machine = joinAll([run.machine, ...frame.breaks], `${path}@${node.span.start} label`);
  const [first] = frame.continues;
  if (first !== undefined) refuse(run, 'L2N463', { path, span: node.span });
}

function jump(run: Run, node: Extract<Statement, { kind: 'Jump' }>): void {
  const target = run.loops.findLast((each) =>
    node.label === null ? each.isLoop || node.jump === 'break' : each.label === node.label,
  );
  if (target !== undefined && run.machine !== null) {
    (node.jump === 'break' ? target.breaks : target.continues).push(run.machine);
  }
  run.machine = null;
}

/** Each case may be entered from the head or from the one before it. */
function executeSwitch(run: Run, path: SourcePath, node: Extract<Statement, { kind: 'Switch' }>): void {
  run.evaluate(path, node.discriminant);
  const head = run.machine;
  if (head === null) return;
  const frame: LoopFrame = { label: null, isLoop: false, breaks: [], continues: [] };
  run.loops.push(frame);
  const label = `${path}@${node.span.start}`;
  let before: Machine | null = null;
  for (const each of node.cases) {
    run.machine = joinAll([copyMachine(head), before], `${label} case`);
    if (each.test !== null) run.evaluate(path, each.test);
    execute(run, path, each.body);
    before = run.machine;
  }
  run.loops.pop();
  const complete = node.cases.some((each) => each.test === null);
  run.machine = joinAll([complete ? null : head, before, ...frame.breaks], `${label} end`);
}

/** The handler may begin anywhere in the block: what the block changes is unknown there. */
function executeTry(run: Run, path: SourcePath, node: Try): void {
  const before = run.machine === null ? null : copyMachine(run.machine);
  const label = `${path}@${node.span.start}`;
  execute(run, path, node.block.body);
  const after = run.machine;
  if (node.handler !== null && before !== null) {
    run.machine = torn(before, after, label);
    if (node.param !== null) assign(run, path, node.param, plain);
    execute(run, path, node.handler.body);
    run.machine = joinAll([after, run.machine], `${label} catch`);
  }
  if (node.finalizer !== null) {
    const reached = run.machine as Machine | null;
    run.machine = reached ?? before;
    execute(run, path, node.finalizer.body);
    if (reached === null) run.machine = null;
  }
}

function torn(before: Machine, after: Machine | null, label: string): Machine {
  const joined = after === null ? copyMachine(before) : joinMachines(before, after, `${label} try`);
  for (const [cell, version] of joined.contents) {
    if (before.contents.get(cell) !== version || after === null) joined.contents.set(cell, `torn ${label} ${cell}`);
  }
  return joined;
}
