import type * as tf from '@tensorflow/tfjs';

const tagged = new WeakMap<object, { readonly [name: string]: unknown }>();

/** The tensor; a variable made of it gets this metadata. */
export function tagMetadata(tensor: tf.Tensor, metadata: { readonly [name: string]: unknown }): tf.Tensor {
  tagged.set(tensor, { ...tagged.get(tensor), ...metadata });
  return tensor;
}

/** The metadata that the maker of a value gave to it. */
export function initialMetadata(value: unknown): { readonly [name: string]: unknown } | undefined {
  return typeof value === 'object' && value !== null ? tagged.get(value) : undefined;
}
