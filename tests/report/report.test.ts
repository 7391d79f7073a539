import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diffText } from '../../src/report/diff.js';
import { reportText } from '../../src/report/text.js';
import { finding, plain, report } from './sample-report.js';

describe('report', () => {
  test('a finding has the catalogue’s words and the place of its span', () => {
    expect(finding).toMatchObject({ line: 2, column: 2, endLine: 2, endColumn: 5, severity: 'error' });
    expect(finding.what).toContain('Dense');
    expect(`${finding.what}${finding.why}${finding.fix}`).not.toContain('{');
  });

  test('text shows the table, the source line underlined below its tab, the stage and the summary', () => {
    const lines = reportText(report, plain).split('\n');
    expect(lines[1]).toMatch(/^a\.ts#A +left +static +stage 2 failed \(cpu\) +4\.0e-1$/);
    const at = lines.findIndex((line) => line.startsWith('a.ts:2:2  L2N404'));
    expect(lines.slice(at + 1, at + 3)).toEqual(['    \tbad(x) {}', '    \t^^^']);
    expect(lines.join('\n')).toContain('worst at output[0, 3]: Linen 1.5, NNX 2.5');
    expect(lines.join('\n')).toContain('failed  b.ts: syntax error at 1:2');
    expect(lines.at(-2)).toBe('1 found, 0 converted, 1 left (L2N404 ×1)');
  });

  test('colours come only when asked for', () => {
    expect(reportText(report, plain)).not.toContain('\u001b[');
    expect(reportText(report, { ...plain, color: true })).toContain('\u001b[');
  });
});

describe('diff', () => {
  test.each([
    [
      'a changed and a new file',
      [
        { path: 'src/a b.ts', before: 'one\ntwo\nthree\n', after: 'one\n2\nthree\n' },
        { path: 'new.json', before: '', after: '{}\n' },
      ],
    ],
    ['no final newline', [{ path: 'x.ts', before: 'a\nb', after: 'a\nc' }]],
    ['windows line ends', [{ path: 'x.ts', before: 'a\r\nb\r\n', after: 'a\r\nc\r\n' }]],
  ])('is fit for git apply: %s', (_, changes) => {
    const folder = mkdtempSync(join(tmpdir(), 'diff-'));
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
    git('init', '-q');
    git('config', 'core.autocrlf', 'false');
    execFileSync('mkdir', ['-p', join(folder, 'src')]);
    for (const { path, before } of changes) if (before !== '') writeFileSync(join(folder, path), before);
    const patch = join(folder, 'p.diff');
    writeFileSync(
      patch,
      diffText(
        changes.map((change) => ({ ...change, units: [] })),
        { color: false },
      ),
    );
    git('apply', patch);
    for (const { path, after } of changes) expect(readFileSync(join(folder, path), 'utf8')).toBe(after);
    rmSync(folder, { recursive: true, force: true });
  });
});
