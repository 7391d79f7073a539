/** Stage 5: sown values and auxiliary losses, in both modes, and the gradient that they give each parameter. */
import type { Tensor } from '@tensorflow/tfjs';
import { collections } from '../../../runtime/catalogue/collections.js';
import { mapModulePath } from '../mapping.js';
import { oneBackend } from '../profiles.js';
import { argumentsOf, nnxMethodArguments, withMode } from './arguments.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { gradientsByName, type HasAux, lossOf, type OfModel, splitParams, type Tree } from './gradients.js';
import { emptyTrace, type Replay, replayOf, watch } from './observe.js';
import { linenPlaces, linenVariables, nnxPlaces, type NnxModel, runSide } from './pair.js';
import { byName, inputVariants, keysOf, type RunOptions } from './run.js';
import { type SownPlace, watchSow } from './sown.js';
import { Unverified } from './unverified.js';
import { readTensor, readTree } from './values.js';
import { flattenVariables } from './variables.js';
import { compareMaps, type Gate, weakest } from './verdicts.js';

/** What was sown, by the NNX names of its places; a place with `type` is the Variable class it was sown as. */
type Sown = ReadonlyMap<string, unknown>;

const gate: Gate = { tolerance: oneBackend.forward, code: 'L2N506' };

export function compareSown(pair: Pair): StageResult {
  const making = inputVariants(pair)[0]!;
  return weakest([true, false].map((training) => compareOne(pair, { making, training })));
}

function compareOne(pair: Pair, options: RunOptions): StageResult {
  const { runtime } = pair.context;
  const variables = linenVariables(pair.context, pair.linen.leaves);
  const trace = emptyTrace();
  const watching = { runtime, placeOf: linenPlaces(pair.context, pair.job.class), trace, outputs: false };
  const old = runSide('linen', 'sow', () => watch(watching, null, () => linenSown(pair, variables, options)));
  const replay = replayOf(trace.draws);
  const fresh = watchNnx(pair, pair.fresh(), { replay, body: (model) => nnxSown(pair, model, options) });
  const values = compareMaps(readSown(pair, old), readSown(pair, fresh), gate);
  if (values.code || !options.training || floats(pair, old).length === 0) return values;
  return weakest([values, compareGradients(pair, { variables, options, replay })]);
}

function watchNnx<T>(
  pair: Pair,
  model: NnxModel,
  { replay, body }: { readonly replay: Replay; readonly body: (model: NnxModel) => T },
): T {
  const { runtime } = pair.context;
  const watching = { runtime, placeOf: nnxPlaces(pair.context, model), trace: emptyTrace(), outputs: false };
  return runSide('nnx', 'sow', () => watch(watching, replay, () => body(model)));
}

/** The old version with every collection but the parameters open for what is sown. */
function linenSown(pair: Pair, variables: object, { making, training }: RunOptions): Sown {
  const { context, job, sample, linen } = pair;
  const { runtime } = context;
  const mode = job.plan.methods[sample.method]?.mode ?? null;
  const args = withMode(argumentsOf(runtime, sample.args, making), mode, training);
  const method = sample.method === 'call' ? {} : { method: sample.method };
  const options = { rngs: keysOf(pair, making.seed), mutable: new runtime.linen.DenyList('params'), ...method };
  const { result, sown } = watchSow(runtime, () => linen.inMode(training).apply(variables, args, options));
  const [, updates] = result as [unknown, Tree];
  const entries = sown.flatMap((place) => {
    const name = placeName(pair, place);
    const type = variableOf(pair, place.collection);
    const value = [place.collection, ...place.path, place.name].reduce<unknown>(
      (node, part) => (Object(node) as { [part: string]: unknown })[part],
      updates,
    );
    return [[name, value] as const, [`${name} (type)`, type] as const];
  });
  return sorted(entries);
}

function nnxSown(pair: Pair, model: NnxModel, { making, training }: RunOptions): Sown {
  const { context, job, sample } = pair;
  const { nnx } = context.runtime;
  const plan = job.plan.methods[sample.method];
  const made = withMode(argumentsOf(context.runtime, sample.args, making), plan?.mode ?? null, training);
  const args = nnxMethodArguments(made, plan);
  if (job.plan.modes.length > 0) {
    if (training) model.train();
    else model.eval();
  }
  const run = nnx.capture(((each: NnxModel) => each[sample.method]!(...args)) as never, nnx.Variable) as Captured;
  const entries = nnx.toFlatState(run(model)[1] as never).flatMap(([path, variable]) => {
    if (variable instanceof nnx.Perturbation) return [];
    const name = path.join('.');
    const type = (variable as object).constructor.name;
    return [[name, variable.value] as const, [`${name} (type)`, type] as const];
  });
  return sorted(entries);
}
type Captured = (model: NnxModel) => [output: unknown, state: object];

function sorted(entries: readonly (readonly [name: string, value: unknown])[]): Sown {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function placeName({ context, job }: Pair, { path, name }: SownPlace): string {
  const module = mapModulePath(context.job.manifest, job.class, path);
  if (module !== null) return [...module, name].join('.');
  throw new Unverified('L2N530', `${[...path, name].join('/')} is sown by a module that the manifest does not name`);
}

/** The Variable class that stands for a collection. */
function variableOf({ context }: Pair, collection: string): string {
  const custom = context.job.manifest.collections.find((each) => each.collection === collection);
  return (custom ?? collections.find((each) => each.collection === collection))?.variable ?? 'Variable';
}

function readSown({ context: { runtime } }: Pair, sown: Sown): Map<string, unknown> {
  return new Map(
    [...sown].flatMap(([name, value]) =>
      [...readTree(runtime, value)].map(([path, leaf]) => [path.replace(/^output/, name), leaf] as const),
    ),
  );
}

function floats({ context: { runtime } }: Pair, sown: Sown): readonly Tensor[] {
  const tensors = [...sown.values()].flatMap((value) => runtime.trees.tensorsOf(value) as Tensor[]);
  return tensors.filter((each) => each.dtype === 'float32');
}

/** Of a loss made of nothing but what was sown: a value that is right but cut off from its parameters is seen here. */
function compareGradients(
  pair: Pair,
  asked: { readonly variables: { [name: string]: object }; readonly options: RunOptions; readonly replay: Replay },
): StageResult {
  const { runtime } = pair.context;
  const { params, rest } = splitParams(asked.variables);
  const ofTree = runtime.jax.valueAndGrad as unknown as HasAux;
  const old = (tree: Tree): [Tensor, Tree] => [
    lossOf(pair, floats(pair, linenSown(pair, { params: tree, ...rest }, asked.options))),
    {},
  ];
  const [[loss], grads] = runSide('linen', 'the gradient of what is sown', () => ofTree(old, { hasAux: true })(params));
  const ofModel = runtime.nnx.valueAndGrad as unknown as OfModel;
  const fresh = (model: NnxModel): Tensor => lossOf(pair, floats(pair, nnxSown(pair, model, asked.options)));
  const [nnxLoss, nnxGrads] = watchNnx(pair, pair.fresh(), { replay: asked.replay, body: ofModel(fresh) });
  const prefixed = (map: ReadonlyMap<string, unknown>) =>
    new Map([...map].map(([name, value]) => [`gradient of what is sown: ${name}`, value]));
  return compareMaps(
    prefixed(new Map([['loss', readTensor(loss)], ...byName(flattenVariables(runtime, { params: grads }))])),
    prefixed(new Map([['loss', readTensor(nnxLoss)], ...gradientsByName(pair, nnxGrads)])),
    { ...gate, tolerance: oneBackend.gradient },
  );
}
