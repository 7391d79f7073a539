/** The whole job: each backend, each class, each program, in the order of the stages. */
import type { Stage, StageReport } from '../../ir/report.js';
import type { ClassJob, Job, ProgramJob } from '../job.js';
import { classStages } from '../stages.js';
import type { FirstBackend } from './backend-values.js';
import { casesFromFiles } from './case-files.js';
import { coverClass, verifyClass } from './class-stages.js';
import { type Context, reportSkipped } from './context.js';
import { runProgramStage } from './program-stage.js';
import { loadRuntime, type Runtime } from './runtime.js';
import { thrownText } from './unverified.js';

export interface Ran {
  /** With the cases of the user's own files. */
  readonly classes: readonly ClassJob[];
  readonly runtime: Runtime;
}

/** Runs everything and reports each stage as it is known. */
export async function runBattery(job: Job, report: (report: StageReport) => void): Promise<Ran> {
  const runtime = await loadRuntime();
  let sampled = job.classes;
  const first: FirstBackend = new Map();
  for (const backend of job.backends) {
    const contextOf = (subject: string): Context => ({ job, runtime, backend, first, subject, report });
    const absent = await whyAbsent(runtime, backend);
    if (absent !== null) {
      const code = { code: 'L2N529', reason: absent };
      for (const { name } of job.classes) skipAll(contextOf(name), classStages, code);
      for (const { plan } of job.programs) skipAll(contextOf(plan.name), [10], code);
      continue;
    }
    const classes = await casesFromFiles(contextOf('cases'), job.classes);
    sampled = classes;
    const ran = new Set<unknown>();
    const hasCases = ({ cases }: ClassJob): boolean => cases.length > 0;
    for (const each of classes.filter(hasCases)) await verifyClass(contextOf(each.name), each, ran);
    for (const each of classes.filter((job) => !hasCases(job))) await coverClass(contextOf(each.name), each, ran);
    for (const each of job.programs) await verifyProgram(contextOf(each.plan.name), each, classes);
  }
  return { classes: sampled, runtime };
}

async function verifyProgram(context: Context, program: ProgramJob, classes: readonly ClassJob[]): Promise<void> {
  if (!context.job.stages.includes(10)) skipAll(context, [10], { code: 'L2N530', reason: 'not asked for' });
  else await runProgramStage(context, program, classes);
}

function skipAll(context: Context, stages: readonly Stage[], why: { code: string; reason: string }): void {
  for (const stage of stages) reportSkipped(context, stage, why);
}

async function whyAbsent({ backends }: Runtime, backend: 'cpu' | 'wasm'): Promise<string | null> {
  try {
    await backends.useBackend(backend);
    return null;
  } catch (thrown) {
    return thrownText(thrown);
  }
}
