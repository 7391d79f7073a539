/** Training steps of the old version, run once and kept: what stages 7 and 8 hold the new version against. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorData } from '../tensor-data.js';
import type { Pair } from './class-pair.js';
import { linenGradients, nnxGradients, splitParams, type Step } from './gradients.js';
import { linenVariables, type NnxModel, readBack } from './pair.js';
import { optimizerState } from './optimizer-state.js';
import { type Floors, gradientFloors, size } from './rounding.js';
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
  /** Adam's. */
  readonly epsilon: number;
  /** After the last step. */
  readonly optimizer: Trained;
}

/**
 * The optimizer of both versions. Adam makes steps of one size out of gradients of any size, those of mere rounding too; its
 * epsilon stands so high above the rounding of the unit's gradients that those make no steps.
 */
function optimizerOf({ context: { runtime } }: Pair, epsilon: number) {
  return runtime.optax.adam(learningRate, { eps: epsilon });
}

const learningRate = 0.01;
/** Part of the largest first gradient: single precision keeps a hundred thousand times smaller parts of it. */
const epsilonPart = 0.01;

function epsilonFor(grads: readonly TensorData[]): number {
  const largest = Math.max(0, ...grads.map(size));
  return largest > 0 && Number.isFinite(largest) ? epsilonPart * largest : 1e-8;
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
  let { params, rest } = splitParams(linenVariables(context, linen.leaves));
  const steps: OldStep[] = [];
  let epsilon = 0;
  let state: unknown = null;
  for (let at = 0; at < context.job.steps; at++) {
    const making = { ...inputVariants(pair)[0]!, seed: context.job.seed + 100 + at };
    const old = linenGradients(pair, { making, params, rest });
    if (at === 0) epsilon = epsilonFor(flattenVariables(runtime, { params: old.grads }).map(({ data }) => data));
    const tx = optimizerOf(pair, epsilon);
    state ??= tx.init(params as never);
    const [updates, next] = tx.update(old.grads as never, state as never, params as never);
    params = runtime.optax.applyUpdates(params as never, updates as never) as unknown as typeof params;
    state = next;
    rest = old.rest;
    const leaves = byName(flattenVariables(runtime, { params, ...rest }));
    steps.push({ making, draws: old.draws, trained: named(at, old.loss, leaves) });
  }
  return { steps, epsilon, optimizer: optimizerState(pair, state, 'linen') };
}

export interface Optimizer {
  readonly optState: unknown;
  update(model: object, grads: object): void;
}

/** An optimizer of the new version for `model`. */
export function nnxOptimizer(pair: Pair, model: NnxModel): Optimizer {
  const { nnx } = pair.context.runtime;
  return new nnx.Optimizer(model, optimizerOf(pair, trajectoryOf(pair).epsilon) as never, {
    wrt: nnx.Param,
  }) as unknown as Optimizer;
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

/** How far rounding may move the parameters up to step `at`: in each step the learning rate times floor ÷ epsilon. */
export function stepFloors(pair: Pair, at: number): Floors {
  const { epsilon } = trajectoryOf(pair);
  const part = ((at + 1) * learningRate) / epsilon;
  const ofGradients = [...gradientFloors(pair, inputVariants(pair)[0]!)].filter(([name]) => name !== 'loss');
  return new Map(ofGradients.map(([name, floor]) => [`step ${at + 1}: ${name}`, part * floor]));
}
