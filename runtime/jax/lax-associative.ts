import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../core/lifetime.js';
import type { Options, Unranked, Value } from '../core/tree-typing.js';
import { treeFlatten } from '../core/tree.js';

/**
 * `f` on all elements at once, as a running combination along an axis: `f` is associative, and takes and gives trees whose
 * leaves have many elements along the axis. Order and rounding are those of `jax.lax.associative_scan`.
 */
export function associativeScan<T extends Value>(
  f: (a: Unranked<T>, b: Unranked<T>) => NoInfer<Unranked<T>>,
  elements: T,
  options: Options<{ /** Default false. */ reverse: boolean; /** Default 0. */ axis: number }> = {},
): Unranked<T> {
  const { reverse = false, axis = 0 } = options;
  return tidyTree(() => {
    const { leaves, treedef } = treeFlatten(elements);
    const tensors = leaves as tf.Tensor[];
    const places = tensors.map((x) => (axis < 0 ? axis + x.rank : axis));
    requireOneLength(tensors, places);
    const combine = (a: readonly tf.Tensor[], b: readonly tf.Tensor[]): tf.Tensor[] =>
      treeFlatten(f(treedef.unflatten(a) as Unranked<T>, treedef.unflatten(b) as Unranked<T>)).leaves as tf.Tensor[];
    const turned = (all: readonly tf.Tensor[]) => (reverse ? all.map((x, i) => tf.reverse(x, places[i])) : [...all]);
    return treedef.unflatten(turned(running(combine, turned(tensors), places))) as Unranked<T>;
  });
}

type Combine = (a: readonly tf.Tensor[], b: readonly tf.Tensor[]) => tf.Tensor[];

/** Pairs are combined, scanned, and what stands between them is filled in. */
function running(combine: Combine, elements: readonly tf.Tensor[], axes: readonly number[]): tf.Tensor[] {
  const length = elements[0]!.shape[axes[0]!]!;
  if (length < 2) return [...elements];
  const every = (from: number, to: number, step: number) =>
    elements.map((x, i) => strided(x, axes[i]!, [from, to, step]));
  const odd = running(combine, combine(every(0, length - 1, 2), every(1, length, 2)), axes);
  const first = elements.map((x, i) => strided(x, axes[i]!, [0, 1, 1]));
  if (length === 2) return first.map((x, i) => tf.concat([x, odd[i]!], axes[i]));
  const before = odd.map((x, i) => strided(x, axes[i]!, [0, Math.ceil(length / 2) - 1, 1]));
  const even = combine(before, every(2, length, 2));
  return first.map((x, i) => interleaved(tf.concat([x, even[i]!], axes[i]), odd[i]!, axes[i]!));
}

function strided(x: tf.Tensor, axis: number, [from, to, step]: readonly [number, number, number]): tf.Tensor {
  const on = (value: number, others: (size: number) => number) =>
    x.shape.map((size, i) => (i === axis ? value : others(size)));
  return tf.stridedSlice(
    x,
    on(from, () => 0),
    on(to, (size) => size),
    on(step, () => 1),
  );
}

/** even[0], odd[0], even[1], …; `even` may have one more. */
function interleaved(even: tf.Tensor, odd: tf.Tensor, axis: number): tf.Tensor {
  const count = odd.shape[axis]!;
  const pairs = tf.stack([strided(even, axis, [0, count, 1]), odd], axis + 1);
  const joined = tf.reshape(
    pairs,
    odd.shape.map((size, i) => (i === axis ? 2 * size : size)),
  );
  return even.shape[axis] === count ? joined : tf.concat([joined, strided(even, axis, [count, count + 1, 1])], axis);
}

function requireOneLength(tensors: readonly tf.Tensor[], axes: readonly number[]): void {
  const lengths = tensors.map((x, i) => x.shape[axes[i]!]);
  if (lengths.length > 0 && lengths.every((length) => length !== undefined && length === lengths[0])) return;
  throw new Error(
    `jax.lax.associativeScan: expected tensors of one length along the axis, got ${lengths.map(String).join(', ') || 'none'}.\n` +
      'All leaves are combined element by element along that axis.',
  );
}
