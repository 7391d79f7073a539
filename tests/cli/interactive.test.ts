import { describe, expect, test } from '@jest/globals';
import type { FileChange } from '../../src/ir/edit.js';
import type { UnitReport } from '../../src/ir/report.js';
import { chooseUnits } from '../../src/cli/interactive.js';
import { progressOn, timeLeft } from '../../src/cli/progress.js';
import { emptyManifest } from '../../src/manifest/manifest.js';
import type { RunOutcome } from '../../src/pipeline/options.js';
import { sideBySide } from '../../src/report/side-by-side.js';
import { finding, report, unit } from '../report/sample-report.js';

const ready = (id: string): UnitReport => ({ ...unit, id, classes: [id], status: 'unverified', findings: [] });
const left: UnitReport = {
  ...unit,
  id: 'c.ts#C',
  classes: ['c.ts#C'],
  status: 'left',
  findings: [{ ...finding, code: 'L2N320' }],
};
const change = (path: string, id: string): FileChange => ({ path, before: 'a\nold\n', after: 'a\nnew\n', units: [id] });
const outcome: RunOutcome = {
  report: { ...report, units: [ready('a.ts#A'), left, ready('b.ts#B')] },
  leafFirst: {},
  changes: [change('a.ts', 'a.ts#A'), change('b.ts', 'b.ts#B')],
  manifest: emptyManifest,
  written: false,
  run: '',
  notes: [],
};

async function talk(
  ...answers: (string | null)[]
): Promise<{ chosen: readonly string[]; asked: string[]; said: string }> {
  const asked: string[] = [];
  let said = '';
  const chosen = await chooseUnits(outcome, {
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers.shift() ?? null);
    },
    say: (text) => void (said += text),
  });
  return { chosen, asked, said };
}

describe('--interactive', () => {
  test('yes and no, by word or letter; what was left cannot be chosen', async () => {
    expect((await talk('y', 'next', 'no')).chosen).toEqual(['a.ts#A']);
    expect((await talk('no', 'yes', 'YES')).chosen).toEqual(['b.ts#B']);
    expect((await talk('yes', 'next', 'yes')).chosen).toEqual(['a.ts#A', 'b.ts#B']);
  });

  test('quit and the end of the input keep what was said before', async () => {
    expect((await talk('yes', 'quit')).chosen).toEqual(['a.ts#A']);
    expect((await talk('yes', null)).chosen).toEqual(['a.ts#A']);
  });

  test('diff shows the files of the unit and no others; other words are asked again', async () => {
    const { said, asked, chosen } = await talk('maybe', 'd', 'y', null);
    expect(said).toContain('Say one of the words');
    expect(said).toMatch(/^-old\n\+new$/m);
    expect(said).not.toContain('b/b.ts');
    expect(asked).toHaveLength(4);
    expect(chosen).toEqual(['a.ts#A']);
  });

  test('explain and hint speak of the findings', async () => {
    const { said } = await talk('no', 'explain', 'h', null);
    expect(said).toMatch(/L2N320 {2}[^]*why: [^]*fix: /);
    expect(said).toContain(`${finding.path}:${finding.line}  ${finding.fix}`);
  });
});

describe('two columns', () => {
  test('old beside new, lines that do not fit are cut, tabs are spaces', () => {
    const before = `one\n\ttwo\n${'x'.repeat(60)}\nfour\n`;
    const text = sideBySide(
      [{ path: 'a.ts', before, after: before.replace('two', '2').replace('four\n', 'four\nfive\n'), units: [] }],
      {
        columns: 43,
        color: false,
      },
    );
    expect(text).toBe(
      `a.ts
1                    │ 1
one                  │ one
  two                │   2
${'x'.repeat(19)}… │ ${'x'.repeat(19)}…
four                 │ four
                     │ five
`,
    );
  });
});

describe('progress', () => {
  test('time left follows what the steps took', () => {
    expect(timeLeft(10, 0, 5)).toBe('');
    expect(timeLeft(10, 2, 6)).toBe(', about 20 s left');
    expect(timeLeft(100, 1, 4)).toBe(', about 5 min left');
    expect(timeLeft(10, 5, 5)).toBe('');
  });

  test('a terminal shows a bar with time left on one line, elsewhere plain lines without', () => {
    const shown = (isTTY: boolean): string => {
      let text = '';
      let clock = 0;
      const stream = {
        isTTY,
        columns: 120,
        write: (part: string) => (text += part) !== '',
      } as unknown as NodeJS.WriteStream;
      const ci = process.env['CI'];
      delete process.env['CI'];
      const { onProgress, end } = progressOn(stream as never, {
        quiet: false,
        verbose: false,
        now: () => (clock += 5000),
      });
      for (const done of [0, 1, 2]) onProgress({ phase: 'verify', done, total: 4, text: `unit ${done}` });
      end();
      if (ci !== undefined) process.env['CI'] = ci;
      return text;
    };
    const [, , last = ''] = shown(true).split('\r').slice(1);
    expect(last.slice(last.indexOf('['))).toMatch(/\[##########-* *\] 2\/4 verifying unit 2, about \d+ s left/);
    expect(shown(false)).toBe('verifying unit 0\nverifying unit 1\nverifying unit 2\n');
  });
});
