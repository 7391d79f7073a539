import { afterEach, expect, jest, test } from '@jest/globals';
import type { ConversionUnit } from '../../src/ir/project.js';
import type { OnDisk } from './on-disk.js';

const actual = await import('../../src/rewrite/unit.js');
jest.unstable_mockModule('../../src/rewrite/unit.js', () => ({
  ...actual,
  rewriteUnit: (context: Parameters<typeof actual.rewriteUnit>[0], unit: ConversionUnit) => {
    if (unit.id.endsWith('#Bad')) throw new Error('a fault of a rule');
    return actual.rewriteUnit(context, unit);
  },
}));
const { linenClass, onDisk, useOf } = await import('./on-disk.js');

let project: OnDisk;
afterEach(() => project.remove());

test('S11: a rule that throws leaves its unit, the others convert, the code is 5', async () => {
  const bad = { 'src/bad.ts': linenClass('Bad'), 'src/use-bad.ts': useOf('Bad', './bad.js') };
  project = onDisk({ ...bad, 'src/model.ts': linenClass(), 'src/use.ts': useOf() });
  const { report } = await project.convert();
  expect(report.units.map(({ id, status, findings }) => [id, status, findings[0]?.code])).toEqual([
    ['src/bad.ts#Bad', 'left', 'L2N494'],
    ['src/model.ts#Model', 'unverified', undefined],
  ]);
  expect(report.exitCode).toBe(5);
  for (const [path, text] of Object.entries(bad)) {
    expect(project.read(path).replace(/^\s*\/\/ @linen2nnx-todo .*\n/gm, '')).toBe(text);
  }
  expect(project.read('src/model.ts')).toContain('nnx.Linear');
});
