/** Which units a run is about. The others are skipped: analysed with the rest, neither changed nor marked. */
import type { ClassId, ConversionUnit } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import { closest } from './closest.js';
import { RunError, type RunOptions } from './options.js';

/** Units that touch the run's files, hold one of its classes, and belong to its shard. Throws `RunError` for an unknown class. */
export function unitsInScope(
  units: readonly ConversionUnit[],
  selected: ReadonlySet<SourcePath>,
  { classes, shard }: Pick<RunOptions, 'classes' | 'shard'>,
): readonly ConversionUnit[] {
  const asked = classes.flatMap((each) => classesNamed(each, units));
  const ours = shard === null ? null : shardOf(units, shard);
  return units.filter(
    (unit) =>
      unit.paths.some((path) => selected.has(path)) &&
      (classes.length === 0 || unit.classes.some((each) => asked.includes(each))) &&
      (ours === null || ours.has(unit.id)),
  );
}

/** Classes called `Name` or `path#Name`. */
function classesNamed(asked: string, units: readonly ConversionUnit[]): readonly ClassId[] {
  const all = units.flatMap((unit) => unit.classes);
  const named = all.filter((id) => id === asked || nameOf(id) === asked);
  if (named.length > 0) return named;
  const near = closest(asked, all.map(nameOf));
  throw new RunError(
    `There is no Linen class ${asked}.${near === null ? '' : ` Did you mean ${near}?`}\n` +
      '`linen2nnx plan` lists the classes that are left; --class takes a name or path#Name.',
    2,
  );
}

function nameOf(id: ClassId): string {
  return id.slice(id.lastIndexOf('#') + 1);
}

/**
 * Units that share a file are of one shard, chosen by the first of their files: it stays the same while other shards
 * convert theirs, on one machine or on several.
 */
function shardOf(units: readonly ConversionUnit[], { index, count }: { index: number; count: number }): Set<string> {
  const first = new Map<SourcePath, SourcePath>();
  const rootOf = (path: SourcePath): SourcePath => {
    const next = first.get(path) ?? path;
    return next === path ? path : rootOf(next);
  };
  for (const { paths } of units) {
    const roots = paths.map(rootOf).sort();
    for (const each of roots) first.set(each, roots[0]!);
  }
  const isOurs = ({ id, paths }: ConversionUnit): boolean => hash(rootOf(paths[0] ?? id)) % count === index - 1;
  return new Set(units.filter(isOurs).map((unit) => unit.id));
}

/** FNV-1a of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
