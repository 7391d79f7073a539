/** Both versions of one class on one sample: constructed, with the same perturbed weights. */
import type { ModulePlan } from '../../ir/module-plan.js';
import type { ClassId } from '../../ir/project.js';
import type { Case, ClassJob } from '../job.js';
import { mapModulePath, mapVariable, type PathPart } from '../mapping.js';
import type { Recipe } from '../recipe.js';
import { exportName } from '../slices.js';
import type { Context } from './context.js';
import type { ModulePlace } from './observe.js';
import { sideUrl } from './side-url.js';
import { argumentsOf, solveSizes, withMode } from './arguments.js';
import { isSownLeaf, watchSow } from './sown.js';
import { thrownCode, thrownText, Unverified } from './unverified.js';
import { makeTensor, makeValue, readTensor } from './values.js';
import { buildVariables, flattenVariables, type Leaf, leafName, perturb } from './variables.js';

export interface LinenModel {
  init(rngs: unknown, args: readonly unknown[], options?: object): object;
  apply(variables: object, args: readonly unknown[], options?: object): unknown;
}
export type NnxModel = { train(): void; eval(): void } & { [method: string]: (...args: unknown[]) => unknown };
export type ModuleConstructor<T> = new (...args: unknown[]) => T;

/** An NNX variable by its path. */
export interface NnxVariable {
  readonly name: string;
  readonly type: string;
  readonly trainable: boolean;
  readonly variable: { value: unknown };
}

/** Loads one version of a file; a module that fails to load is not a difference. */
export async function loadSide(file: string, side: 'linen' | 'nnx', run: string): Promise<{ [name: string]: unknown }> {
  try {
    return (await import(sideUrl(file, side, run))) as { [name: string]: unknown };
  } catch (thrown) {
    throw new Unverified(thrownCode(thrown, 'L2N526'), `the ${sideName(side)} version: ${thrownText(thrown)}`);
  }
}

/** Runs user code of one side; what it throws becomes the reason why nothing was compared. */
export function runSide<T>(side: 'linen' | 'nnx', what: string, body: () => T): T {
  try {
    return body();
  } catch (thrown) {
    if (thrown instanceof Unverified) throw thrown;
    const code = thrownCode(thrown, 'L2N524');
    const text = `${what} of the ${sideName(side)} version: ${thrownText(thrown)}`;
    throw new Unverified(code, text, side === 'nnx' && code === 'L2N524');
  }
}

function sideName(side: 'linen' | 'nnx'): string {
  return side === 'linen' ? 'Linen' : 'NNX';
}

/** The class that a version exports. */
export async function loadClass<T>(
  { file, name }: Pick<ClassJob, 'file' | 'name'>,
  side: 'linen' | 'nnx',
  run: string,
): Promise<ModuleConstructor<T>> {
  const found = (await loadSide(file, side, run))[exportName(name)];
  if (typeof found !== 'function')
    throw new Unverified('L2N526', `${name} is not a class in the ${sideName(side)} version`);
  return found as ModuleConstructor<T>;
}

export interface LinenInstance {
  readonly model: LinenModel;
  /** The same in each mode, where a constructor value chooses it. */
  readonly inMode: (training: boolean) => LinenModel;
  /** Perturbed. */
  readonly leaves: readonly Leaf[];
  /** Bound for integers of the input. */
  readonly below: number;
}

/** Constructs the old model, initialises it on the sample and perturbs every leaf. */
export function makeLinen(
  context: Context,
  type: ModuleConstructor<LinenModel>,
  { sample, plan }: { readonly sample: Case; readonly plan: ModulePlan },
): LinenInstance {
  const make = (training: boolean): LinenModel =>
    runSide('linen', 'the constructor', () => {
      const args = constructArgs(context, sample.construct);
      return new type(...withMode(args, plan.constructorMode, training));
    });
  return { ...initLinen(context, make(true), sample, context.job.seed), inMode: make };
}

