/** The stages of one class: for each case, both versions on the same inputs with the same weights. */
import type { Stage } from '../../ir/report.js';
import type { Case, ClassJob } from '../job.js';
import type { Recipe } from '../recipe.js';
import { type Context, reportRun, reportSkipped, reportThrown, type StageResult } from './context.js';
import { compareBackends } from './backend-stage.js';
import type { Pair } from './class-pair.js';
import { compareForward, compareState } from './forward-stages.js';
import { compareMethods } from './method-stage.js';
import {
  hasCache,
  type LinenInstance,
  type LinenModel,
  loadClass,
  makeLinen,
  makeNnx,
  type ModuleConstructor,
  type NnxModel,
  structureProblems,
  transplant,
} from './pair.js';
import { compareResume } from './resume-stage.js';
import { compareSown } from './sown-stage.js';
import { compareGradients, compareSteps } from './training-stages.js';
import { thrownCode, thrownText, Unverified } from './unverified.js';
import { weakest } from './verdicts.js';

const classStages: readonly [stage: Stage, run: (pair: Pair) => StageResult][] = [
  [1, compareStructure],
  [2, (pair) => compareForward(pair, false)],
  [3, (pair) => compareForward(pair, true)],
  [4, compareState],
  [5, compareSown],
  [6, compareGradients],
  [7, compareSteps],
  [8, compareResume],
  [9, compareMethods],
  [11, compareBackends],
];

/** Runs the class's stages on all its cases; one report a stage, of the weakest case. Adds the classes that ran. */
export async function verifyClass(context: Context, job: ClassJob, ran: Set<unknown>): Promise<void> {
  try {
    const types = await loadTypes(context, job);
    reportRun(context, 0, provenance(context, job, types));
    const pairs = job.cases.map((sample) => makePair(context, { job, sample, types, ran }));
    for (const [stage, run] of classStages) await runStage(context, stage, () => weakest(pairs.map(run)));
  } catch (thrown) {
    skipRest(context, 0, { code: thrownCode(thrown, 'L2N524'), reason: thrownText(thrown) }, thrown);
  }
}

/** A class without a sample of its own: it is covered where an instance ran inside a class that has one. */
export async function coverClass(context: Context, job: ClassJob, ran: ReadonlySet<unknown>): Promise<void> {
  try {
    const { linen } = await loadTypes(context, job);
    if (ran.has(linen))
      return reportSkipped(context, 0, { code: null, reason: 'it runs inside a class that was checked' });
    reportSkipped(context, 0, {
      code: 'L2N520',
      reason: 'it has no init site and no case, and no checked class runs it',
    });
  } catch (thrown) {
    reportThrown(context, 0, thrown);
  }
}

/** One stage, cleaned up after; then a pause in which promises that user code left behind may speak up. */
async function runStage(context: Context, stage: Stage, run: () => StageResult): Promise<void> {
  const { tf } = context.runtime;
  if (!context.job.stages.includes(stage))
    return reportSkipped(context, stage, { code: 'L2N530', reason: 'not asked for' });
  tf.engine().startScope(`stage ${stage}`);
  try {
    const result = run();
    if (result.compared > 0 || result.code) reportRun(context, stage, result);
    else reportSkipped(context, stage, { code: null, reason: nothingCompared(context, stage) });
  } catch (thrown) {
    reportThrown(context, stage, thrown);
  } finally {
    for (const model of madeModels.splice(0)) tf.dispose(model as never);
    tf.engine().endScope();
    await new Promise(setImmediate);
  }
}

function nothingCompared({ job, backend }: Context, stage: Stage): string {
  if (stage !== 11 || backend !== job.backends[0]) return 'the class has nothing that this stage compares';
  return job.backends.length > 1 ? 'the other backends are held against this one' : 'only one backend was asked for';
}

/** NNX models of the running stage: they keep their variables until they are disposed. */
const madeModels: NnxModel[] = [];

function whyStopped(thrown: unknown): { code: string; reason: string } {
  const code = thrown instanceof Unverified ? thrown.code : thrownCode(thrown, 'L2N524');
  return { code, reason: thrownText(thrown) };
}

function skipRest(context: Context, from: Stage, why: { code: string; reason: string }, thrown?: unknown): void {
  const reason = thrown === undefined ? why : whyStopped(thrown);
  for (const stage of [0, ...classStages.map(([each]) => each)] as const) {
    if (stage >= from) reportSkipped(context, stage, reason);
  }
}

interface Types {
  readonly linen: ModuleConstructor<LinenModel>;
  readonly nnx: ModuleConstructor<NnxModel>;
}

async function loadTypes({ backend }: Context, job: ClassJob): Promise<Types> {
  const linen = await loadClass<LinenModel>(job, 'linen', backend);
  return { linen, nnx: await loadClass<NnxModel>(job, 'nnx', backend) };
}

/** Which class, of which style, really runs. */
function provenance({ runtime }: Context, job: ClassJob, types: Types): StageResult {
  const { linen, nnx } = runtime;
  const isLinen = types.linen.prototype instanceof linen.Module;
  const isNnx = types.nnx.prototype instanceof nnx.Module;
  const problems = [
    isLinen ? '' : `the old version of ${job.name} is no Linen module`,
    isNnx ? '' : `the new version of ${job.name} is no NNX module`,
  ].filter((each) => each !== '');
  const passed = problems.length === 0;
  return {
    verdict: passed ? 'identical' : 'mismatch',
    compared: 2,
    code: passed ? null : 'L2N501',
    reason: problems.join('; '),
  };
}

function makePair(
  context: Context,
  { job, sample, types, ran }: { job: ClassJob; sample: Case; types: Types; ran: Set<unknown> },
): Pair {
  const linen = makeLinen(context, types.linen, { sample, plan: job.plan });
  const bare = (): NnxModel => {
    const model = makeNnx(context, types.nnx, { job, sample, linen });
    madeModels.push(model);
    return model;
  };
  const fresh = (): NnxModel => {
    const model = bare();
    transplant(context, job.class, linen.leaves, model);
    return model;
  };
  return { context, job, sample: stepSample(job, sample, linen), linen, ran, bare, fresh };
}

/** A model with a cache takes one position at a time, of the batch that the cache was made for. */
function stepSample({ plan }: ClassJob, sample: Case, linen: LinenInstance): Case {
  if (!hasCache(plan, linen.leaves)) return sample;
  const first = sample.args.find((each) => each.make === 'tensor');
  const length = first?.make === 'tensor' ? first.shape[1] : undefined;
  const step = (each: Recipe): Recipe =>
    each.make === 'tensor' && each.shape[1] === length && each.shape.length > 1
      ? { ...each, shape: each.shape.map((size, axis) => (axis === 1 ? 1 : size)) }
      : each;
  return { ...sample, args: sample.args.map(step) };
}

/** Before any weights are written: shapes and types are those that the constructor made. */
function compareStructure({ context, job, linen, bare }: Pair): StageResult {
  const problems = structureProblems(context, job.class, linen.leaves, bare());
  const compared = linen.leaves.length;
  if (problems.length === 0) return { verdict: 'identical', compared };
  return { verdict: 'mismatch', compared, code: 'L2N502', reason: problems.slice(0, 5).join('; ') };
}
