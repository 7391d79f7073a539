import type * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import type { Initializer } from '../random/initializers.js';
import { type Filter, toPredicate } from './filters.js';
import { variablesOf } from './graph.js';
import { tagMetadata } from './initial-metadata.js';
import { Variable, type VariableMetadata } from './variable.js';

/** Key of `transformMetadata`. */
export const PARTITION_NAME = 'partition_name';

/** An initializer with whatever arguments it takes. */
export type AnyInitializer = (...args: never[]) => tf.Tensor;
/** Names of axes, null for one without. */
export type AxisNames = readonly (string | readonly string[] | null)[];

/** `init`, whose variables get this metadata. Flax `nnx.with_metadata`. */
export function withMetadata(init: Initializer, metadata: VariableMetadata): Initializer;
export function withMetadata<F extends AnyInitializer>(init: F, metadata: VariableMetadata): F;
export function withMetadata(init: AnyInitializer, metadata: VariableMetadata): AnyInitializer {
  const draw = init as (...args: unknown[]) => tf.Tensor;
  return (...args: unknown[]) => tagMetadata(draw(...args), metadata);
}

/** `init`, with axis names that one device ignores: metadata `outSharding`. Flax `nnx.with_partitioning`. */
export function withPartitioning(init: Initializer, names: AxisNames): Initializer;
export function withPartitioning<F extends AnyInitializer>(init: F, names: AxisNames): F;
export function withPartitioning(init: AnyInitializer, names: AxisNames): AnyInitializer {
  return withMetadata(init, { outSharding: names });
}

/** Sets metadata of the matching variables, in place. Flax `nnx.set_metadata`. */
export function setMetadata(
  node: object,
  metadata: VariableMetadata,
  options: Options<{ /** Default Variable. */ only: Filter }> = {},
): void {
  const chosen = toPredicate(options.only ?? Variable);
  for (const [path, variable] of variablesOf(node)) {
    if (chosen(path, variable)) variable.setMetadata(metadata);
  }
}
