/** The whole analysis of a unit's program: everything that runs when its files load, then what others may call. */
import type { Diagnostic } from '../../ir/diagnostic.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { ModulePlan } from '../../ir/module-plan.js';
import type { ClassId, ConstructSite, ConversionUnit, ModelCall, ProjectModel } from '../../ir/project.js';
import { moduleTakers } from '../../ir/module-takers.js';
import { classOf, entityOf } from '../../ir/resolve.js';
import { referencesTo } from '../../ir/references.js';
import type { SourceModel, SourcePath } from '../../ir/source.js';
import type { BindingId, Call, FunctionExpression, New, Parameter } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { functionsIn } from './call-arguments.js';
import { concernsOf } from './concerns.js';
import { copyCandidates } from './copy-names.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import { callFunction } from './invoke.js';
import { copyMachine, emptyMachine, joinMachines, loopInvariant, type Machine } from './machine.js';
import { cellOf, contentOf } from './machine.js';
import { collectionsOf } from './model-call.js';
import { checkKept } from './kept.js';
import { type Demand, type Facts, refuse, type Run } from './run.js';
import { type FunctionValue, type Instance, plain, statesIn, type Value } from './value.js';

export interface SiteAnalysis {
  readonly facts: Facts;
  readonly refusals: readonly Diagnostic[];
  /** Functions that code outside the project may call. */
  readonly entries: ReadonlySet<FunctionExpression>;
}

/** Follows the program of a unit. What parameters of entry functions hold is found from their use, so it runs again. */
export function analyseSites(
  model: ProjectModel,
  unit: ConversionUnit,
  plans: ReadonlyMap<ClassId, ModulePlan>,
): SiteAnalysis {
  const first = settle(model, { unit, plans, copyNames: new Set() });
  return first.refusals.length === 0 ? first : (withCopies(model, { unit, plans }, first) ?? first);
}

/** Most sets of names that are tried. */
const tries = 12;

/** The analysis with the fewest names that keep a second set of parameters; null where it is refused all the same. */
function withCopies(model: ProjectModel, start: Pick<Start, 'unit' | 'plans'>, first: Settled): SiteAnalysis | null {
  const waiting: { readonly names: ReadonlySet<BindingId>; readonly found: Settled }[] = [
    { names: new Set(), found: first },
  ];
  let count = 0;
  for (let last = waiting.shift(); last !== undefined && last.names.size < 3; last = waiting.shift()) {
    if (!last.found.refusals.some(({ code }) => code === 'L2N450')) continue;
    for (const each of copyCandidates(model, last.found.stale)) {
      if (last.names.has(each) || count++ >= tries) continue;
      const names = new Set([...last.names, each]);
      const found = settle(model, { ...start, copyNames: names });
      if (found.refusals.length === 0) return found;
      waiting.push({ names, found });
    }
  }
  return null;
}

type Settled = SiteAnalysis & { readonly stale: ReadonlySet<BindingId> };

/** The analysis with what parameters of entry functions hold. */
function settle(model: ProjectModel, start: Omit<Start, 'demands'>): Settled {
  const { unit } = start;
  const demands = new Map<BindingId, Demand>();
  for (;;) {
    const known = demands.size;
    const run = newRun(model, { ...start, demands });
    const entries = runProgram(run, unit);
    if (demands.size === known) refuseUnreached(run, unit);
    if (demands.size === known) return { facts: run.facts, refusals: run.refusals, entries, stale: run.stale };
  }
}

interface Start {
  readonly unit: ConversionUnit;
  readonly plans: ReadonlyMap<ClassId, ModulePlan>;
  readonly demands: Map<BindingId, Demand>;
  readonly copyNames: ReadonlySet<BindingId>;
}

function newRun(model: ProjectModel, { unit, plans, demands, copyNames }: Start): Run {
  const calls = new Set(unit.calls);
  const run: Run = {
    model,
    plans,
    sites: new Map<Call, ModelCall>(model.calls.filter((each) => calls.has(each.id)).map((each) => [each.node, each])),
    constructs: new Map<New, ConstructSite>(model.constructs.map((each) => [each.node, each])),
    facts: {
      calls: new Map(),
      values: new Map(),
      params: new Map(),
      results: new Map(),
      visited: new Set(),
      appliers: new Set(),
      steps: new Map(),
      copied: new Map(),
      given: new Map(),
    },
    refusals: [],
    demands,
    activations: new Map(),
    frames: [],
    deferred: new Map(),
    loops: [],
    initialised: new Map(),
    updated: new Set(),
    captures: [],
    stale: new Set(),
    copyNames,
    made: [],
    machine: emptyMachine(),
    steps: 0,
    fresh: 0,
    modelCalls: 0,
    evaluate: (path, node) => evaluate(run, path, node),
    execute: (path, body) => execute(run, path, body),
    callFunction: (value, args, at) => callFunction(run, value, args, at),
  };
  return run;
}

