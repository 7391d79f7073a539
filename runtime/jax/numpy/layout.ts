import * as tf from '@tensorflow/tfjs';
import type { Options } from '../../core/tree-typing.js';
import { type AxisOrAxes, axesOf, axisOf } from './axes.js';

/**
 * Elements moved by `shift`, those that leave come back; over the flattened tensor when `axis` is null (default). A
 * tensor of shifts (int32) may be known only at run time. Mirrors `jax.numpy.roll`.
 */
export function roll<T extends tf.Tensor>(
  x: T,
  shift: AxisOrAxes | tf.Tensor,
  options: Options<{ /** Default null. */ axis: AxisOrAxes | null }> = {},
): T {
  const { axis = null } = options;
  return tf.tidy(() => {
    if (axis === null) return tf.reshape(rollAxis(tf.reshape(x, [-1]), totalOf(shift), 0), x.shape) as T;
    const axes = ([axis].flat() as number[]).map((each) => axisOf('roll', each, x.rank));
    return axes.reduce<tf.Tensor>((rolled, each, i) => rollAxis(rolled, shiftAt(shift, i, axes.length), each), x) as T;
  });
}

function totalOf(shift: AxisOrAxes | tf.Tensor): number | tf.Tensor {
  if (shift instanceof tf.Tensor) return tf.sum(shift);
  return ([shift].flat() as number[]).reduce((total, each) => total + each, 0);
}

/** One shift for all axes, or one for each. */
function shiftAt(shift: AxisOrAxes | tf.Tensor, i: number, count: number): number | tf.Tensor {
  const given = shift instanceof tf.Tensor ? (shift.rank === 0 ? 1 : shift.shape[0]!) : [shift].flat().length;
  if (given !== 1 && given !== count) {
    throw new Error(
      `jax.numpy.roll: expected 1 or ${count} shifts for ${count} axes, got ${given}.\nPass one shift, or one for each axis.`,
    );
  }
  const at = given === 1 ? 0 : i;
  if (!(shift instanceof tf.Tensor)) return ([shift].flat() as number[])[at]!;
  return shift.rank === 0 ? shift : tf.reshape(tf.slice(shift, [at], [1]), []);
}

function rollAxis(x: tf.Tensor, shift: number | tf.Tensor, axis: number): tf.Tensor {
  const size = x.shape[axis]!;
  if (size === 0) return tf.clone(x);
  if (typeof shift === 'number') {
    const by = ((shift % size) + size) % size;
    if (by === 0) return tf.clone(x);
    const [before, after] = tf.split(x, [size - by, by], axis);
    return tf.concat([after!, before!], axis);
  }
  const n = tf.scalar(size, 'int32');
  const places = tf.mod(tf.sub(tf.range(0, size, 1, 'int32'), tf.cast(shift, 'int32')), n);
  return tf.gather(x, tf.cast(places, 'int32') as tf.Tensor1D, axis);
}

/** Order reversed along `axis` (all axes by default). Mirrors `jax.numpy.flip`. */
export function flip<T extends tf.Tensor>(
  x: T,
  options: Options<{ /** Default null. */ axis: AxisOrAxes | null }> = {},
): T {
  const axes = axesOf('flip', options.axis ?? null, x.rank);
  return axes.length === 0 ? tf.clone(x) : tf.reverse(x, axes);
}

/**
 * Each element `repeats` times, beside one another, along `axis` (null: the flattened tensor); a list has one number for
 * each element. Mirrors `jax.numpy.repeat`.
 */
export function repeat(
  x: tf.Tensor,
  repeats: number | readonly number[],
  options: Options<{ /** Default null. */ axis: number | null }> = {},
): tf.Tensor {
  const { axis: given = null } = options;
  return tf.tidy(() => {
    if (given === null) return repeat(tf.reshape(x, [-1]), repeats, { axis: 0 });
    const axis = axisOf('repeat', given, x.rank);
    const size = x.shape[axis]!;
    const counts = typeof repeats === 'number' ? Array.from({ length: size }, () => repeats) : repeats;
    if (counts.length !== size && counts.length !== 1) {
      throw new Error(
        `jax.numpy.repeat: expected ${size} repeats along axis ${axis}, got ${counts.length}.\n` +
          'Pass one number, or one for each element.',
      );
    }
    const places = Array.from({ length: size }, (_, i) =>
      Array.from({ length: counts[counts.length === 1 ? 0 : i]! }, () => i),
    ).flat();
    return tf.gather(x, tf.tensor1d(places, 'int32'), axis);
  });
}

/** Axes moved to other places, the rest in order. Mirrors `jax.numpy.moveaxis`. */
export function moveaxis(x: tf.Tensor, source: AxisOrAxes, destination: AxisOrAxes): tf.Tensor {
  const [from, to] = [axesOf('moveaxis', source, x.rank), axesOf('moveaxis', destination, x.rank)];
  if (from.length !== to.length) {
    throw new Error(
      `jax.numpy.moveaxis: expected as many destinations as sources, got ${from.length} and ${to.length}.\n` +
        'Name a new place for each axis.',
    );
  }
  const rest = [...x.shape.keys()].filter((axis) => !from.includes(axis));
  const order = [...x.shape.keys()].map((place) => {
    const moved = to.indexOf(place);
    return moved < 0 ? rest.shift()! : from[moved]!;
  });
  return tf.transpose(x, order);
}

/** Two axes exchanged. Mirrors `jax.numpy.swapaxes`. */
export function swapaxes(x: tf.Tensor, axis1: number, axis2: number): tf.Tensor {
  const [a, b] = [axisOf('swapaxes', axis1, x.rank), axisOf('swapaxes', axis2, x.rank)];
  return tf.transpose(
    x,
    [...x.shape.keys()].map((axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** Zero above diagonal `k` (default 0) of the last two axes. Mirrors `jax.numpy.tril`. */
export function tril<T extends tf.Tensor>(x: T, k = 0): T {
  return triangle('tril', x, (row, column) => column - row <= k);
}

/** Zero below diagonal `k` (default 0) of the last two axes. Mirrors `jax.numpy.triu`. */
export function triu<T extends tf.Tensor>(x: T, k = 0): T {
  return triangle('triu', x, (row, column) => column - row >= k);
}

function triangle<T extends tf.Tensor>(name: string, x: T, keeps: (row: number, column: number) => boolean): T {
  const [rows, columns] = x.shape.slice(-2);
  if (rows === undefined || columns === undefined) {
    throw new Error(
      `jax.numpy.${name}: expected at least two axes, got rank ${x.rank}.\nPass a matrix, or a stack of them.`,
    );
  }
  return tf.tidy(() => {
    const kept = Array.from({ length: rows * columns }, (_, i) => keeps(Math.floor(i / columns), i % columns));
    return tf.where(tf.tensor2d(kept, [rows, columns], 'bool'), x, tf.zerosLike(x)) as T;
  });
}
