/** Convert or refuse, never wrong. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { UnitReport } from '../../src/ir/report.js';
import { convertFiles, textsOf } from '../fixtures/convert-files.js';
import { isLong } from '../long-run.js';
import { printProgram, usualNames } from './print.js';
import { type Program, programs } from './program.js';

const seed = Number(process.env['LINEN2NNX_SEED'] ?? 1);
const count = Number(process.env['LINEN2NNX_PROGRAMS'] ?? (isLong ? 400 : 30));
/** Programs of one run stand in one project: each is a unit of its own. */
const perProject = 10;

describe('generated programs', () => {
  const sample = fc.sample(programs(4), { seed, numRuns: count });
  const groups = Array.from({ length: Math.ceil(sample.length / perProject) }, (_, i) =>
    sample.slice(i * perProject, (i + 1) * perProject),
  );

  test.each(groups.map((group, i) => [i * perProject, group] as const))(
    'from number %i on: converted and the same to the bit, or left with a reason',
    async (from, group) => {
      const files = filesOf(group, from);
      const { outcome, files: after } = await convertFiles(files, { verify: 'auto', backends: ['cpu'] });
      expect(outcome.report.units.flatMap(faults)).toEqual([]);
      expect(outcome.report.units.length).toBe(group.length);
      const again = await convertFiles(after, { verify: 'off' });
      expect(again.outcome.changes.filter(({ path }) => path.endsWith('.ts'))).toEqual([]);
      converted += outcome.report.units.filter(({ status }) => status === 'converted').length;
    },
    600_000,
  );

  let converted = 0;
  test('most programs are converted', () => {
    expect(converted / sample.length).toBeGreaterThan(0.5);
  });
});

describe('names and files change nothing else', () => {
  const sample = fc.sample(programs(3), { seed: seed + 1, numRuns: isLong ? 100 : 4 });

  test('other names of classes and values', async () => {
    const other = { class: (index: number) => `Zweig${index}`, value: 'h' };
    for (const program of sample) {
      const usual = await textsAfter(program, usualNames);
      const renamed = await textsAfter(program, other);
      const back = Object.fromEntries(
        Object.entries(renamed).map(([path, text]) => [
          path,
          text
            .replace(/Zweig(\d)/g, 'Part$1')
            .replace(/zweig(\d)/g, 'part$1')
            .replace(/\bh\b/g, 'x'),
        ]),
      );
      expect(back).toEqual(mapTexts(usual));
    }
  }, 600_000);

  test('classes in one file or in one each', async () => {
    for (const program of sample) {
      const [one, each] = await Promise.all([
        textsAfter({ ...program, files: 'one' }, usualNames),
        textsAfter({ ...program, files: 'each' }, usualNames),
      ]);
      expect(declarations(each)).toEqual(declarations(one));
    }
  }, 600_000);
});

function filesOf(group: readonly Program[], from: number): { readonly [path: string]: string } {
  return Object.fromEntries(
    group.flatMap((program, i) =>
      Object.entries(printProgram(program)).map(([path, text]) => [`program${from + i}/${path}`, text] as const),
    ),
  );
}

async function textsAfter(program: Program, names: typeof usualNames): Promise<{ readonly [path: string]: string }> {
  return textsOf(await convertFiles(printProgram(program, names), { verify: 'off' }));
}

function mapTexts(texts: { readonly [path: string]: string }): { readonly [path: string]: string } {
  return Object.fromEntries(Object.entries(texts));
}

/** The classes' texts, wherever they stand. */
function declarations(texts: { readonly [path: string]: string }): readonly string[] {
  return Object.values(texts)
    .flatMap((text) => text.match(/^export class .*?^}/gms) ?? [])
    .sort();
}

/** A crash of the tool, a difference, and a stage that failed. */
function faults(unit: UnitReport): readonly string[] {
  const crashes = unit.findings
    .filter(({ code }) => /^L2N(49[1-9]|5)/.test(code))
    .map(({ code, what }) => `${unit.id} ${code}: ${what}`);
  const stages = (unit.verification?.stages ?? [])
    .filter(
      ({ status, verdict }) =>
        status === 'failed' || (status === 'passed' && !/^(identical|not-compared)$/.test(verdict)),
    )
    .map(({ stage, subject, reason, verdict }) => `${unit.id} stage ${stage} of ${subject}: ${verdict} ${reason}`);
  const silent =
    unit.status === 'left' && unit.findings.length === 0 && stages.length === 0
      ? [`${unit.id} is left without a reason`]
      : [];
  const unproved = unit.status === 'unverified' ? [`${unit.id} is unverified: ${reasons(unit)}`] : [];
  return [...crashes, ...stages, ...silent, ...unproved];
}

function reasons({ verification }: UnitReport): string {
  return (verification?.stages ?? []).map(({ stage, reason }) => `${stage} ${reason}`).join('; ');
}
