/** Where the two versions part: the first module, in the order of Linen's run, whose output moved. */
import type { Pair } from './class-pair.js';
import type { StageResult } from './context.js';
import { runLinen, runNnx, type RunOptions } from './run.js';
import { type CallSeen, replayOf } from './observe.js';
import { compareMaps } from './verdicts.js';

/** Runs both again with all outputs recorded, and adds the module's name to the reason. */
export function firstDivergence(pair: Pair, options: RunOptions, found: StageResult): { readonly reason: string } {
  const linen = runLinen(pair, { ...options, outputs: true });
  const nnx = runNnx(pair, pair.fresh(), { ...options, outputs: true, replay: replayOf(linen.trace.draws) });
  const place = firstMoved(linen.trace.calls, nnx.trace.calls);
  const reason = found.reason ?? '';
  return { reason: place === null ? reason : `${reason}; the first output that moved is that of ${place}` };
}

function firstMoved(linen: readonly CallSeen[], nnx: readonly CallSeen[]): string | null {
  const rest = [...nnx];
  for (const each of linen) {
    const at = rest.findIndex((other) => other.place === each.place && other.method === each.method);
    if (at < 0) continue;
    const [other] = rest.splice(at, 1);
    const { verdict } = compareMaps(each.output, other!.output, { tolerance: 0, code: '' });
    if (verdict !== 'identical') return each.place === '' ? 'the model itself' : `${each.place}.${each.method}`;
  }
  return null;
}
