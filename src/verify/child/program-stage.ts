/** Stage 10: a converted function is run in both versions, several calls in a row, under each setting of its callers. */
import { oneBackend } from '../profiles.js';
import type { ClassJob, ProgramJob, ProgramSetting } from '../job.js';
import type { ParamRole } from '../../ir/program.js';
import { type Context, reportRun, reportSkipped, reportThrown, type StageResult } from './context.js';
import { byName } from './run.js';
import { drawDifference, modeDifference, replayOf } from './observe.js';
import { readBack } from './pair.js';
import { callLinen, callNnx, makeSession } from './program-session.js';
import type { Called, Session } from './session.js';
import { readTree } from './values.js';
import { flattenVariables } from './variables.js';
import { compareMaps, failure, weakest } from './verdicts.js';

const calls = 3;

/** One report: the weakest of all settings. */
export async function runProgramStage(context: Context, job: ProgramJob, classes: readonly ClassJob[]): Promise<void> {
  const { tf } = context.runtime;
  if (job.unreachable !== null) return reportSkipped(context, 10, { code: 'L2N528', reason: job.unreachable });
  tf.engine().startScope('program');
  try {
    const results: StageResult[] = [];
    for (const [index, setting] of job.settings.entries()) {
      const run = `${context.backend}-${job.plan.name}-${index}`;
      results.push(...runCalls(await makeSession(context, { job, classes, setting, run })).map(under(setting)));
    }
    reportRun(context, 10, weakest(results));
  } catch (thrown) {
    reportThrown(context, 10, thrown);
  } finally {
    tf.engine().endScope();
    await new Promise(setImmediate);
  }
}

function under(setting: ProgramSetting): (result: StageResult) => StageResult {
  return (result) => (result.reason ? { ...result, reason: `called as in ${setting.from}: ${result.reason}` } : result);
}

function runCalls(session: Session): readonly StageResult[] {
  const results: StageResult[] = [];
  const growth: { linen: number; nnx: number }[] = [];
  for (let at = 0; at < calls; at++) {
    const linen = callLinen(session, at);
    const nnx = callNnx(session, at, replayOf(linen.trace.draws));
    growth.push({ linen: linen.growth, nnx: nnx.growth });
    results.push(compareCall(session, { at, linen, nnx }));
    if (results.at(-1)?.code) return results;
  }
  return [...results, leaks(growth.at(-1)!)];
}

interface Compared {
  readonly at: number;
  readonly linen: Called;
  readonly nnx: Called;
}

/** Modes and keys come first: they name the mistake, where values only show it. */
function compareCall(session: Session, { at, linen, nnx }: Compared): StageResult {
  const call = `call ${at + 1}`;
  const modes = modeDifference(linen.trace.modes, nnx.trace.modes);
  if (modes !== '') return failure('L2N513', `${call}: ${modes}`);
  const draws = drawDifference(linen.trace.draws, nnx.trace.draws);
  if (draws !== '') return failure('L2N512', `${call}: ${draws}`);
  return weakest([compareResults(session, { at, linen, nnx }), compareStates(session, call)]);
}

function compareResults({ context, job }: Session, { at, linen, nnx }: Compared): StageResult {
  const gate = { tolerance: oneBackend.gradient, code: 'L2N511' };
  const results = job.plan.results.parts.flatMap(({ linen: from, nnx: to, role }) => {
    if (from === null || !isValue(role)) return [];
    if (to === null) return [failure('L2N511', `call ${at + 1}: ${placeText(from)} is no longer returned`)];
    const [old, fresh] = [valueAt(linen.result, from), valueAt(nnx.result, to)].map((value) =>
      readTree(context.runtime, value),
    );
    const name = (each: string): string => each.replace(/^output/, `call ${at + 1}: ${placeText(from)}`);
    const renamed = (tree: Map<string, unknown>) => new Map([...tree].map(([path, value]) => [name(path), value]));
    return [compareMaps(renamed(old!), renamed(fresh!), gate)];
  });
  return results.length === 0 ? { verdict: 'identical', compared: 0 } : weakest(results);
}

function isValue({ role }: ParamRole): boolean {
  return role === 'value' || role === 'key';
}

/** All variables of each model, trained ones and statistics, whether the old program returned them or not. */
function compareStates({ context, models }: Session, call: string): StageResult {
  const results = [...models.values()].map(({ linen, classId, variables, nnx }) => {
    const old = byName(flattenVariables(context.runtime, variables));
    const fresh = byName(readBack(context, classId, linen.leaves, nnx));
    const named = (map: ReadonlyMap<string, unknown>) =>
      new Map([...map].map(([name, value]) => [`${call}: ${name}`, value]));
    return compareMaps(named(old), named(fresh), { tolerance: oneBackend.gradient, code: 'L2N511' });
  });
  return results.length === 0 ? { verdict: 'identical', compared: 0 } : weakest(results);
}

function leaks(growth: { readonly linen: number; readonly nnx: number }): StageResult {
  if (growth.nnx <= 0 || growth.linen > 0) return { verdict: 'identical', compared: 1 };
  return failure('L2N701', `${growth.nnx} tensors more after each call; the old version kept none`);
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((each, step) => (Object(each) as { [step: string]: unknown })[step], value);
}

function placeText(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'the result' : `result.${path.join('.')}`;
}
