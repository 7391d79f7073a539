/** Which class of the manifest a checkpoint is of, and on which side. */
import type { Checkpoint } from '../../runtime/checkpoint/stored-tensor.js';
import type { Manifest } from '../ir/manifest.js';
import { CheckpointError } from './problem.js';
import { type Leaf, leavesOf, type Style } from './templates.js';
import { type Located, locate } from './trees.js';

export interface Found extends Located {
  readonly class: string;
  /** The side that the names are of. */
  readonly style: Style;
  readonly leaves: readonly Leaf[];
  readonly parts: ReadonlyMap<string, readonly string[]>;
}

interface Asked {
  readonly manifest: Manifest;
  readonly class: string | null;
  readonly to: Style | null;
}

/** The class and side whose variables are the most of the checkpoint, nearest to its top. Throws where none fits, or two do alike. */
export function findClass(checkpoint: Checkpoint, asked: Asked): Found {
  const { parts } = partsOf([...checkpoint.tensors.keys()]);
  const classes = classesNamed(asked);
  const styles: readonly Style[] = asked.to === null ? ['linen', 'nnx'] : [asked.to === 'nnx' ? 'linen' : 'nnx'];
  const fitting = classes
    .flatMap((name) => {
      const leaves = leavesOf(asked.manifest, name);
      return styles.map((style): Found => ({ class: name, style, leaves, parts, ...locate(parts, { leaves, style }) }));
    })
    .filter(({ trees }) => trees.length > 0)
    .sort((a, b) => members(b) - members(a) || depth(a) - depth(b));
  const [best, next] = fitting;
  if (best === undefined) {
    throw new CheckpointError(
      `expected names of ${asked.class ?? 'a class of the manifest'}, got ${[...parts.keys()].slice(0, 3).join(', ') || 'no tensors'}.\n` +
        `The manifest has ${asked.manifest.classes.map((each) => each.class).join(', ') || 'no class'}.`,
    );
  }
  if (next !== undefined && members(next) === members(best) && depth(next) === depth(best)) {
    const flag = next.class === best.class ? '--to linen or --to nnx' : '--class';
    throw new CheckpointError(
      `expected names of one class and style, got names of ${best.class} (${best.style}) and of ${next.class} (${next.style}).\nSay which with ${flag}.`,
    );
  }
  return best;
}

/** Names as paths: joined by `/` where one of them has it, by `.` otherwise. */
export function partsOf(names: readonly string[]): {
  readonly separator: '/' | '.';
  readonly parts: ReadonlyMap<string, readonly string[]>;
} {
  const separator = names.some((name) => name.includes('/')) ? '/' : '.';
  return { separator, parts: new Map(names.map((name) => [name, name.split(separator)])) };
}

function classesNamed({ manifest, class: name }: Asked): readonly string[] {
  const all = manifest.classes.map((each) => each.class);
  if (name === null) return all;
  const named = all.filter((each) => each === name || each.endsWith(`#${name}`));
  if (named.length === 1) return named;
  throw new CheckpointError(
    named.length === 0
      ? `expected a class of the manifest, got ${name}.\nIt has ${all.join(', ') || 'none'}.`
      : `expected one class, got ${named.join(', ')}.\nName it with its path: ${named[0]!}.`,
  );
}

function members({ trees }: Found): number {
  return trees[0]!.members.length;
}

function depth({ trees }: Found): number {
  return trees[0]!.prefix.length;
}
