/** Stages 2, 3 and 4: outputs in both modes on several inputs, the keys drawn, and the variables afterwards. */
import { oneBackend } from '../profiles.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { firstDivergence } from './divergence.js';
import { drawDifference, replayOf } from './observe.js';
import { variablesOf } from './pair.js';
import { byName, inputVariants, runLinen, runNnx, type RunOptions } from './run.js';
import type { Making } from './values.js';
import { compareMaps, failure, weakest } from './verdicts.js';
import { weakness } from './weak-evidence.js';

/** Stages 2 and 3: outputs and key use on every input. What agrees and shows little says so. */
export function compareForward(pair: Pair, training: boolean): StageResult {
  const outputs: ReadonlyMap<string, unknown>[] = [];
  const results = inputVariants(pair).map((making) => compareOne(pair, { making, training }, outputs));
  const result = weakest(results);
  return result.code || result.reason ? result : { ...result, reason: weakness(outputs) };
}

function compareOne(pair: Pair, options: RunOptions, seen: ReadonlyMap<string, unknown>[]): StageResult {
  const linen = runLinen(pair, options);
  seen.push(linen.output);
  const again = runLinen(pair, options);
  const model = pair.fresh();
  const nnx = runNnx(pair, model, { ...options, replay: replayOf(linen.trace.draws) });
  const gate = { tolerance: oneBackend.forward, code: options.training ? 'L2N504' : 'L2N503' };
  const noise = compareMaps(linen.output, again.output, gate).worst?.relative ?? 0;
  const outputs = { ...compareMaps(linen.output, nnx.output, gate), noise };
  if (outputs.verdict !== 'identical') return { ...outputs, ...firstDivergence(pair, options, outputs) };
  const drawn = drawDifference(linen.trace.draws, nnx.trace.draws);
  return drawn === '' ? outputs : failure('L2N512', drawn);
}

/** Stage 4: every variable after a training call, parameters too; none may have been created. */
export function compareState(pair: Pair): StageResult {
  return weakest(inputVariants(pair).map((making) => compareStateOne(pair, making)));
}

function compareStateOne(pair: Pair, making: Omit<Making, 'label'>): StageResult {
  const model = pair.fresh();
  const before = variablesOf(pair.context, model).map((each) => each.name);
  const linen = runLinen(pair, { making, training: true });
  const nnx = runNnx(pair, model, { making, training: true, replay: replayOf(linen.trace.draws) });
  const created = variablesOf(pair.context, model).filter((each) => !before.includes(each.name));
  if (created.length > 0) return failure('L2N514', created.map((each) => each.name).join(', '));
  const state = compareMaps(byName(linen.leaves), byName(nnx.leaves), {
    tolerance: oneBackend.forward,
    code: 'L2N505',
  });
  return state.code ? state : weakest([state, evaluationState(pair, making)]);
}

/** In evaluation mode as well: statistics that move there are found only here. */
function evaluationState(pair: Pair, making: Omit<Making, 'label'>): StageResult {
  const linen = runLinen(pair, { making, training: false });
  const nnx = runNnx(pair, pair.fresh(), { making, training: false, replay: replayOf(linen.trace.draws) });
  return compareMaps(byName(linen.leaves), byName(nnx.leaves), { tolerance: oneBackend.forward, code: 'L2N505' });
}
