/** One call of each version: on the same inputs, with the same weights and keys. */
import type { TensorData } from '../tensor-data.js';
import { argumentsOf, nnxMethodArguments, withMode } from './arguments.js';
import type { Pair } from './class-pair.js';
import { emptyTrace, type Replay, type Trace, watch } from './observe.js';
import { hasCache, linenPlaces, linenVariables, nnxPlaces, type NnxModel, readBack, runSide } from './pair.js';
import { type Making, readTree } from './values.js';
import { flattenVariables, type Leaf, leafName } from './variables.js';

/** How inputs are made: two batch sizes, one of them small numbers, so that an epsilon is seen. */
export function inputVariants({ context, job, sample, linen }: Pair): readonly Omit<Making, 'label'>[] {
  const first = sample.args.find((each) => each.make === 'tensor');
  const isFree = first?.make === 'tensor' && first.shape.length >= 2 && !hasCache(job.plan, linen.leaves);
  const leading = isFree ? first.shape[0]! : null;
  const { seed } = context.job;
  const of = (to: number, scale: number, step: number): Omit<Making, 'label'> => ({
    seed: seed + step,
    below: linen.below,
    scale,
    batch: leading === null ? null : { from: leading, to },
  });
  return [of(3, 1, 1), of(2, 0.05, 2), of(5, 4, 3)];
}

export interface Run {
  readonly output: Map<string, unknown>;
  /** All collections afterwards. */
  readonly leaves: readonly Leaf[];
  readonly trace: Trace;
}
export interface RunOptions {
  readonly making: Omit<Making, 'label'>;
  readonly training: boolean;
  readonly outputs?: boolean;
  readonly method?: string;
}

/** The old version, once. */
export function runLinen(
  pair: Pair,
  { making, training, outputs = false, method = pair.sample.method }: RunOptions,
): Run {
  const { context, job, sample, linen } = pair;
  const { runtime } = context;
  const trace = emptyTrace();
  const args = withMode(argumentsOf(runtime, sample.args, making), job.plan.methods[method]?.mode ?? null, training);
  const variables = linenVariables(context, linen.leaves);
  const mutable = Object.keys(variables).filter((each) => each !== 'params');
  const options = { rngs: keysOf(pair, making.seed), mutable, ...(method === 'call' ? {} : { method }) };
  const watching = { runtime, placeOf: linenPlaces(context, job.class), trace, outputs };
  const [output, updates] = runSide('linen', method, () =>
    watch(watching, null, () => linen.inMode(training).apply(variables, args, options)),
  ) as [unknown, object];
  for (const each of trace.ran) pair.ran.add(each);
  return { output: readTree(runtime, output), leaves: flattenVariables(runtime, { ...variables, ...updates }), trace };
}

/** The new version, once, on a model that has the old weights. */
export function runNnx(pair: Pair, model: NnxModel, options: RunOptions & { readonly replay: Replay }): Run {
  const { context, job, sample, linen } = pair;
  const { making, training, replay, outputs = false, method = sample.method } = options;
  const { runtime } = context;
  const trace = emptyTrace();
  const plan = job.plan.methods[method];
  const args = nnxMethodArguments(
    withMode(argumentsOf(runtime, sample.args, making), plan?.mode ?? null, training),
    plan,
  );
  if (job.plan.modes.length > 0) {
    if (training) model.train();
    else model.eval();
  }
  const watching = { runtime, placeOf: nnxPlaces(context, model), trace, outputs };
  const output = runSide('nnx', method, () => watch(watching, replay, () => model[method]!(...args)));
  return { output: readTree(runtime, output), leaves: readBack(context, job.class, linen.leaves, model), trace };
}

/** Keys for every stream the class draws from. */
export function keysOf({ context, job }: Pair, seed: number): { readonly [stream: string]: unknown } {
  const { random } = context.runtime.jax;
  const streams = new Set(['dropout', 'params', ...job.plan.streams]);
  return Object.fromEntries([...streams].sort().map((stream, index) => [stream, random.key(seed * 101 + index)]));
}

export function byName(leaves: readonly Leaf[]): Map<string, TensorData> {
  return new Map(leaves.map((leaf) => [leafName(leaf), leaf.data]));
}
