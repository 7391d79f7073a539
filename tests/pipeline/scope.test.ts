import { describe, expect, test } from '@jest/globals';
import type { ConversionUnit } from '../../src/ir/project.js';
import { unitsInScope } from '../../src/pipeline/scope.js';

function unit(name: string, ...paths: string[]): ConversionUnit {
  const id = `${paths[0]}#${name}`;
  return { id, classes: [id], constructs: [], calls: [], paths: [...paths].sort() };
}
const units = [
  unit('A', 'a.ts', 'train.ts'),
  unit('B', 'b.ts'),
  unit('C', 'c.ts', 'train.ts'),
  ...Array.from({ length: 30 }, (_, at) => unit(`M${at}`, `m${at}.ts`)),
];
const all = new Set(units.flatMap(({ paths }) => paths));
const names = (scope: readonly ConversionUnit[]) => scope.map(({ id }) => id.split('#')[1]);
const whole = { classes: [], shard: null };

describe('scope of a run', () => {
  test('units that touch its files, also from outside', () => {
    expect(names(unitsInScope(units, new Set(['train.ts']), whole))).toEqual(['A', 'C']);
    expect(unitsInScope(units, new Set(), whole)).toEqual([]);
  });

  test('classes by name or by path and name; an unknown one is a usage error that names the nearest', () => {
    expect(names(unitsInScope(units, all, { classes: ['C', 'b.ts#B'], shard: null }))).toEqual(['B', 'C']);
    expect(() => unitsInScope(units, all, { classes: ['M3l'], shard: null })).toThrow(
      /no Linen class M3l.*Did you mean M3/,
    );
    expect(() => unitsInScope(units, all, { classes: ['other.ts#B'], shard: null })).toThrow(/other\.ts#B/);
  });

  test('shards part the units: each in one, those that share a file together, the same when others are gone', () => {
    const shards = [1, 2, 3].map((index) => unitsInScope(units, all, { classes: [], shard: { index, count: 3 } }));
    expect(shards.flatMap(names).sort()).toEqual(names(units).sort());
    expect(Math.min(...shards.map((each) => each.length))).toBeGreaterThan(0);
    expect(shards.filter((each) => names(each).some((name) => name === 'A' || name === 'C'))).toHaveLength(1);
    const left = units.filter((each) => !shards[0]!.includes(each));
    expect(unitsInScope(left, all, { classes: [], shard: { index: 2, count: 3 } })).toEqual(shards[1]);
    expect(unitsInScope(left, all, { classes: [], shard: { index: 1, count: 3 } })).toEqual([]);
  });
});
