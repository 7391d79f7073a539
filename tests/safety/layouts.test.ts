import { chmodSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isLong } from '../long-run.js';
import { linenClass, type OnDisk, onDisk, useOf } from './on-disk.js';

let project: OnDisk;
afterEach(() => project.remove());

/** Lines that stand in both texts in the same order: the ones of the old text that are gone, and those that are new. */
function changedLines(before: string, after: string): { gone: string[]; made: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const [was, is] = [new Set(old), new Set(now)];
  return { gone: old.filter((line) => !is.has(line)), made: now.filter((line) => !was.has(line)) };
}

describe('files of every make are converted in their own manner (S4, S8)', () => {
  const filler = `export const odd  =  [ 1,2 ];   // not as prettier has it\n`;
  const made = linenClass() + filler;
  const layouts: readonly [
    string,
    { path?: string; text: string; settings?: object; user?: string },
    RegExp,
    RegExp | null,
  ][] = [
    ['CRLF', { text: made.replaceAll('\n', '\r\n') }, /this\.linear = new nnx\.Linear\([^\n]*\r\n/, /[^\r]\n/],
    ['a byte order mark', { text: `\ufeff${made}` }, /^\ufeffimport/, /.\ufeff/s],
    [
      'tabs',
      { text: made.replace(/^(?: {2})+/gm, (each) => '\t'.repeat(each.length / 2)), settings: { useTabs: true } },
      /^\t\tthis\.linear/m,
      /^ {2}/m,
    ],
    [
      'no semicolons',
      { text: made.replaceAll(';', ''), settings: { semi: false } },
      /this\.linear = new nnx\.Linear\(.*\)$/m,
      /;/,
    ],
    ['a shebang', { text: `#!/usr/bin/env node\n${made}` }, /^#!\/usr\/bin\/env node\nimport/, null],
    ['no final newline', { text: made.trimEnd() }, /[^\n]$/, null],
    ['single quotes against the settings', { text: made, settings: { singleQuote: false } }, /\[ 1,2 \]/, null],
    ['.mts', { path: 'src/model.mts', text: made, user: './model.mjs' }, /nnx\.Linear/, /nn\.compact/],
    ['.cts', { path: 'src/model.cts', text: made, user: './model.cjs' }, /nnx\.Linear/, /nn\.compact/],
    ['.tsx', { path: 'src/model.tsx', text: made }, /nnx\.Linear/, /nn\.compact/],
  ];
  test.each(layouts)('%s', async (_name, { path = 'src/model.ts', text, settings, user }, has, hasNot) => {
    project = onDisk({
      [path]: text,
      'src/use.ts': useOf('Model', user ?? './model.js'),
      '.prettierrc': JSON.stringify({ singleQuote: true, ...settings }),
    });
    const { report } = await project.convert();
    const after = project.read(path);
    expect(report.units.map(({ status, findings }) => [status, findings.map((each) => each.code)])).toEqual([
      ['unverified', expect.anything()],
    ]);
    expect(after).toMatch(has);
    expect(after).not.toMatch(/nn\.Dense/);
    if (hasNot !== null) expect(after).not.toMatch(hasNot);
    const { gone } = changedLines(text, after);
    expect(gone.filter((line) => /odd|First the layer|then this|A layer and/.test(line))).toEqual([]);
    expect((await project.convert()).changes).toEqual([]);
  });

  test('JavaScript: no types are written into it', async () => {
    const text = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  call = nn.compact(function (x) {
    return new nn.Dense(4).call(x);
  });
}
`;
    project = onDisk({ 'src/model.js': text });
    const { report } = await project.convert();
    expect(report.totals).toMatchObject({ found: 1, unverified: 1 });
    expect(project.read('src/model.js')).toBe(`import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Model extends nnx.Module {
  constructor(inFeatures, { rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, 4, { rngs });
  }

  call(x) {
    return this.linear.call(x);
  }
}
`);
  });

  test('mode bits, and a link inside the project whose target is written', async () => {
    project = onDisk({ 'src/use.ts': useOf(), 'lib/real.ts': linenClass() });
    chmodSync(join(project.root, 'lib/real.ts'), 0o755);
    symlinkSync('../lib/real.ts', join(project.root, 'src/model.ts'));
    await project.convert();
    expect(project.tree()['src/model.ts']).toBe('→ ../lib/real.ts');
    expect(project.read('lib/real.ts')).toContain('nnx.Linear');
    expect(statSync(join(project.root, 'lib/real.ts')).mode & 0o777).toBe(0o755);
  });

  const half = isLong ? 10_000 : 1_000;
  test(`a file of ${2 * half} lines: only the class is touched`, async () => {
    const lines = Array.from({ length: half }, (_, i) => `export const  value${i} = [${i},${i}];`).join('\n');
    const text = `${linenClass().split('\n').slice(0, 3).join('\n')}${lines}\n${linenClass().split('\n').slice(3).join('\n')}${lines.replaceAll('value', 'later')}\n`;
    expect(text.split('\n').length).toBeGreaterThan(2 * half);
    project = onDisk({ 'src/model.ts': text, 'src/use.ts': useOf() });
    const { report } = await project.convert();
    expect(report.totals.left).toBe(0);
    const after = project.read('src/model.ts');
    expect(after).toContain('nnx.Linear');
    expect(changedLines(text, after).gone.length).toBeLessThan(12);
    expect(after).toContain(lines);
  }, 300_000);
});
