import type * as tf from '@tensorflow/tfjs';
import { registerNode, treeMapUntil } from '../core/tree.js';
import type { Key } from '../core/tree-typing.js';
import type { Initializer } from '../random/initializers.js';

/** Marks "not mapped" in the axes of lifted transforms; `null` means the same. */
export const broadcast = null;
/** Key of `metadataParams`. */
export const PARTITION_NAME = 'partition_name';

/** Names of a tensor's axes, null for an axis without. */
export type AxisNames = readonly (string | null)[];
/** Pairs of a logical and a device axis. */
export type LogicalRules = readonly (readonly [logical: string, device: string | readonly string[] | null])[];
/** An initializer, with any arguments after the key. */
export type AnyInitializer = (key: Key, ...args: never[]) => unknown;

/** A value with axis names. */
export class Partitioned {
  constructor(
    readonly value: tf.Tensor,
    readonly names: readonly (string | null)[],
  ) {}

  unbox(): tf.Tensor {
    return this.value;
  }
}

registerNode(Partitioned, {
  flatten: ({ value, names }) => ({ keys: ['value'], children: [value], meta: names }),
  unflatten: (names, [value]) => new Partitioned(value as tf.Tensor, names as AxisNames),
  sameMeta: (a, b) => JSON.stringify(a) === JSON.stringify(b),
});

/** The tree with values in place of `Partitioned` boxes. Flax `meta.unbox`. */
export function unbox<T>(tree: T): T {
  const isBox = (value: unknown): boolean => value instanceof Partitioned;
  return treeMapUntil(isBox, (_path, leaf) => (leaf instanceof Partitioned ? leaf.unbox() : leaf), [tree]) as T;
}

/** `init`, with axis names that one device ignores. */
export function withPartitioning(init: Initializer, names: AxisNames): Initializer;
export function withPartitioning<F extends AnyInitializer>(init: F, names: AxisNames): F;
export function withPartitioning(init: AnyInitializer): AnyInitializer {
  return init;
}

/** As `withPartitioning`, with logical names. */
export const withLogicalPartitioning: typeof withPartitioning = withPartitioning;

/** Returns `x`. */
export function withLogicalConstraint<T>(x: T, _names: AxisNames | null): T {
  return x;
}
