/** Both versions of a program with their models and what they keep between calls. */
import type { Tensor } from '@tensorflow/tfjs';
import type { ParamRole, ProgramModel } from '../../ir/program.js';
import type { ClassJob, ModeSetting, ProgramJob, ProgramSetting } from '../job.js';
import { exportName } from '../slices.js';
import type { Context } from './context.js';
import { flattenVariables, type Leaf } from './variables.js';
import { emptyTrace, type ModulePlace, type Replay, watch } from './observe.js';
import {
  constructArgs,
  initLinen,
  type LinenModel,
  linenPlaces,
  linenVariables,
  loadClass,
  loadSide,
  makeNnx,
  nnxPlaces,
  type NnxModel,
  runSide,
  transplant,
} from './pair.js';
import { heldTransformation, takeTrainState, trainStateOf } from './program-train-state.js';
import { makeProgramValue, outputShapeOf } from './program-arguments.js';
import type { Called, Exports, Program, Session, SessionModel } from './session.js';
import { Unverified } from './unverified.js';

interface Asked {
  readonly job: ProgramJob;
  readonly classes: readonly ClassJob[];
  readonly setting: ProgramSetting;
  readonly run: string;
}

/** Loads both versions afresh and prepares models, weights and optimizers. */
export async function makeSession(context: Context, asked: Asked): Promise<Session> {
  const { job, classes, run } = asked;
  const linen = await loadSide(job.file, 'linen', run);
  const nnx = await loadSide(job.file, 'nnx', run);
  const models = new Map<string, SessionModel>();
  for (const [index, model] of job.plan.models.entries()) {
    models.set(model.nnxName, await makeModel(context, asked, { model, linen, nnx, seed: context.job.seed + index }));
  }
  const programs = { linen: programOf(linen, job), nnx: programOf(nnx, job) };
  const session = {
    context,
    job,
    linen,
    classes,
    models,
    programs,
    optStates: new Map(),
    trainStates: new Map(),
    optimizers: new Map(),
  };
  addOptimizers(session, asked, { linen, nnx });
  return session;
}

function programOf(exports: Exports, { plan }: ProgramJob): Program {
  const found = exports[exportName(plan.name)];
  if (typeof found !== 'function') throw new Unverified('L2N528', `${plan.name} is not a function of ${plan.path}`);
  return found as Program;
}

interface Sides {
  readonly linen: Exports;
  readonly nnx: Exports;
}

async function makeModel(
  context: Context,
  { job: program, classes, setting, run }: Asked,
  { model, linen, nnx, seed }: { readonly model: ProgramModel; readonly seed: number } & Sides,
): Promise<SessionModel> {
  const job = classes.find((each) => each.class === model.class);
  const sample = job?.cases[0];
  if (job === undefined || sample === undefined) {
    throw new Unverified('L2N520', `${model.linenName} is a ${model.class}, of which no sample is known`);
  }
  const made = linen[exportName(model.linenName)] ?? null;
  const type = await loadClass<LinenModel>(job, 'linen', run);
  const instance = made instanceof type ? made : new type(...constructArgs(context, sample.construct));
  const initial = initLinen(context, instance as LinenModel, sample, seed);
  const nnxType = await loadClass<NnxModel>(job, 'nnx', run);
  const closure = model.via === 'closure' ? nnx[exportName(model.nnxName)] : null;
  const fresh = closure instanceof nnxType ? closure : makeNnx(context, nnxType, { job, sample, linen: initial });
  const old = { ...initial, leaves: withLive(context, initial.leaves, liveVariables(linen, program, model.linenName)) };
  transplant(context, model.class, old.leaves, fresh);
  const passed = prepared(context, fresh, setting.models[model.nnxName] ?? { set: 'asMade' });
  const output = outputShapeOf(context, { job, sample, linen: old });
  return {
    classId: model.class,
    linen: old,
    variables: linenVariables(context, old.leaves),
    nnx: fresh,
    passed,
    output,
  };
}

type Variables = { readonly [collection: string]: object };

/** What the old file holds of a model's variables in names of its own, now. */
function liveVariables(linen: Exports, { plan }: ProgramJob, model: string): Variables {
  const found: { [collection: string]: object } = {};
  for (const { name, role } of plan.closures) {
    if (role.role !== 'variables' || role.model !== model) continue;
    const value = Object(linen[exportName(name)]) as { [collection: string]: object };
    if (role.collection === null) Object.assign(found, value);
    else found[role.collection] = value;
  }
  return found;
}

/** Such state cannot be set from outside: both versions start from what the file made. */
function withLive({ runtime }: Context, leaves: readonly Leaf[], live: Variables): readonly Leaf[] {
  const kept = leaves.filter(({ collection }) => !(collection in live));
  return [...kept, ...flattenVariables(runtime, live)];
}

/** Puts the model in the mode that the callers put it in. */
function prepared({ runtime: { nnx } }: Context, model: NnxModel, mode: ModeSetting): NnxModel {
  if (mode.set === 'train') model.train();
  if (mode.set === 'eval') model.eval();
  return mode.set === 'view' ? (nnx.view(model, { ...mode.attributes, raiseIfNotFound: false }) as NnxModel) : model;
}

interface Transformation {
  init(params: object): unknown;
}

