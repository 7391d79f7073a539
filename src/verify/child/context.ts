/** What every stage needs. */
import type { Stage, StageReport, TensorVerdict, WorstDifference } from '../../ir/report.js';
import type { Job } from '../job.js';
import type { VerifyBackend } from '../request.js';
import { stageCodes, stageNames } from '../stages.js';
import type { FirstBackend } from './backend-values.js';
import type { Runtime } from './runtime.js';
import { thrownCode, thrownText, Unverified } from './unverified.js';

export interface Context {
  readonly job: Job;
  readonly runtime: Runtime;
  readonly backend: VerifyBackend;
  /** What the first backend computed, for stage 11. */
  readonly first: FirstBackend;
  /** A class or a program. */
  readonly subject: string;
  readonly report: (report: StageReport) => void;
}

export interface StageResult {
  readonly verdict: TensorVerdict;
  readonly compared: number;
  readonly worst?: WorstDifference | null;
  /** Of the catalogue; null when it passed. */
  readonly code?: string | null;
  readonly reason?: string;
  readonly noise?: number | null;
}

/** Reports a stage that ran: passed unless it has a code. */
export function reportRun(context: Context, stage: Stage, result: StageResult): void {
  const { backend, subject } = context;
  const { code = null, worst = null, reason = '', noise = null, verdict, compared } = result;
  const status = code === null ? 'passed' : 'failed';
  const name = stageNames[stage];
  context.report({ stage, name, backend, subject, status, reason, code, verdict, worst, compared, noise });
}

/** Reports a stage that did not run, and why. */
export function reportSkipped(context: Context, stage: Stage, why: { code: string | null; reason: string }): void {
  const { backend, subject } = context;
  const none = { verdict: 'not-compared', worst: null, compared: 0, noise: null } as const;
  context.report({ stage, name: stageNames[stage], backend, subject, status: 'skipped', ...why, ...none });
}

/**
 * Reports a stage that something thrown ended. Where the new version threw and the old one had run, the two differ;
 * otherwise nothing could be compared.
 */
export function reportThrown(context: Context, stage: Stage, thrown: unknown): void {
  const code = thrown instanceof Unverified ? thrown.code : thrownCode(thrown, 'L2N524');
  const reason = thrownText(thrown);
  if (!(thrown instanceof Unverified) || !thrown.onlyNew) return reportSkipped(context, stage, { code, reason });
  reportRun(context, stage, { verdict: 'mismatch', compared: 0, code: stageCodes[stage] ?? code, reason });
}
