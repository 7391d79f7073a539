/** Runs both versions of every converted unit and takes back those that differ (S3). */
import { readText } from '../analyze/read-source.js';
import type { ConvertedUnit, FileChange, UnitRewrite } from '../ir/edit.js';
import type { Manifest } from '../ir/manifest.js';
import type { VerificationReport } from '../ir/report.js';
import type { TraceRun } from '../ir/trace.js';
import type { VerifyOptions } from '../verify/request.js';
import { leaveUnit } from './left-units.js';
import type { SettleInput } from './settle.js';

export interface Proof {
  readonly rewrites: readonly UnitRewrite[];
  readonly verifications: ReadonlyMap<string, VerificationReport>;
  /** Runs of the old programs on shapes. */
  readonly runs: readonly TraceRun[];
}

/** The verifier is loaded only here, so that a run without verification never loads TensorFlow.js. */
export async function prove(
  input: SettleInput,
  settled: { readonly rewrites: readonly UnitRewrite[]; readonly changes: readonly FileChange[] },
  manifest: Manifest,
  asked: Partial<VerifyOptions> = {},
): Promise<Proof> {
  const { options, units } = input;
  const converted = settled.rewrites.filter((each): each is ConvertedUnit => each.status === 'converted');
  if (options.verify === 'off' || converted.length === 0)
    return { rewrites: settled.rewrites, verifications: new Map(), runs: [] };
  const { verifyUnits } = await import('../verify/verify-units.js');
  const runs: TraceRun[] = [];
  const reports = await verifyUnits(
    {
      root: input.root,
      before: textsOf(settled.changes, 'before'),
      after: textsOf(settled.changes, 'after'),
      linen: input.model,
      nnx: Object.fromEntries(settled.changes.map(({ path, after }) => [path, readText(path, after)])),
      manifest,
      units: converted.map(({ unit: id, manifest: entries, modules, programs }) => ({
        id,
        classes: units.find((each) => each.id === id)?.classes ?? [],
        manifest: entries,
        modules,
        programs,
      })),
      options: { backends: options.backends, seed: options.seed, ...asked },
    },
    (event) => {
      if (event.event === 'traced') runs.push(...event.runs);
      else if (event.event === 'unit') {
        input.onProgress({ phase: 'verify', done: event.index, total: event.total, text: event.unit });
      }
    },
  );
  const verifications = new Map(reports.map((report) => [report.unit, report]));
  return {
    rewrites: settled.rewrites.map((each) => judged(input, each, verifications.get(each.unit))),
    verifications,
    runs,
  };
}

function judged(input: SettleInput, rewrite: UnitRewrite, report: VerificationReport | undefined): UnitRewrite {
  const unit = input.units.find((each) => each.id === rewrite.unit);
  if (rewrite.status === 'left' || unit === undefined || report === undefined) return rewrite;
  const failed = report.stages.find((stage) => stage.status === 'failed');
  if (failed !== undefined) {
    const data = {
      stage: `${failed.stage} ${failed.name} on ${failed.backend}`,
      subject: failed.subject,
      reason: failed.reason,
    };
    return leaveUnit(input.model, unit, { code: 'L2N492', data });
  }
  if (report.verdict !== 'unverified' || input.options.verify !== 'strict') return rewrite;
  const skipped = report.stages.find((stage) => stage.status === 'skipped' && stage.code !== null);
  return leaveUnit(input.model, unit, { code: 'L2N493', data: { reason: skipped?.reason ?? 'no stage ran' } });
}

function textsOf(changes: readonly FileChange[], side: 'before' | 'after'): { [path: string]: string } {
  return Object.fromEntries(changes.map((change) => [change.path, change[side]]));
}
