/** Stage 11: the new version on each further backend against the old one on the first. */
import { cpuToWasm } from '../profiles.js';
import type { BackendValues } from './backend-values.js';
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { replayOf } from './observe.js';
import { inputVariants, runLinen, runNnx } from './run.js';
import { gradientsOf } from './training-stages.js';
import { compareMaps, weakest } from './verdicts.js';

/** On the first backend there is nothing to hold against yet: its values are kept. */
export function compareBackends(pair: Pair): StageResult {
  const { first, subject } = pair.context;
  const name = `${subject} ${pair.job.cases.indexOf(pair.sample)}`;
  const now = valuesOf(pair);
  const before = first.get(name);
  if (before !== undefined) return weakest([compareKind(before, now, 'forward'), compareKind(before, now, 'gradient')]);
  first.set(name, now);
  return { verdict: 'identical', compared: 0 };
}

function valuesOf(pair: Pair): BackendValues {
  const making = inputVariants(pair)[0]!;
  const linen = new Map<string, unknown>();
  const nnx = new Map<string, unknown>();
  for (const training of [false, true]) {
    const old = runLinen(pair, { making, training });
    const fresh = runNnx(pair, pair.fresh(), { making, training, replay: replayOf(old.trace.draws) });
    const name = (path: string): string => `${training ? 'training' : 'evaluation'} ${path}`;
    for (const [path, value] of old.output) linen.set(name(path), value);
    for (const [path, value] of fresh.output) nnx.set(name(path), value);
  }
  return { forward: { linen, nnx }, gradient: gradientsOf(pair, making) };
}

/**
 * What the old version itself moves from one backend to the other is no fault of the conversion: it is told, and the new
 * version may move as far.
 */
function compareKind(before: BackendValues, now: BackendValues, kind: 'forward' | 'gradient'): StageResult {
  const gate = { tolerance: cpuToWasm[kind], code: 'L2N515' };
  const found = compareMaps(before[kind].linen, now[kind].nnx, gate);
  if (!found.code) return found;
  const own = compareMaps(before[kind].linen, now[kind].linen, gate);
  const moved = own.worst?.relative ?? null;
  if (!own.code || moved === null || (found.worst?.relative ?? Infinity) > moved) return found;
  const reason = `the old version differs as much between the backends: ${own.reason}`;
  return { ...found, verdict: 'close', code: null, reason };
}
