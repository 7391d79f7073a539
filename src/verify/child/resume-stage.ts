/** Stage 8: training that is saved half-way, loaded into another model and gone on with equals training in one go. */
import type { Tensor } from '@tensorflow/tfjs';
import { oneBackend } from '../profiles.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { parameters } from './gradients.js';
import type { NnxModel } from './pair.js';
import { compareOptimizers, optimizerState } from './optimizer-state.js';
import { nnxOptimizer, nnxStep, type Optimizer, stepFloors, trajectoryOf } from './trajectory.js';
import { compareAboveRounding, weakest } from './verdicts.js';

/** Loaded through the module hooks, like the rest of the runtime. */
const { readSafetensors, writeSafetensors } = await import('linen2nnx/checkpoint');

interface Training {
  readonly model: NnxModel;
  readonly optimizer: Optimizer;
}

/**
 * The loaded model has trained a step on other inputs before: what it keeps outside its variables (a cache, a counter in
 * a plain field) is then of another run, as it is in a process that restores a model it has already used.
 */
export function compareResume(pair: Pair): StageResult {
  if (parameters(pair.linen.leaves).length === 0) return { verdict: 'identical', compared: 0 };
  const { steps, optimizer: uninterrupted } = trajectoryOf(pair);
  const half = Math.ceil(steps.length / 2);
  const saving = training(pair, pair.fresh());
  for (const [at, step] of steps.slice(0, half).entries()) nnxStep(pair, saving, { step, at });
  const file = writeSafetensors(variables(pair, saving));
  const loading = training(pair, pair.bare());
  nnxStep(pair, loading, { step: steps.at(-1)!, at: 0 });
  const problem = load(pair, loading, file);
  const gate = { tolerance: oneBackend.gradient, code: 'L2N509' };
  if (problem !== '') return { verdict: 'mismatch', compared: 0, code: gate.code, reason: problem };
  const results = steps.slice(half).map((step, index) => {
    const resumed = nnxStep(pair, loading, { step, at: half + index });
    return compareAboveRounding(step.trained, resumed, gate, () => stepFloors(pair, half + index));
  });
  results.push(
    compareOptimizers(pair, uninterrupted, optimizerState(pair, loading.optimizer.optState, 'nnx'), gate.code),
  );
  return weakest(results.map((each) => afterSaving(each, half)));
}

function training(pair: Pair, model: NnxModel): Training {
  return { model, optimizer: nnxOptimizer(pair, model) };
}

function afterSaving(result: StageResult, half: number): StageResult {
  return result.reason ? { ...result, reason: `saved after step ${half} and loaded: ${result.reason}` } : result;
}

/** Everything with a value that a checkpoint holds; keys of random streams are replayed, and no part of it. */
function places({ context }: Pair, { model, optimizer }: Training): ReadonlyMap<string, { value: unknown }> {
  const { nnx } = context.runtime;
  const found = new Map<string, { value: unknown }>();
  for (const [prefix, node] of Object.entries({ model, optimizer })) {
    for (const [path, variable] of nnx.toFlatState(nnx.state(node))) {
      if (!(variable instanceof nnx.RngState)) found.set([prefix, ...path].join('/'), variable);
    }
  }
  return found;
}

function variables(pair: Pair, training: Training): { readonly [name: string]: Tensor } {
  const { tf } = pair.context.runtime;
  const entries = [...places(pair, training)].map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(entries.filter((each): each is [string, Tensor] => each[1] instanceof tf.Tensor));
}

/** Writes the file's values into the new model and optimizer; what keeps one from its place, in words. */
function load(pair: Pair, training: Training, file: Uint8Array): string {
  const { tensors } = readSafetensors(file);
  const open = new Map(Object.entries(tensors));
  const missing: string[] = [];
  for (const [name, place] of places(pair, training)) {
    const saved = open.get(name);
    if (saved !== undefined) place.value = saved;
    else if (place.value instanceof pair.context.runtime.tf.Tensor) missing.push(`${name} is not in the checkpoint`);
    open.delete(name);
  }
  return [...missing, ...[...open.keys()].map((name) => `the new model has no ${name}`)].slice(0, 5).join('; ');
}