/** Initialises a model that the program made itself. What it sows is an output, and no part of its variables. */
export function initLinen(context: Context, model: LinenModel, sample: Case, seed: number): LinenInstance {
  const { runtime } = context;
  const { jax, tf } = runtime;
  const args = argumentsOf(runtime, sample.args, { seed, batch: null, below: 2, scale: 1 });
  const keys = { params: jax.random.key(seed), dropout: jax.random.key(seed + 1), default: jax.random.key(seed + 2) };
  const method = sample.method === 'call' ? {} : { method: sample.method };
  const { result: variables, sown } = runSide('linen', 'init', () =>
    watchSow(runtime, () => model.init(keys, args, method)),
  );
  const kept = flattenVariables(runtime, variables).filter((leaf) => !isSownLeaf(sown, leaf));
  const leaves = perturb(kept, seed);
  tf.dispose(variables as never);
  const tables = leaves.filter(({ path }) => path.at(-1) === 'embedding').map(({ data }) => data.shape[0] ?? 2);
  const below = tables.length === 0 ? 4 : Math.min(...tables);
  return { model, inMode: () => model, leaves, below };
}

export function constructArgs({ runtime, job }: Context, recipes: readonly Recipe[]): unknown[] {
  const making = { seed: job.seed, label: 'construct', batch: null, below: 4, scale: 1 };
  return recipes.map((each) => makeValue(runtime, each, making));
}

/** Constructs the new model: sizes as the new text gives them, or else those under which all shapes agree. */
export function makeNnx(
  context: Context,
  type: ModuleConstructor<NnxModel>,
  { job, sample, linen }: { readonly job: ClassJob; readonly sample: Case; readonly linen: LinenInstance },
): NnxModel {
  const construct = (sizes: readonly number[]): NnxModel =>
    withCache(new type(...nnxArguments(context, { job, sample, sizes })), { plan: job.plan, sample, linen });
  const count = job.plan.parameters.filter((each) => each.from === 'size').length;
  if (sample.sizes !== null) return runSide('nnx', 'the constructor', () => construct(sample.sizes ?? []));
  if (count === 0) return runSide('nnx', 'the constructor', () => construct([]));
  const problems = (model: NnxModel): number => structureProblems(context, job.class, linen.leaves, model).length;
  return solveSizes(context, { sample, count, construct, problems });
}

/** Whether `init` made variables that wait for `initCache` in the new version. */
export function hasCache(plan: ModulePlan, leaves: readonly Leaf[]): boolean {
  return leaves.some((each) => plan.madeLater.includes(each.collection));
}

/** The cache that `init` made, made for the shapes of the sample. */
function withCache(
  model: NnxModel,
  { plan, sample, linen }: { readonly plan: ModulePlan; readonly sample: Case; readonly linen: LinenInstance },
): NnxModel {
  if (plan.initCache === null || !hasCache(plan, linen.leaves)) return model;
  const given = plan.initCache.parameter === null ? null : sample.args[plan.initCache.parameter];
  model.initCache?.(...(given?.make === 'tensor' ? [[...given.shape]] : []));
  return model;
}

function nnxArguments(
  context: Context,
  { job, sample, sizes }: { readonly job: ClassJob; readonly sample: Case; readonly sizes: readonly number[] },
): unknown[] {
  const { nnx } = context.runtime;
  const old = constructArgs(context, sample.construct);
  const args = job.plan.parameters.map((each) => (each.from === 'size' ? sizes[each.index] : old[each.position]));
  const seeds = { params: context.job.seed + 11, dropout: context.job.seed + 12, default: context.job.seed + 13 };
  return job.plan.needsRngs ? [...args, { rngs: new nnx.Rngs(seeds) }] : args;
}

// ------------------------------------------------------------------------------------------------ variables, paths

/** All variables of an NNX model but those of its random streams, by path. */
export function variablesOf({ runtime: { nnx } }: Context, model: object): readonly NnxVariable[] {
  const flat = nnx.toFlatState(nnx.state(model)) as readonly (readonly [readonly PathPart[], unknown])[];
  return flat
    .filter(([, variable]) => !(variable instanceof nnx.RngState))
    .map(([path, variable]) => ({
      name: path.join('.'),
      type: (variable as object).constructor.name,
      trainable: variable instanceof nnx.Param,
      variable: variable as { value: unknown },
    }));
}