function addOptimizers(session: Session, { setting }: Asked, { linen, nnx }: Sides): void {
  const { context, job, models, optStates } = session;
  for (const { role } of job.plan.params) {
    if (role.role !== 'optState' && role.role !== 'optimizer') continue;
    const model = models.get(role.model);
    if (model === undefined) throw new Unverified('L2N527', `the optimizer of ${role.model}`);
    const name = `${role.model} ${role.tx}`;
    if (role.role === 'optState') {
      const params = model.variables['params'] ?? {};
      optStates.set(name, transformation(linen, role.tx).init(params));
    } else {
      const filter = (context.runtime.nnx as unknown as Exports)[setting.wrt[role.model] ?? 'Param'];
      const options = { wrt: filter } as never;
      const tx = role.tx === null ? heldTransformation(context) : transformation(nnx, role.tx);
      const optimizer = new context.runtime.nnx.Optimizer(model.nnx, tx as never, options);
      (session.optimizers as Map<string, object>).set(name, optimizer);
    }
  }
}

function transformation(exports: Exports, name: string): Transformation {
  const found = exports[exportName(name)];
  if (typeof found === 'object' && found !== null && 'init' in found) return found as Transformation;
  throw new Unverified('L2N527', `the transformation ${name} is no constant at the top level of the file`);
}

// ------------------------------------------------------------------------------------------------------- calls

/** Calls the old program with its state, and takes the new state out of what it returns. */
export function callLinen(session: Session, at: number): Called {
  const { job, programs, models } = session;
  const args = argumentList(session, 'linen', at);
  const placeOf = placesOf(session, 'linen');
  const called = measured(session, () => runSide('linen', job.plan.name, () => programs.linen(...args)), {
    placeOf,
    replay: null,
  });
  for (const { linen: from, role } of job.plan.results.parts) {
    if (from === null) continue;
    const value = from.reduce<unknown>((each, step) => (Object(each) as Exports)[step], called.result);
    if (role.role === 'trainState') takeTrainState(session, role, value);
    if (role.role === 'optState') session.optStates.set(`${role.model} ${role.tx}`, value);
    const model = role.role === 'variables' ? models.get(role.model) : undefined;
    if (model === undefined || role.role !== 'variables') continue;
    model.variables =
      role.collection === null
        ? { ...model.variables, ...Object(value) }
        : { ...model.variables, [role.collection]: Object(value) };
  }
  for (const [name, model] of models) {
    const linenName = job.plan.models.find((each) => each.nnxName === name)?.linenName ?? name;
    model.variables = { ...model.variables, ...liveVariables(session.linen, job, linenName) };
  }
  return called;
}

/** Calls the new program; its state stays in its models. */
export function callNnx(session: Session, at: number, replay: Replay): Called {
  const { job, programs } = session;
  const args = argumentList(session, 'nnx', at);
  const placeOf = placesOf(session, 'nnx');
  return measured(session, () => runSide('nnx', job.plan.name, () => programs.nnx(...args)), { placeOf, replay });
}

type PlaceOf = (module: object, path: readonly (string | number)[] | null) => ModulePlace;

function measured(
  { context: { runtime } }: Session,
  body: () => unknown,
  { placeOf, replay }: { readonly placeOf: PlaceOf; readonly replay: Replay | null },
): Called {
  const trace = emptyTrace();
  const before = runtime.tf.memory().numTensors;
  const result = watch({ runtime, placeOf, trace, outputs: false }, replay, body);
  const returned = new Set(runtime.trees.tensorsOf(result) as Tensor[]).size;
  return { result, trace, growth: runtime.tf.memory().numTensors - before - returned };
}

/**
 * A module belongs to whichever model knows it; with several models the name of the model leads. Sets of variables that
 * one model of the old program ran have its name.
 */
function placesOf({ context, models, job }: Session, side: 'linen' | 'nnx'): PlaceOf {
  const names = new Map(job.plan.models.map((each) => [each.nnxName, each.linenName]));
  const places = [...models].map(([nnxName, { classId, passed }]) => {
    const name = names.get(nnxName) ?? nnxName;
    const of = side === 'linen' ? linenPlaces(context, classId) : nnxPlaces(context, passed);
    return { prefix: models.size > 1 ? `${name}.` : '', of };
  });
  return (module, path) => {
    for (const { prefix, of } of places) {
      const place = of(module, path);
      if (place !== null) return prefix + place;
    }
    return null;
  };
}

function argumentList(session: Session, side: 'linen' | 'nnx', at: number): unknown[] {
  const args: unknown[] = [];
  for (const param of session.job.plan.params) {
    const position = param[side];
    if (position !== null) args[position] = argument(session, param, { side, at });
  }
  return Array.from(args);
}

function argument(
  session: Session,
  param: { readonly role: ParamRole; readonly linen: number | null; readonly name: string },
  call: { readonly side: 'linen' | 'nnx'; readonly at: number },
): unknown {
  const { context, job, models, optStates, optimizers } = session;
  const { role } = param;
  const model = 'model' in role ? models.get(role.model) : undefined;
  switch (role.role) {
    case 'key':
      return context.runtime.jax.random.key(context.job.seed + 1000 + call.at);
    case 'variables':
      return role.collection === null ? model?.variables : model?.variables[role.collection];
    case 'model':
      return call.side === 'linen' ? model?.linen.model : model?.passed;
    case 'optState':
      return optStates.get(`${role.model} ${role.tx}`);
    case 'trainState':
      return trainStateOf(session, role, call);
    case 'optimizer':
      return optimizers.get(`${role.model} ${role.tx}`);
    case 'value': {
      const spec = param.linen === null ? undefined : job.values[param.linen];
      if (spec === undefined) throw new Unverified('L2N527', `argument ${param.name} of the new version`);
      return makeProgramValue(session, spec, { label: param.name, at: call.at });
    }
  }
}
