/** One loss and its gradients, in each version. */
import type { Tensor } from '@tensorflow/tfjs';
import { mapVariable } from '../mapping.js';
import type { TensorData } from '../tensor-data.js';
import { argumentsOf, nnxMethodArguments, withMode } from './arguments.js';
import type { Pair } from './class-pair.js';
import { generatorOf, randomTensor } from './generator.js';
import { type Draw, emptyTrace, replayOf, watch } from './observe.js';
import { linenPlaces, nnxPlaces, type NnxModel, runSide } from './pair.js';
import { keysOf } from './run.js';
import { makeTensor, type Making, readTensor } from './values.js';
import { type Leaf, leafName } from './variables.js';

/** A nested dict of tensors. */
export type Tree = { readonly [name: string]: object };

/** A scalar that depends on every output, each element with a weight of its own. */
export function lossOf({ context: { runtime, job } }: Pair, output: unknown): Tensor {
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

export interface Step {
  readonly making: Omit<Making, 'label'>;
  /** Keys that Linen drew in the step. */
  readonly draws: readonly Draw[];
}

/** `[loss, grads, new mutable collections]` of the old version. */
export function linenGradients(
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
export type HasAux = (f: (tree: Tree) => [Tensor, Tree], o: { hasAux: true }) => (tree: Tree) => [[Tensor, Tree], Tree];

/** `[loss, grads]` of the new version. */
export function nnxGradients(pair: Pair, model: NnxModel, step: Step): readonly [Tensor, object] {
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
export type OfModel = (f: (model: NnxModel) => Tensor) => (model: NnxModel) => [Tensor, object];

/** Gradients of the NNX side under the names of the Linen parameters they belong to. */
export function gradientsByName({ context, job, linen }: Pair, grads: object): Map<string, TensorData> {
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

export function parameters(leaves: readonly Leaf[]): readonly Leaf[] {
  return leaves.filter((leaf) => leaf.collection === 'params');
}

export function splitParams(variables: { readonly [name: string]: object }): { params: Tree; rest: Tree } {
  const { params = {}, ...rest } = variables;
  return { params: params as Tree, rest: rest as Tree };
}
