import * as tf from '@tensorflow/tfjs';
import { type Call, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

/** The gradient of gather, and so of every embedding. Rows whose segment is out of range are dropped. */
export function segmentSum(call: Call<'x' | 'segmentIds', { readonly numSegments: number }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  const { x, segmentIds } = inputs;
  const inner = x.shape.slice(segmentIds.shape.length);
  const [rows, width] = [tf.util.sizeFromShape(segmentIds.shape), tf.util.sizeFromShape(inner)];
  const output = backend.makeOutput([attrs.numSegments, ...inner], x.dtype);
  if (x.dtype === 'float32') {
    const [from, to] = [addressOf(backend, x), addressOf(backend, output)];
    kernelsOf(backend).run.segmentSum(from, addressOf(backend, segmentIds), rows, width, to, attrs.numSegments);
    return output;
  }
  const sums = backend.typedArrayFromHeap(output).fill(0);
  const values = backend.typedArrayFromHeap(x);
  backend.typedArrayFromHeap(segmentIds).forEach((segment, row) => {
    if (segment < 0 || segment >= attrs.numSegments) return;
    for (let i = 0; i < width; i++) sums[segment * width + i]! += values[row * width + i]!;
  });
  return output;
}
