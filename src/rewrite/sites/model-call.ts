/** `model.init` and `model.apply`: state comes into being, is read, and is replaced. */
import type { MethodPlan, ModeFlag, ModulePlan } from '../../ir/module-plan.js';
import { literalOf } from '../../ir/literal.js';
import type { ModelCall } from '../../ir/project.js';
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { BindingId, Call, Expression, ObjectLiteral, Span, Spread } from '../../ir/syntax.js';
import { camelCase } from '../text.js';
import { isSameKind } from './parameter-copies.js';
import { cellOf, contentOf, initialised } from './machine.js';
import {
  checkCurrent,
  type Demand,
  freshVersion,
  type Mode,
  noteCall,
  type Place,
  refuse,
  type Run,
  write,
  writeFirst,
} from './run.js';
import { initialisedBy, isSameInit } from './same-init.js';
import { holdsState, type Instance, optimizerCell, plain, type Value } from './value.js';

export function createInstance(run: Run, instance: Instance): Value {
  writeFirst(run, instance, initialised, 'no');
  run.made.push(instance.id);
  for (const each of [optimizerCell, '#transformation']) run.machine?.contents.delete(cellOf(instance, each));
  return { is: 'model', instance };
}

export function evaluateModelCall(run: Run, path: SourcePath, node: Call, site: ModelCall): Value {
  const at = { path, span: node.span };
  run.modelCalls += 1;
  const receiver = run.evaluate(path, site.receiver);
  if (receiver.is === 'plain' && receiver.symbol !== null && demandTrainState(run, { symbol: receiver.symbol, site })) {
    return plain;
  }
  const isApplied = receiver.is === 'trainState' && site.entry === 'apply';
  if (receiver.is !== 'model' && !isApplied) {
    const fresh = withoutWraps(site.receiver).kind === 'New';
    refuse(run, fresh ? 'L2N457' : 'L2N456', at);
    return plain;
  }
  if (node.callee.kind !== 'Member' || withoutWraps(node.callee.object) !== withoutWraps(site.receiver)) {
    refuse(run, 'L2N456', at);
    return plain;
  }
  if (node.args.some((each) => each.kind === 'Spread')) {
    refuse(run, 'L2N456', at);
    return plain;
  }
  const args = node.args as readonly Expression[];
  if (site.entry === 'init') return evaluateInit(run, { path, node, site, args }, receiver.instance);
  if (site.entry === 'apply') return evaluateApply(run, { path, node, site, args }, receiver.instance);
  refuse(run, 'L2N459', at, { name: site.entry });
  return plain;
}

/** `state.applyFn(…)` of a parameter: a train state of the class that every train state of the program holds. */
function demandTrainState(run: Run, { symbol, site }: { symbol: BindingId; site: ModelCall }): boolean {
  const { callee } = site.node;
  if (callee.kind !== 'Member' || callee.property !== 'applyFn' || site.class === null) return false;
  const plan = run.plans.get(site.class);
  if (plan === undefined) return false;
  const held = collectionsOf(plan).map((each) => [camelCase(each), each] as const);
  const instance: Instance = {
    id: symbol,
    class: site.class,
    construct: null,
    node: null,
    path: site.path,
    name: 'model',
  };
  const fields = new Map([...held, ['optState', optimizerCell]]);
  demand(run, { is: 'plain', symbol }, { instance, collection: null, fields });
  return true;
}

interface SiteCall {
  readonly path: SourcePath;
  readonly node: Call;
  readonly site: ModelCall;
  readonly args: readonly Expression[];
}

/** The collections a model has after `init`. */
export function collectionsOf(plan: ModulePlan | undefined): readonly string[] {
  return ['params', ...(plan?.collections ?? []).filter((each) => each !== 'params' && each !== 'intermediates')];
}

function evaluateInit(run: Run, call: SiteCall, instance: Instance): Value {
  const { path, node } = call;
  const at = { path, span: node.span };
  for (const each of call.args) passNoState(run, path, each);
  if (call.args.length > 2) refuse(run, 'L2N459', at, { name: 'init with options' });
  const first = run.initialised.get(instance.id);
  if (run.machine !== null && contentOf(run.machine, cellOf(instance, initialised)) !== 'no') {
    if (first !== undefined && isSameInit(run, first, call)) {
      noteCall(run, path, node, { call: 'init', site: call.site, instance });
      return first.variables;
    }
    refuse(run, 'L2N458', at);
  }
  if (instance.construct === null) refuse(run, 'L2N460', at);
  if (run.frames.some((each) => each.compiled)) refuse(run, 'L2N460', at);
  writeFirst(run, instance, initialised, 'yes');
  noteCall(run, path, node, { call: 'init', site: call.site, instance });
  const variables = newVariables(run, instance, {
    collections: collectionsOf(run.plans.get(instance.class)),
    write: writeFirst,
  });
  run.initialised.set(instance.id, initialisedBy(run, path, node, variables));
  return variables;
}

