/** Stage 9: every public method besides the sampled one that takes the same arguments. */
import { oneBackend } from '../profiles.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { inputVariants, runLinen, runNnx } from './run.js';
import { replayOf } from './observe.js';
import { Unverified } from './unverified.js';
import { compareMaps, weakest } from './verdicts.js';

/** Methods that the sample's arguments do not fit are left out; when none fits, the stage says so. */
export function compareMethods(pair: Pair): StageResult {
  const names = Object.keys(pair.job.plan.methods).filter((name) => name !== pair.sample.method && name !== 'setup');
  if (names.length === 0) return { verdict: 'identical', compared: 0 };
  const results = names.flatMap((name) => compareMethod(pair, name) ?? []);
  if (results.length === 0) throw new Unverified('L2N520', `no sample fits ${names.join(', ')}`);
  return weakest(results);
}

function compareMethod(pair: Pair, method: string): StageResult | null {
  const options = { making: inputVariants(pair)[0]!, training: false, method };
  const linen = attempt(() => runLinen(pair, options));
  if (linen === null) return null;
  const nnx = runNnx(pair, pair.fresh(), { ...options, replay: replayOf(linen.trace.draws) });
  return compareMaps(prefixed(method, linen.output), prefixed(method, nnx.output), {
    tolerance: oneBackend.forward,
    code: 'L2N510',
  });
}

function attempt<T>(body: () => T): T | null {
  try {
    return body();
  } catch (thrown) {
    if (thrown instanceof Unverified) return null;
    throw thrown;
  }
}

function prefixed(method: string, output: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...output].map(([path, value]) => [`${method}: ${path}`, value]));
}