function runProgram(run: Run, unit: ConversionUnit): ReadonlySet<FunctionExpression> {
  const concerns = concernsOf(run.model, unit);
  for (const { path, body } of inImportOrder(run.model, unit.paths)) {
    run.machine ??= emptyMachine();
    run.execute(
      path,
      body.filter(({ span }) => concerns(path, span.start)),
    );
  }
  const entries = new Set<FunctionExpression>();
  // Functions that module classes hand their parts to run inside a model: they are the classes' concern.
  const inside = new Set(moduleTakers(run.model).map(({ node }) => node));
  const candidates = functionsOf(run, unit).filter(
    ({ path, node }) => concerns(path, node.span.start) && !inside.has(node),
  );
  const start = run.machine ?? emptyMachine();
  const activations = [...run.activations];
  run.machine = loopInvariant(start, 'entries', (head) => {
    let after: Machine = copyMachine(head);
    // Each round stands for calls as they were in the one before: functions made in either are the same to it.
    run.activations.clear();
    for (const [node, count] of activations) run.activations.set(node, count);
    for (const each of [...candidates, ...valuesOf(run), ...handedOut(run, entries)]) {
      const isDeferred = run.deferred.has(each.node);
      if (run.facts.visited.has(each.node) && !entries.has(each.node) && !isDeferred) continue;
      entries.add(each.node);
      run.machine = copyMachine(after);
      runEntry(run, each);
      if (run.machine !== null) after = joinMachines(after, run.machine, `entry ${each.path}@${each.node.span.start}`);
    }
    return after;
  });
  refuseCaptures(run);
  return entries;
}

/** A compiled function keeps what it read from outside at its first call: the same only where that never changes. */
function refuseCaptures(run: Run): void {
  for (const { at, name, value } of run.captures) {
    const states = statesIn(value);
    const changes = states.some(({ instance, collection }) => run.updated.has(cellOf(instance, collection)));
    if (changes || states.length === 0) refuse(run, 'L2N464', at, { name });
  }
}

function valuesOf(run: Run): readonly FunctionValue[] {
  return [...run.deferred.values()];
}

/** Functions in what other functions gave that nothing has called: whoever got them may. */
function handedOut(run: Run, entries: ReadonlySet<FunctionExpression>): readonly FunctionValue[] {
  const found = [...run.facts.results.values()].flatMap(functionsIn);
  const open = found.filter(({ node }) => entries.has(node) || !run.facts.visited.has(node));
  return open.filter((each, index) => open.findIndex(({ node }) => node === each.node) === index);
}

/** An entry's result may hold further functions: those can be called from then on. */
function runEntry(run: Run, entry: FunctionValue): void {
  const args = entry.node.params.map((each) => symbolic(run, entry.path, each));
  const activation = outerActivation(run, entry);
  const before = run.machine === null ? null : copyMachine(run.machine);
  const made = run.made.length;
  const result = run.callFunction({ ...entry, activation }, args, { path: entry.path, span: entry.node.span });
  if (before !== null) checkKept(run, entry, { before, result, made: new Set(run.made.slice(made)) });
  for (const each of functionsIn(result)) {
    if (each.node !== entry.node && !run.facts.visited.has(each.node)) runEntry(run, each);
  }
}

function outerActivation(run: Run, { node, path }: FunctionValue): number {
  const source = run.model.sources[path];
  const outer = source === undefined ? undefined : ancestorsOf(source, node).find((each) => each.kind === 'Function');
  return outer === undefined ? 0 : (run.activations.get(outer) ?? 0);
}