/** What keeps the two sets of variables from being the same set; empty when they are. */
export function structureProblems(
  context: Context,
  root: ClassId,
  leaves: readonly Leaf[],
  model: object,
): readonly string[] {
  const { job, runtime } = context;
  const variables = new Map(variablesOf(context, model).map((each) => [each.name, each]));
  const problems: string[] = [];
  for (const leaf of leaves) {
    const mapped = mapVariable(job.manifest, root, leaf);
    const name = mapped?.path.join('.') ?? '';
    const variable = variables.get(name);
    variables.delete(name);
    if (mapped === null) problems.push(`${leafName(leaf)} is not in the manifest`);
    else if (variable === undefined) problems.push(`${leafName(leaf)} has no counterpart at ${name}`);
    else {
      const value = variable.variable.value;
      const found = value instanceof runtime.tf.Tensor ? `${value.dtype}[${value.shape.join(', ')}]` : typeof value;
      const expected = `${leaf.data.dtype}[${leaf.data.shape.join(', ')}]`;
      if (found !== expected) problems.push(`${name} is ${found}, and was ${expected}`);
      if (variable.type !== mapped.variable)
        problems.push(`${name} is a ${variable.type}, expected ${mapped.variable}`);
      if (variable.trainable !== (leaf.collection === 'params')) problems.push(`${name} changed whether it is trained`);
    }
  }
  return [...problems, ...[...variables.keys()].map((name) => `${name} is new: the old version has no such variable`)];
}

/** Writes Linen's weights into the NNX model, through the manifest. */
export function transplant(context: Context, root: ClassId, leaves: readonly Leaf[], model: object): void {
  const variables = new Map(variablesOf(context, model).map((each) => [each.name, each.variable]));
  for (const leaf of leaves) {
    const path = mapVariable(context.job.manifest, root, leaf)?.path.join('.') ?? '';
    const variable = variables.get(path);
    if (variable !== undefined) variable.value = makeTensor(context.runtime, leaf.data);
  }
}

/** Linen variables of the leaves, on the backend. */
export function linenVariables(context: Context, leaves: readonly Leaf[]): { [collection: string]: object } {
  return buildVariables(context.runtime, leaves);
}

/** The NNX model's values under the names of the Linen leaves they belong to. */
export function readBack(context: Context, root: ClassId, leaves: readonly Leaf[], model: object): readonly Leaf[] {
  const variables = new Map(variablesOf(context, model).map((each) => [each.name, each.variable]));
  return leaves.flatMap((leaf) => {
    const path = mapVariable(context.job.manifest, root, leaf)?.path.join('.') ?? '';
    const value = variables.get(path)?.value;
    return value instanceof context.runtime.tf.Tensor ? [{ ...leaf, data: readTensor(value) }] : [];
  });
}

/** Places of Linen modules in NNX names. */
export function linenPlaces(
  context: Context,
  root: ClassId,
): (module: object, path: readonly PathPart[] | null) => ModulePlace {
  return (module, path) => {
    const own = path ?? (module as { path?: readonly string[] }).path ?? null;
    return own === null ? null : (mapModulePath(context.job.manifest, root, own.map(String))?.join('.') ?? null);
  };
}

/** Places of NNX modules, by identity: the module itself, or the module that holds a stream. */
export function nnxPlaces(
  context: Context,
  model: object,
): (module: object, path: readonly PathPart[] | null) => ModulePlace {
  const { nnx } = context.runtime;
  const places = new Map<object, string>();
  const modules = new Set<string>();
  for (const [path, node] of nnx.iterGraph(model)) {
    if (typeof node !== 'object' || node === null) continue;
    places.set(node, path.join('.'));
    if (node instanceof nnx.Module) modules.add(path.join('.'));
  }
  return (module, path) => {
    let place = places.get(module) ?? path?.join('.') ?? null;
    while (place !== null && place !== '' && !modules.has(place))
      place = place.includes('.') ? place.slice(0, place.lastIndexOf('.')) : '';
    return place;
  };
}
