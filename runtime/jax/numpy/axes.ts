/** One axis, or several. */
export type AxisOrAxes = number | readonly number[];

/** An axis from 0; throws for one that the tensor has not. */
export function axisOf(name: string, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new Error(
    `jax.numpy.${name}: expected an axis from ${-rank} to ${rank - 1}, got ${axis}.\nThe tensor has rank ${rank}.`,
  );
}

/** Distinct axes from 0; all of them for null. */
export function axesOf(name: string, axes: AxisOrAxes | null, rank: number): number[] {
  if (axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  const all = ([axes].flat() as number[]).map((axis) => axisOf(name, axis, rank));
  if (new Set(all).size === all.length) return all;
  throw new Error(`jax.numpy.${name}: expected distinct axes, got ${[axes].flat().join(', ')}.\nName each axis once.`);
}