/** Variables of a model with versions of their own, which the model then holds. */
function newVariables(
  run: Run,
  instance: Instance,
  given: { readonly collections: readonly string[]; readonly write: typeof write },
): Value {
  const entries = new Map<string, Value>();
  for (const collection of given.collections) {
    const version = freshVersion(run, collection);
    given.write(run, instance, collection, version);
    entries.set(collection, { is: 'state', instance, collection, path: [], version });
  }
  return { is: 'record', entries, variablesOf: instance };
}

function evaluateApply(run: Run, call: SiteCall, instance: Instance): Value {
  const { path, node } = call;
  const at = { path, span: node.span };
  const [variables, args, options] = call.args;
  if (variables === undefined) return plain;
  const value = run.evaluate(path, variables);
  if (args !== undefined) passNoState(run, path, args);
  const chosen = readOptions(run, path, options);
  const used = readVariables(run, { path, span: variables.span }, { value, instance, mutable: chosen.mutable });
  const plan = run.plans.get(instance.class);
  const method = plan?.methods[chosen.method];
  if (plan === undefined || method === undefined) {
    refuse(run, 'L2N461', at, { name: chosen.method });
    return plain;
  }
  if (args !== undefined && withoutWraps(args).kind !== 'ArrayLiteral') refuse(run, 'L2N465', at);
  const mode = modeOf(run, path, { plan, method, args, at, instance });
  noteCall(run, path, node, {
    call: 'apply',
    site: call.site,
    instance: used,
    method: chosen.method,
    mode,
    mutable: chosen.mutable !== null,
    cached: usesCache(plan, value, chosen.mutable),
  });
  if (chosen.mutable === null) return plain;
  if (used.id !== instance.id) refuse(run, 'L2N466', at);
  return { is: 'tuple', items: [plain, newVariables(run, instance, { collections: chosen.mutable, write })] };
}

/** All variables of a model may hold a cache or not: what names or changes it does. */
function usesCache({ madeLater }: ModulePlan, value: Value, mutable: readonly string[] | null): boolean {
  const isNamed = value.is === 'record' && value.variablesOf === undefined;
  return madeLater.some((each) => mutable?.includes(each) === true || (isNamed && value.entries.has(each)));
}

/** Evaluates an argument that may hold no state: the model would see another's. */
function passNoState(run: Run, path: SourcePath, node: Expression): void {
  const value = run.evaluate(path, node);
  if (holdsState(value)) refuse(run, 'L2N452', { path, span: node.span });
}

/**
 * The variables given to `apply` must be the model's own, as they are now, or those of a second set of its parameters.
 * Gives the model that holds them.
 */
function readVariables(
  run: Run,
  at: Place,
  given: { value: Value; instance: Instance; mutable: readonly string[] | null },
): Instance {
  const { value, instance } = given;
  let used = instance;
  const collections = collectionsOf(run.plans.get(instance.class));
  if (value.is === 'plain' && value.symbol !== null) {
    demand(run, value, { instance, collection: null });
    return used;
  }
  if (value.is !== 'record') {
    refuse(run, 'L2N452', at);
    return used;
  }
  for (const [name, entry] of value.entries) {
    if (entry.is === 'plain' && entry.symbol !== null) {
      demand(run, entry, { instance, collection: name });
      continue;
    }
    if (entry.is !== 'state' || entry.collection !== name || entry.path.length > 0) {
      refuse(run, 'L2N452', at);
      continue;
    }
    if (entry.instance.id !== instance.id) {
      // A set of its own has no other collections: those of two models do not go together in one.
      if (!isSameKind(entry.instance, instance) || value.entries.size > 1) refuse(run, 'L2N466', at);
      used = entry.instance;
    }
    checkCurrent(run, entry, at);
  }
  const later = (run.plans.get(instance.class)?.madeLater ?? []).filter(
    (each) => given.mutable?.includes(each) !== true,
  );
  const missing = collections.find((each) => !value.entries.has(each) && !later.includes(each));
  if (missing !== undefined) refuse(run, 'L2N467', at, { collection: missing });
  return used;
}

export function demand(run: Run, value: Extract<Value, { is: 'plain' }>, wanted: Demand): void {
  if (value.symbol !== null && !run.demands.has(value.symbol)) run.demands.set(value.symbol, wanted);
}

interface ChosenOptions {
  readonly method: string;
  /** Collections that may change; null where the call returns the output alone. */
  readonly mutable: readonly string[] | null;
}

function readOptions(run: Run, path: SourcePath, node: Expression | undefined): ChosenOptions {
  const unread: ChosenOptions = { method: 'call', mutable: null };
  if (node === undefined) return unread;
  const options = withoutWraps(node);
  const at = { path, span: node.span };
  passNoState(run, path, node);
  if (options.kind !== 'ObjectLiteral' || options.properties.some((each) => each.kind === 'Spread')) {
    refuse(run, 'L2N465', at);
    return unread;
  }
  for (const each of options.properties) {
    const name = each.kind === 'Property' ? each.key.name : null;
    if (name === null || !['method', 'rngs', 'mutable'].includes(name)) {
      refuse(run, 'L2N459', { path, span: each.span }, { name: name ?? 'computed option' });
    }
  }
  return { method: methodOf(run, path, options), mutable: mutableOf(run, path, options) };
}