/** What an entry's parameter holds: by its type, by how the function uses it, else unknown. */
function symbolic(run: Run, path: SourcePath, parameter: Parameter): Value {
  const { pattern } = parameter;
  if (pattern.kind !== 'IdentifierPattern' || pattern.binding === null) return plain;
  const wanted = run.demands.get(pattern.binding);
  if (wanted !== undefined) return wantedValue(run, wanted);
  const type = parameter.type?.form.form === 'reference' ? parameter.type.form : null;
  if (type?.name.endsWith('GradientTransformation') === true) return { is: 'transformation', id: pattern.binding };
  if (type !== null && type.binding !== null) {
    const entity = entityOf(run.model, path, {
      kind: 'Identifier',
      name: type.name,
      binding: type.binding,
      span: parameter.span,
    });
    if (entity?.entity === 'class' && entity.module !== null && run.plans.has(entity.module)) {
      const home = classOf(run.model, entity.module)?.path ?? path;
      const instance = { id: pattern.binding, class: entity.module, construct: null, node: null, path: home };
      return { is: 'model', instance };
    }
  }
  return { is: 'plain', symbol: pattern.binding };
}

function wantedValue(run: Run, { instance, collection, fields }: Demand): Value {
  if (fields !== undefined) {
    const held = new Map<string, Value>([...fields].map(([name, each]) => [name, currentState(run, instance, each)]));
    held.set('tx', { is: 'transformation', id: instance.id });
    return { is: 'trainState', instance, fields: held, created: null };
  }
  if (collection !== null) return currentState(run, instance, collection);
  const names = collectionsOf(run.plans.get(instance.class));
  const entries = new Map(names.map((each) => [each, currentState(run, instance, each)]));
  return { is: 'record', entries, variablesOf: instance };
}

function currentState(run: Run, instance: Instance, collection: string): Value {
  const cell = cellOf(instance, collection);
  const version = run.machine === null ? '' : contentOf(run.machine, cell);
  return { is: 'state', instance, collection, path: [], version };
}

/** Functions that hold a site of the unit and that nothing has run: those nobody mentions first. */
function functionsOf(run: Run, unit: ConversionUnit): readonly FunctionValue[] {
  const found: { readonly value: FunctionValue; readonly mentions: number; readonly depth: number }[] = [];
  for (const path of unit.paths) {
    const source = run.model.sources[path];
    if (source === undefined) continue;
    walk(source.body, (node, parent) => {
      if (node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression') return false;
      if (node.kind !== 'Function') return true;
      if (parent?.kind === 'Property' && isMethodOption(run, source, node)) return false;
      const outer = ancestorsOf(source, node);
      if (outer.some((each) => each.kind === 'Function')) return true;
      const named = outer.find((each) => each.kind === 'Variable');
      const target = named?.kind === 'Variable' ? named.declarators[0]?.target : undefined;
      const binding = node.binding ?? (target?.kind === 'IdentifierPattern' ? target.binding : null);
      const mentions = binding === null ? 0 : referencesTo(run.model, binding).length;
      const compiled = parent?.kind === 'Call' && isCompiled(run, path, parent);
      const value: FunctionValue = { is: 'function', node, path, activation: 0, compiled };
      found.push({ value, mentions, depth: outer.length });
      return true;
    });
  }
  return found.sort((a, b) => Math.sign(a.mentions) - Math.sign(b.mentions)).map((each) => each.value);
}

/** `{ method: (m, x) => m.encode(x) }` of an `apply`: read with the call, not run by itself. */
function isMethodOption(run: Run, source: SourceModel, node: FunctionExpression): boolean {
  const call = ancestorsOf(source, node).find((each) => each.kind === 'Call');
  return call?.kind === 'Call' && run.sites.has(call);
}

function isCompiled(run: Run, path: SourcePath, call: Call): boolean {
  const entity = entityOf(run.model, path, call.callee);
  return entity?.entity === 'external' && entity.name === 'jit';
}

/** Files before those that import them. */
function inImportOrder(model: ProjectModel, paths: readonly SourcePath[]): readonly SourceModel[] {
  const ordered: SourceModel[] = [];
  const seen = new Set<SourcePath>();
  const visit = (path: SourcePath): void => {
    const source = model.sources[path];
    if (source === undefined || seen.has(path)) return;
    seen.add(path);
    const files = model.modules.files[path] ?? {};
    for (const each of Object.values(files)) if (paths.includes(each)) visit(each);
    ordered.push(source);
  };
  for (const path of paths) visit(path);
  return ordered;
}

/** Sites that the analysis did not come to: inside classes, or in code that never runs. */
function refuseUnreached(run: Run, unit: ConversionUnit): void {
  for (const id of unit.calls) {
    const site = run.model.calls.find((each) => each.id === id);
    if (site !== undefined && site.owner === null && !run.facts.calls.has(site.node)) {
      refuse(run, 'L2N461', { path: site.path, span: site.node.span }, {});
    }
  }
}
