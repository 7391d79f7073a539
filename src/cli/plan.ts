/** `linen2nnx plan <paths…>`. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { planOf, planText } from '../report/plan.js';
import { summaryOf } from '../report/summary.js';
import { formatOf, reportIn, runConversion } from './convert.js';
import type { ConvertFlags } from './convert-flags.js';
import { hasColor } from './progress.js';

/** Says what would convert and what stands in the way; the exit code is that of a dry run. */
export async function plan(paths: readonly string[], flags: ConvertFlags): Promise<number> {
  const dry = { ...flags, dryRun: true, verify: 'off' } as const;
  const { outcome } = await runConversion(paths, dry);
  const planned = planOf(outcome.report, outcome.leafFirst);
  const text =
    formatOf(flags) === 'json'
      ? `${JSON.stringify({ schemaVersion: 1, units: planned, totals: outcome.report.totals }, null, 2)}\n`
      : formatOf(flags) === 'text'
        ? `${planText(planned)}${summaryOf(outcome.report.totals)}\n`
        : reportIn(outcome, dry, hasColor(process.stdout));
  if (flags.output === undefined) process.stdout.write(text);
  else writeFileSync(flags.output, text);
  if (flags.quiet !== true) for (const note of outcome.notes) process.stderr.write(`note: ${note}\n`);
  return outcome.report.exitCode;
}
