/** Leaves of a class as both sides name them, one leaf for each variable of NNX. */
import type { AxisOperation, Manifest } from '../ir/manifest.js';
import { hasTurn, nameAt, turnsOf } from '../ir/name-pattern.js';
import { expandManifest } from '../manifest/paths.js';

export type Style = 'linen' | 'nnx';

/** One side of a leaf: more than one name where the other side holds the values joined. */
export interface Leaf {
  readonly collection: string;
  /** In the order in which they are joined; one where nothing is. */
  readonly linen: readonly (readonly string[])[];
  readonly nnx: readonly string[];
  readonly axis: AxisOperation;
  readonly optional: boolean;
}

export function leavesOf(manifest: Manifest, root: string): readonly Leaf[] {
  return expandManifest(manifest, root).leaves.map(({ collection, linen, nnx, axis, optional }) => ({
    collection,
    linen: axis.op === 'concat' ? partNames(linen, axis.parts) : [linen],
    nnx,
    axis,
    optional,
  }));
}

/** The parts are named below the module that the first of them stands in. */
function partNames(first: readonly string[], parts: readonly string[]): readonly (readonly string[])[] {
  const above = first.slice(0, first.length - parts[0]!.split('/').length);
  return parts.map((part) => [...above, ...part.split('/')]);
}

/** The turns of all loops that make the names the template's; null where they are others. */
export function turnsIn(template: readonly string[], names: readonly string[]): readonly number[] | null {
  if (template.length !== names.length) return null;
  const turns: number[] = [];
  for (const [index, part] of template.entries()) {
    if (part === names[index]) continue;
    const found = hasTurn(part) ? turnsOf(part, names[index]!) : null;
    if (found === null) return null;
    turns.push(...found);
  }
  return turns;
}

export function namesAt(template: readonly string[], turns: readonly number[]): readonly string[] {
  const left = [...turns];
  return template.map((part) => (hasTurn(part) ? nameAt(part, left) : part));
}

/** One text for each leaf of a class, whatever else shares its name on one side. */
export function leafKey({ collection, linen, nnx }: Leaf): string {
  return `${collection}:${linen[0]!.join('/')}:${nnx.join('/')}`;
}
