import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { baselineOf, compareWithBaseline, parseBaseline } from '../../src/check/baseline.js';
import type { Legacy } from '../../src/check/find-legacy.js';

const legacy = (path: string, rule: string, line = 1): Legacy => ({
  path,
  rule,
  line,
  column: 1,
  code: 'L2N101',
  message: 'L2N101: …',
});
const findings = fc.array(
  fc.record({ path: fc.constantFrom('a.ts', 'b.ts'), rule: fc.constantFrom('no-compact', 'no-init-apply') }),
);

describe('a baseline', () => {
  test('counts by file and rule, in one order', () => {
    const found = [legacy('b.ts', 'no-compact'), legacy('a.ts', 'no-init-apply'), legacy('b.ts', 'no-compact', 7)];
    expect(JSON.stringify(baselineOf(found))).toBe(JSON.stringify(baselineOf([...found].reverse())));
    expect(baselineOf(found).files).toEqual({ 'a.ts': { 'no-init-apply': 1 }, 'b.ts': { 'no-compact': 2 } });
  });

  test('allows what moved, not what was added', () => {
    const before = baselineOf([legacy('a.ts', 'no-compact', 3)]);
    expect(compareWithBaseline([legacy('a.ts', 'no-compact', 40)], before).added).toEqual([]);
    const added = [legacy('a.ts', 'no-compact', 3), legacy('a.ts', 'no-compact', 9)];
    expect(compareWithBaseline(added, before).added).toEqual(added);
    expect(compareWithBaseline([legacy('b.ts', 'no-compact')], before).added).toHaveLength(1);
  });

  test('only shrinks', () => {
    fc.assert(
      fc.property(findings, findings, (first, second) => {
        const before = baselineOf(first.map(({ path, rule }) => legacy(path, rule)));
        const now = second.map(({ path, rule }) => legacy(path, rule));
        const { shrunk, removed, added } = compareWithBaseline(now, before);
        const total = (files: typeof before.files): number =>
          Object.values(files)
            .flatMap((counts) => Object.values(counts))
            .reduce((sum, each) => sum + each, 0);
        expect(total(shrunk.files)).toBe(total(before.files) - removed);
        expect(compareWithBaseline(now, shrunk).added).toEqual(added);
        expect(compareWithBaseline(now, baselineOf(now)).added).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['{', 'expected JSON'],
    ['{"schemaVersion":2}', 'expected schemaVersion 1, got 2'],
    ['{"schemaVersion":1,"files":{"a.ts":{"no-compact":"many"}}}', 'expected counts by file and rule'],
    ['null', 'expected schemaVersion 1'],
  ])('in a damaged file is said to be so: %s', (text, problem) => {
    expect(parseBaseline(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