/** `'encode'`, `Model.prototype.encode`, `(m, x) => m.encode(x)`. */
function methodOf(run: Run, path: SourcePath, options: ObjectLiteral): string {
  const given = literalProperty(options, 'method');
  if (given === null) return 'call';
  const node = withoutWraps(given);
  const literal = literalOf(run.model, path, node);
  if (typeof literal?.value === 'string') return literal.value;
  if (node.kind === 'Member' && node.object.kind === 'Member' && node.object.property === 'prototype') {
    return node.property;
  }
  const body = node.kind === 'Function' && node.body.kind === 'Call' ? node.body : null;
  if (node.kind === 'Function' && body?.callee.kind === 'Member' && forwardsAll(node, body))
    return body.callee.property;
  refuse(run, 'L2N465', { path, span: node.span });
  return 'call';
}

function forwardsAll(node: Extract<Expression, { kind: 'Function' }>, body: Call): boolean {
  const names = node.params.map((each) => (each.pattern.kind === 'IdentifierPattern' ? each.pattern.name : null));
  const object = body.callee.kind === 'Member' ? body.callee.object : null;
  const args = body.args.map((each) => (each.kind === 'Identifier' ? each.name : ''));
  return (
    object?.kind === 'Identifier' &&
    object.name === names[0] &&
    args.length === names.length - 1 &&
    args.every((each, index) => each === names[index + 1])
  );
}

function mutableOf(run: Run, path: SourcePath, options: ObjectLiteral): readonly string[] | null {
  const given = literalProperty(options, 'mutable');
  if (given === null) return null;
  const node = withoutWraps(given);
  const single = literalOf(run.model, path, node);
  if (single?.value === false) return null;
  if (typeof single?.value === 'string') return checkedCollections(run, { path, span: node.span }, [single.value]);
  const elements = node.kind === 'ArrayLiteral' ? node.elements : null;
  const names = elements?.map((each) =>
    each === null || each.kind === 'Spread' ? null : (literalOf(run.model, path, each)?.value ?? null),
  );
  if (names !== undefined && names.every((each) => typeof each === 'string')) {
    return checkedCollections(run, { path, span: node.span }, names);
  }
  refuse(run, 'L2N465', { path, span: node.span });
  return [];
}

function checkedCollections(run: Run, at: Place, names: readonly string[]): readonly string[] {
  if (names.includes('intermediates')) refuse(run, 'L2N459', at, { name: "mutable: ['intermediates']" });
  return names;
}

interface ModeQuestion {
  readonly plan: ModulePlan;
  readonly method: MethodPlan;
  readonly args: Expression | undefined;
  readonly at: { readonly path: SourcePath; readonly span: Span };
  readonly instance: Instance;
}

/** The mode Linen ran in, where the flag says it in the text. */
function modeOf(run: Run, path: SourcePath, { plan, method, args, at, instance }: ModeQuestion): Mode {
  if (plan.modes.length === 0) return 'none';
  if (method.mode !== null) {
    const list = args === undefined ? null : withoutWraps(args);
    const elements = list?.kind === 'ArrayLiteral' ? list.elements : [];
    return flagMode(run, { path, flag: method.mode, elements, at });
  }
  if (plan.constructorMode === null) return 'none';
  const { path: home, node } = instance;
  return flagMode(run, { path: home, flag: plan.constructorMode, elements: node?.args ?? [], at });
}

interface FlagQuestion {
  readonly path: SourcePath;
  readonly flag: ModeFlag;
  readonly elements: readonly (Expression | Spread | null)[];
  readonly at: Place;
}

function flagMode(run: Run, { path, flag, elements, at }: FlagQuestion): Mode {
  const given = elements[flag.parameter];
  const node = flag.key === null ? given : optionOf(given ?? undefined, flag.key);
  const literal = node === undefined ? flag.initial : literalFlag(run, path, node);
  if (literal === null) {
    refuse(run, 'L2N468', at);
    return 'none';
  }
  return literal === flag.training ? 'training' : 'evaluation';
}

function literalFlag(run: Run, path: SourcePath, node: Expression | Spread | null): boolean | null {
  if (node === null || node.kind === 'Spread') return null;
  const literal = literalOf(run.model, path, node);
  return typeof literal?.value === 'boolean' ? literal.value : null;
}

function optionOf(node: Expression | Spread | undefined, key: string): Expression | null | undefined {
  if (node === undefined) return undefined;
  if (node.kind !== 'ObjectLiteral') return null;
  if (node.properties.some((each) => each.kind === 'Spread')) return null;
  return literalProperty(node, key) ?? undefined;
}
