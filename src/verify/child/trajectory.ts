/** Training steps of the old version, run once and kept: what stages 7 and 8 hold the new version against. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorData } from '../tensor-data.js';
import type { Pair } from './class-pair.js';
import { linenGradients, nnxGradients, splitParams, type Step } from './gradients.js';
import { linenVariables, type NnxModel, readBack } from './pair.js';
import { byName, inputVariants } from './run.js';
import { readTensor } from './values.js';
import { flattenVariables } from './variables.js';

/** What a step leaves behind, off the backend; the names are the old version's. */
export type Trained = ReadonlyMap<string, TensorData>;

export interface OldStep extends Step {
  readonly trained: Trained;
}
export interface Trajectory {
  readonly steps: readonly OldStep[];
  /** After the last step. */
  readonly optimizer: Trained;
}

/** The optimizer of both versions. */
export function optimizerOf({ context: { runtime } }: Pair) {
  return runtime.optax.adam(0.01);
}

const known = new WeakMap<Pair, Trajectory>();

/** The old version's steps, the inputs and keys of each step new. */
export function trajectoryOf(pair: Pair): Trajectory {
  const found = known.get(pair) ?? train(pair);
  known.set(pair, found);
  return found;
}

function train(pair: Pair): Trajectory {
  const { context, linen } = pair;
  const { runtime } = context;
  const tx = optimizerOf(pair);
  let { params, rest } = splitParams(linenVariables(context, linen.leaves));
  let state: unknown = tx.init(params as never);
  const steps: OldStep[] = [];
  for (let at = 0; at < context.job.steps; at++) {
    const making = { ...inputVariants(pair)[0]!, seed: context.job.seed + 100 + at };
    const old = linenGradients(pair, { making, params, rest });
    const [updates, next] = tx.update(old.grads as never, state as never, params as never);
    params = runtime.optax.applyUpdates(params as never, updates as never) as unknown as typeof params;
    state = next;
    rest = old.rest;
    const leaves = byName(flattenVariables(runtime, { params, ...rest }));
    steps.push({ making, draws: old.draws, trained: named(at, old.loss, leaves) });
  }
  return { steps, optimizer: optimizerState(pair, state) };
}

export interface Optimizer {
  readonly optState: unknown;
  update(model: object, grads: object): void;
}

/** An optimizer of the new version for `model`. */
export function nnxOptimizer(pair: Pair, model: NnxModel): Optimizer {
  const { nnx } = pair.context.runtime;
  return new nnx.Optimizer(model, optimizerOf(pair) as never, { wrt: nnx.Param }) as unknown as Optimizer;
}

/** One step of the new version with the inputs and keys of the old one's. */
export function nnxStep(
  pair: Pair,
  { model, optimizer }: { readonly model: NnxModel; readonly optimizer: Optimizer },
  { step, at }: { readonly step: Step; readonly at: number },
): Trained {
  const [loss, grads] = nnxGradients(pair, model, step);
  optimizer.update(model, grads);
  return named(at, loss, byName(readBack(pair.context, pair.job.class, pair.linen.leaves, model)));
}

function named(at: number, loss: Tensor, leaves: Trained): Trained {
  const all = [['loss', readTensor(loss)] as const, ...leaves];
  return new Map(all.map(([name, value]) => [`step ${at + 1}: ${name}`, value]));
}

/** Moments and counters, by kind and shape in their own order: their trees follow the parameters' order on each side. */
export function optimizerState({ context: { runtime } }: Pair, state: unknown): Trained {
  const tensors = runtime.trees.tensorsOf(state) as Tensor[];
  const sorted = tensors
    .map((each) => readTensor(each))
    .sort((a, b) => checksum(a) - checksum(b) || a.values.length - b.values.length);
  return new Map(sorted.map((each, index) => [`optimizer state ${index}`, each]));
}

function checksum({ values }: TensorData): number {
  let sum = 0;
  for (const [index, value] of [...values].entries()) sum += value * ((index % 97) + 1);
  return sum;
}
