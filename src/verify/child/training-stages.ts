/** Stages 6 and 7: gradients of every parameter, and some optimizer steps with keys aligned. */
import type { Tensor } from '@tensorflow/tfjs';
import { oneBackend } from '../profiles.js';
import { argumentsOf, nnxMethodArguments, withMode } from './arguments.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { byName, inputVariants, keysOf } from './run.js';
import { generatorOf, randomTensor } from './generator.js';
import { type Draw, emptyTrace, replayOf, watch } from './observe.js';
import { linenPlaces, linenVariables, nnxPlaces, type NnxModel, readBack, runSide } from './pair.js';
import { mapVariable } from '../mapping.js';
import { makeTensor, type Making, readTensor } from './values.js';
import { flattenVariables, type Leaf, leafName } from './variables.js';
import { compareMaps, weakest } from './verdicts.js';
import type { TensorData } from '../tensor-data.js';

type Tree = { readonly [name: string]: object };

/** A scalar that depends on every output, each element with a weight of its own. */
function lossOf({ context: { runtime, job } }: Pair, output: unknown): Tensor {
  const { tf, trees } = runtime;
  const tensors = trees.tensorsOf(output).filter((each) => each.dtype === 'float32') as Tensor[];
  const terms = tensors.map((tensor, index) => {
    const weights = randomTensor(generatorOf(job.seed, `loss ${index}`), {
      shape: tensor.shape,
      dtype: 'float32',
      below: 1,
    });
    return tf.mean(tf.mul(tensor, makeTensor(runtime, weights)));
  });
  return terms.reduce((sum, each) => tf.add(sum, each), tf.scalar(0)) as Tensor;
}

interface Step {
  readonly making: Omit<Making, 'label'>;
  /** Keys that Linen drew in the step. */
  readonly draws: readonly Draw[];
}

/** `[loss, grads, new mutable collections]` of the old version. */
function linenGradients(
  pair: Pair,
  { making, params, rest }: { making: Omit<Making, 'label'>; params: Tree; rest: Tree },
): { loss: Tensor; grads: Tree; rest: Tree; draws: readonly Draw[] } {
  const { context, job, sample, linen } = pair;
  const { runtime } = context;
  const trace = emptyTrace();
  const args = withMode(argumentsOf(runtime, sample.args, making), job.plan.methods[sample.method]?.mode ?? null, true);
  const method = sample.method === 'call' ? {} : { method: sample.method };
  const options = { rngs: keysOf(pair, making.seed), mutable: Object.keys(rest), ...method };
  const loss = (tree: Tree): [Tensor, Tree] => {
    const [output, updates] = linen.inMode(true).apply({ params: tree, ...rest }, args, options) as [unknown, Tree];
    return [lossOf(pair, output), updates];
  };
  const valueAndGrad = runtime.jax.valueAndGrad as unknown as HasAux;
  const watching = { runtime, placeOf: linenPlaces(context, job.class), trace, outputs: false };
  const [[value, updates], grads] = runSide('linen', 'the gradient', () =>
    watch(watching, null, () => valueAndGrad(loss, { hasAux: true })(params)),
  );
  return { loss: value, grads, rest: { ...rest, ...updates }, draws: trace.draws };
}
type HasAux = (f: (tree: Tree) => [Tensor, Tree], o: { hasAux: true }) => (tree: Tree) => [[Tensor, Tree], Tree];

/** `[loss, grads]` of the new version. */
function nnxGradients(pair: Pair, model: NnxModel, step: Step): readonly [Tensor, object] {
  const { context, job, sample } = pair;
  const { runtime } = context;
  const plan = job.plan.methods[sample.method];
  const args = nnxMethodArguments(
    withMode(argumentsOf(runtime, sample.args, step.making), plan?.mode ?? null, true),
    plan,
  );
  if (job.plan.modes.length > 0) model.train();
  const watching = { runtime, placeOf: nnxPlaces(context, model), trace: emptyTrace(), outputs: false };
  const valueAndGrad = runtime.nnx.valueAndGrad as unknown as OfModel;
  const loss = (each: NnxModel): Tensor => lossOf(pair, each[sample.method]!(...args));
  return runSide('nnx', 'the gradient', () => watch(watching, replayOf(step.draws), () => valueAndGrad(loss)(model)));
}
type OfModel = (f: (model: NnxModel) => Tensor) => (model: NnxModel) => [Tensor, object];

