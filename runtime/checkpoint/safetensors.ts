import * as tf from '@tensorflow/tfjs';
import { decode, encode } from './dtypes.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors-file.js';

/** Tensors by name, and the file's own notes. */
export interface Safetensors {
  readonly tensors: { readonly [name: string]: tf.Tensor };
  readonly metadata: { readonly [name: string]: string };
}

/** A safetensors file of named tensors. float32, int32 and bool are written as F32, I32 and BOOL. */
export function writeSafetensors(
  tensors: { readonly [name: string]: tf.Tensor },
  metadata: { readonly [name: string]: string } = {},
): Uint8Array {
  const stored = Object.entries(tensors).map(([name, tensor]) => [name, encode(name, tensor)] as const);
  return encodeSafetensors({ tensors: new Map(stored), values: new Map(), metadata });
}

/**
 * Reads a safetensors file as TensorFlow.js holds it: half floats become float32, other integers int32 where they fit,
 * float64 float32 where nothing is lost. The file may come from anywhere: every length, shape and offset is checked
 * before a value is read.
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  const { tensors, metadata } = decodeSafetensors(file);
  const read = [...tensors].map(([name, { dtype, shape, bytes }]) => {
    const values = decode(name, dtype, bytes);
    return [name, tf.tensor(values.values, [...shape], values.dtype)] as const;
  });
  return { tensors: Object.fromEntries(read), metadata };
}
