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
import { stageNames, stagesNotBuilt } from './stages.js';

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
  const { stages, stopped } = await runJob(unitJob, limits, tell);
  const all = [...stages, ...missing(job, stages, stopped), ...notBuilt(job, options)];
  for (const each of all.slice(stages.length)) tell(each);
  const seconds = (performance.now() - started) / 1000;
  return { unit: unit.id, verdict: verdictOf(all, options), stages: all, seconds };
}

/** Stages that count: all that were asked for and that this version runs. Of the others only their reason is told. */
function verdictOf(stages: readonly StageReport[], options: VerifyOptions): VerificationReport['verdict'] {
  const failed = stages.some((each) => each.status === 'failed');
  if (failed) return 'mismatch';
  const counts = ({ stage }: StageReport): boolean =>
    options.stages.includes(stage) && stagesNotBuilt[stage] === undefined && stage !== 9;
  const needed = stages.filter(counts);
  const ran = needed.filter((each) => each.status !== 'skipped');
  if (ran.length === 0 || needed.some((each) => each.status === 'skipped' && each.code !== null)) return 'unverified';
  return ran.map((each) => each.verdict).reduce(weaker, 'identical');
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
      ...sampled.flatMap(({ name }) => ([0, 1, 2, 3, 4, 6, 7, 9] as const).map((stage) => [stage, name] as const)),
      ...job.programs.map(({ plan }) => [10, plan.name] as const),
    ];
    for (const [stage, subject] of wanted) {
      if (!isKnown(stage, subject, backend)) rest.push({ ...skipped(stage, { subject, backend }), ...stopped });
    }
  }
  if (known.length > 0 && rest.length === 0) rest.push({ ...skipped(0, known[0]!), ...stopped });
  return rest;
}

function notBuilt(job: Job, { stages }: VerifyOptions): readonly StageReport[] {
  const subject = job.classes[0]?.name ?? job.programs[0]?.plan.name ?? '';
  return ([5, 8, 11] as const)
    .filter((stage) => stages.includes(stage))
    .map((stage) => ({
      ...skipped(stage, { subject, backend: job.backends[0] ?? 'cpu' }),
      code: 'L2N530',
      reason: stagesNotBuilt[stage]!,
    }));
}

function skipped(
  stage: StageReport['stage'],
  { subject, backend }: Pick<StageReport, 'subject' | 'backend'>,
): StageReport {
  const none = { verdict: 'not-compared', worst: null, compared: 0, noise: null } as const;
  return { stage, name: stageNames[stage], subject, backend, status: 'skipped', reason: '', code: null, ...none };
}
