import { afterEach, describe, expect, test } from '@jest/globals';
import { linenClass, type OnDisk, onDisk, useOf } from './on-disk.js';

let project: OnDisk;
afterEach(() => project.remove());

describe('--min-confidence', () => {
  const files = { 'src/model.ts': linenClass(), 'src/use.ts': useOf() };
  const states = async (options: Parameters<OnDisk['convert']>[0]) => {
    project = onDisk(files);
    const { report } = await project.convert(options);
    return report.units.map(({ status, findings }) => [status, findings.map(({ code }) => code)]);
  };

  test('sizes that only the text speaks for are left where proof is asked for, and only then', async () => {
    expect(await states({ minConfidence: 'proven' })).toEqual([['left', ['L2N496']]]);
    expect(project.read('src/use.ts')).toBe(useOf());
    project.remove();
    expect(await states({ minConfidence: 'static' })).toEqual([['unverified', []]]);
  });

  test('a run on shapes proves them', async () => {
    expect(await states({ minConfidence: 'proven', verify: 'auto', backends: ['cpu'] })).toEqual([['converted', []]]);
  }, 120_000);
});