/** Gradients of the NNX side under the names of the Linen parameters they belong to. */
function gradientsByName({ context, job, linen }: Pair, grads: object): Map<string, TensorData> {
  const { nnx, tf } = context.runtime;
  const flat = nnx.toFlatState(grads as never) as unknown as [readonly (string | number)[], unknown][];
  const byPath = new Map(flat.map(([path, value]) => [path.join('.'), valueOf(value)]));
  const found = new Map<string, TensorData>();
  for (const leaf of parameters(linen.leaves)) {
    const path = mapVariable(context.job.manifest, job.class, leaf)?.path.join('.') ?? '';
    const value = byPath.get(path);
    byPath.delete(path);
    if (value instanceof tf.Tensor) found.set(leafName(leaf), readTensor(value));
  }
  for (const [path, value] of byPath) if (value instanceof tf.Tensor) found.set(path, readTensor(value));
  return found;
}

function valueOf(each: unknown): unknown {
  return typeof each === 'object' && each !== null && 'value' in each ? each.value : each;
}

function parameters(leaves: readonly Leaf[]): readonly Leaf[] {
  return leaves.filter((leaf) => leaf.collection === 'params');
}

function split(variables: { readonly [name: string]: object }): { params: Tree; rest: Tree } {
  const { params = {}, ...rest } = variables;
  return { params: params as Tree, rest: rest as Tree };
}

/** Stage 6. */
export function compareGradients(pair: Pair): StageResult {
  if (parameters(pair.linen.leaves).length === 0) return { verdict: 'identical', compared: 0 };
  return weakest(inputVariants(pair).map((making) => compareGradientsOne(pair, making)));
}

function compareGradientsOne(pair: Pair, making: Omit<Making, 'label'>): StageResult {
  const { context, linen } = pair;
  const { loss, grads, draws } = linenGradients(pair, { making, ...split(linenVariables(context, linen.leaves)) });
  const [nnxLoss, nnxGrads] = nnxGradients(pair, pair.fresh(), { making, draws });
  const old = byName(flattenVariables(context.runtime, { params: grads }));
  const gate = { tolerance: oneBackend.gradient, code: 'L2N507' };
  const values = compareMaps(new Map([['loss', readTensor(loss)]]), new Map([['loss', readTensor(nnxLoss)]]), gate);
  return weakest([values, compareMaps(old, gradientsByName(pair, nnxGrads), gate)]);
}

/** Stage 7: Adam, the inputs and keys of each step new; loss, parameters, statistics and optimizer state. */
export function compareSteps(pair: Pair): StageResult {
  const { context, job, linen } = pair;
  const { runtime } = context;
  if (parameters(linen.leaves).length === 0) return { verdict: 'identical', compared: 0 };
  const tx = runtime.optax.adam(0.01);
  const model = pair.fresh();
  const optimizer = new runtime.nnx.Optimizer(model, tx as never, { wrt: runtime.nnx.Param });
  let { params, rest } = split(linenVariables(context, linen.leaves));
  let optState: unknown = tx.init(params as never);
  const results: StageResult[] = [];
  const gate = { tolerance: oneBackend.gradient, code: 'L2N508' };
  for (let at = 0; at < context.job.steps; at++) {
    const making = { ...inputVariants(pair)[0]!, seed: context.job.seed + 100 + at };
    const old = linenGradients(pair, { making, params, rest });
    const [updates, nextState] = tx.update(old.grads as never, optState as never, params as never);
    params = runtime.optax.applyUpdates(params as never, updates as never) as unknown as Tree;
    optState = nextState;
    rest = old.rest;
    const [loss, grads] = nnxGradients(pair, model, { making, draws: old.draws });
    optimizer.update(model, grads as never);
    const name = (what: string): string => `step ${at + 1}: ${what}`;
    results.push(
      compareMaps(new Map([[name('loss'), readTensor(old.loss)]]), new Map([[name('loss'), readTensor(loss)]]), gate),
    );
    const before = byName(flattenVariables(runtime, { params, ...rest }));
    results.push(
      compareMaps(
        renamed(before, name),
        renamed(byName(readBack(context, job.class, linen.leaves, model)), name),
        gate,
      ),
    );
  }
  results.push(compareMaps(optimizerState(pair, optState), optimizerState(pair, optimizer.optState), gate));
  return weakest(results);
}

function renamed(map: ReadonlyMap<string, TensorData>, name: (each: string) => string): Map<string, TensorData> {
  return new Map([...map].map(([each, value]) => [name(each), value]));
}

/** Moments and counters, by kind and shape in their own order: their trees follow the parameters' order on each side. */
function optimizerState({ context: { runtime } }: Pair, state: unknown): Map<string, TensorData> {
  const tensors = runtime.trees.tensorsOf(state) as Tensor[];
  const texts = tensors
    .map((each) => readTensor(each))
    .sort((a, b) => checksum(a) - checksum(b) || a.values.length - b.values.length);
  return new Map(texts.map((each, index) => [`optimizer state ${index}`, each]));
}

function checksum({ values }: TensorData): number {
  let sum = 0;
  for (const [index, value] of [...values].entries()) sum += value * ((index % 97) + 1);
  return sum;
}
