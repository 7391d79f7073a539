import * as tf from '@tensorflow/tfjs';
import type { WindowInfo } from './window.js';

/**
 * What the window sees at each place: `x` [n, batch, image…, channels] → [n, batch · places, taps · channels]. One
 * slice for each tap of the window, side by side.
 */
export function patches(x: tf.Tensor, window: Omit<WindowInfo, 'outShape'>): tf.Tensor {
  const [n, batch, ...rest] = x.shape;
  const channels = rest.at(-1)!;
  const flat = tf.reshape(x, [n! * batch!, ...rest]);
  const padded = padding(flat, window.padding);
  const taps = tapsOf(window.filter).map((tap) => seenBy(padded, tap, window));
  const places = window.out.reduce((product, size) => product * size, 1);
  const columns = taps.length === 1 ? taps[0]! : tf.concat(taps, -1);
  return tf.reshape(columns, [n!, batch! * places, taps.length * channels]);
}

function padding(x: tf.Tensor, amounts: WindowInfo['padding']): tf.Tensor {
  if (amounts.flat().every((amount) => amount === 0)) return x;
  return tf.pad(x, [[0, 0], ...amounts.map(([before, after]): [number, number] => [before, after]), [0, 0]]);
}

/** Every position in a filter, row by row. */
function tapsOf([size, ...rest]: readonly number[]): number[][] {
  if (size === undefined) return [[]];
  return Array.from({ length: size }, (_, i) => tapsOf(rest).map((tap) => [i, ...tap])).flat();
}

/** The elements under one tap, at all places: [batch, places…, channels]. */
function seenBy(
  x: tf.Tensor,
  tap: readonly number[],
  { strides, dilations, out }: Omit<WindowInfo, 'outShape'>,
): tf.Tensor {
  const [batch, ...rest] = x.shape;
  const channels = rest.at(-1)!;
  const begin = tap.map((position, axis) => position * dilations[axis]!);
  if (strides.every((stride) => stride === 1)) {
    return tf.slice(x, [0, ...begin, 0], [batch!, ...out, channels]);
  }
  const end = begin.map((from, axis) => from + (out[axis]! - 1) * strides[axis]! + 1);
  return tf.stridedSlice(x, [0, ...begin, 0], [batch!, ...end, channels], [1, ...strides, 1]);
}
