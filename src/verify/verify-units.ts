/** Runs both versions of converted units and says how far they agree. */
import type { StageReport, VerificationReport } from '../ir/report.js';
import { weaker } from './compare.js';
import { runJob } from './child-process.js';
import type { Job } from './job.js';
import { jobOf } from './make-job.js';
import {
  defaultOptions,
  type VerifiedUnit,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyRequest,
} from './request.js';
import { classStages, stageNames } from './stages.js';

/**
 * One report for each unit, in order. Never throws for what user code does: whatever happens in the child process ends
 * as stages that were skipped, with a code and a reason.
 */
export async function verifyUnits(
  request: VerifyRequest,
  onProgress: (event: VerifyProgress) => void = () => undefined,
): Promise<VerificationReport[]> {
  const options = { ...defaultOptions, ...request.options };
  const reports: VerificationReport[] = [];
  for (const [index, unit] of request.units.entries()) {
    onProgress({ event: 'unit', unit: unit.id, index, total: request.units.length });
    const report = await verifyUnit(request, { unit, options }, onProgress);
    onProgress({ event: 'done', unit: unit.id, seconds: report.seconds });
    reports.push(report);
  }
  return reports;
}

async function verifyUnit(
  request: VerifyRequest,
  { unit, options }: { readonly unit: VerifiedUnit; readonly options: VerifyOptions },
  onProgress: (event: VerifyProgress) => void,
): Promise<VerificationReport> {
  const started = performance.now();
  const unitJob = jobOf(request, unit, options);
  const { job } = unitJob;
  const limits = { root: request.root, seconds: options.seconds, megabytes: options.megabytes };
  const tell = (stage: StageReport): void => onProgress({ event: 'stage', unit: unit.id, stage });
  const { stages, runs, stopped } = await runJob(unitJob, limits, tell);
  onProgress({ event: 'traced', unit: unit.id, runs });
  const all = [...stages, ...missing(job, stages, stopped)];
  for (const each of all.slice(stages.length)) tell(each);
  const seconds = (performance.now() - started) / 1000;
  return { unit: unit.id, verdict: verdictOf(all, options), stages: all, seconds };
}

/**
 * Stages that were asked for count; methods (9) where no sample fits are told and do not. Across backends (11) bits cannot
 * agree, so what passes there does not weaken the verdict.
 */
function verdictOf(stages: readonly StageReport[], options: VerifyOptions): VerificationReport['verdict'] {
  if (stages.some((each) => each.status === 'failed')) return 'mismatch';
  const needed = stages.filter(({ stage }) => options.stages.includes(stage) && stage !== 9);
  const ran = needed.filter((each) => each.status !== 'skipped');
  if (ran.length === 0 || needed.some((each) => each.status === 'skipped' && each.code !== null)) return 'unverified';
  return ran
    .filter(({ stage }) => stage !== 11)
    .map((each) => each.verdict)
    .reduce(weaker, 'identical');
}

/** What the child did not come to say. */
function missing(
  job: Job,
  known: readonly StageReport[],
  stopped: { readonly code: string; readonly reason: string } | null,
): readonly StageReport[] {
  if (stopped === null) return [];
  const rest: StageReport[] = [];
  const isKnown = (stage: number, subject: string, backend: string): boolean =>
    known.some((each) => each.stage === stage && each.subject === subject && each.backend === backend);
  for (const backend of job.backends) {
    const sampled = job.classes.filter(({ cases }) => cases.length > 0 || job.caseFiles.length > 0);
    const wanted = [
      ...sampled.flatMap(({ name }) => classStages.map((stage) => [stage, name] as const)),
      ...job.programs.map(({ plan }) => [10, plan.name] as const),
    ];
    for (const [stage, subject] of wanted) {
      if (!isKnown(stage, subject, backend)) rest.push({ ...skipped(stage, { subject, backend }), ...stopped });
    }
  }
  if (known.length > 0 && rest.length === 0) rest.push({ ...skipped(0, known[0]!), ...stopped });
  return rest;
}

function skipped(
  stage: StageReport['stage'],
  { subject, backend }: Pick<StageReport, 'subject' | 'backend'>,
): StageReport {
  const none = { verdict: 'not-compared', worst: null, compared: 0, noise: null } as const;
  return { stage, name: stageNames[stage], subject, backend, status: 'skipped', reason: '', code: null, ...none };
}
