/** Stages 6 and 7: gradients of every parameter, and some optimizer steps with keys aligned. */
import { oneBackend } from '../profiles.js';
import type { TensorData } from '../tensor-data.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { gradientsByName, linenGradients, nnxGradients, parameters, splitParams } from './gradients.js';
import { linenVariables } from './pair.js';
import { byName, inputVariants } from './run.js';
import { compareOptimizers, optimizerState } from './optimizer-state.js';
import { gradientFloors } from './rounding.js';
import { nnxOptimizer, nnxStep, stepFloors, trajectoryOf } from './trajectory.js';
import { type Making, readTensor } from './values.js';
import { flattenVariables } from './variables.js';
import { compareAboveRounding, weakest } from './verdicts.js';

/** Stage 6. */
export function compareGradients(pair: Pair): StageResult {
  if (parameters(pair.linen.leaves).length === 0) return { verdict: 'identical', compared: 0 };
  const gate = { tolerance: oneBackend.gradient, code: 'L2N507' };
  const results = inputVariants(pair).map((making) => {
    const { linen, nnx } = gradientsOf(pair, making);
    return compareAboveRounding(linen, nnx, gate, () => gradientFloors(pair, making));
  });
  return weakest(results);
}

type Named = ReadonlyMap<string, TensorData>;

/** The loss and the gradient of each parameter, in both versions. */
export function gradientsOf(pair: Pair, making: Omit<Making, 'label'>): { readonly linen: Named; readonly nnx: Named } {
  const { context, linen } = pair;
  const old = linenGradients(pair, { making, ...splitParams(linenVariables(context, linen.leaves)) });
  const [loss, grads] = nnxGradients(pair, pair.fresh(), { making, draws: old.draws });
  const oldGrads = byName(flattenVariables(context.runtime, { params: old.grads }));
  return {
    linen: new Map([['loss', readTensor(old.loss)], ...oldGrads]),
    nnx: new Map([['loss', readTensor(loss)], ...gradientsByName(pair, grads)]),
  };
}

/** Stage 7: Adam above the gradients' rounding, the inputs and keys of each step new; loss, parameters, statistics and optimizer state. */
export function compareSteps(pair: Pair): StageResult {
  if (parameters(pair.linen.leaves).length === 0) return { verdict: 'identical', compared: 0 };
  const { steps, optimizer: oldOptimizer } = trajectoryOf(pair);
  const model = pair.fresh();
  const optimizer = nnxOptimizer(pair, model);
  const gate = { tolerance: oneBackend.gradient, code: 'L2N508' };
  const results = steps.map((step, at) =>
    compareAboveRounding(step.trained, nnxStep(pair, { model, optimizer }, { step, at }), gate, () =>
      stepFloors(pair, at),
    ),
  );
  return weakest([
    ...results,
    compareOptimizers(pair, oldOptimizer, optimizerState(pair, optimizer.optState, 'nnx'), gate.code),
  ]);
}
