import * as tf from '@tensorflow/tfjs';
import { type Call, type WasmKernel, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

interface Attributes {
  readonly axis: number;
  readonly batchDims?: number;
}

/** Slices by their index. Numbers of 4 bytes; the others are left to the stock kernel, which is slow. */
export function gather(stock: WasmKernel): WasmKernel {
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<'x' | 'indices', Attributes>;
    const { x, indices } = inputs;
    if ((x.dtype !== 'float32' && x.dtype !== 'int32') || indices.dtype !== 'int32') return stock(call);
    const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
    const batchDims = attrs.batchDims ?? 0;
    const batches = tf.util.sizeFromShape(x.shape.slice(0, batchDims));
    const groups = tf.util.sizeFromShape(x.shape.slice(0, axis));
    const size = x.shape[axis]!;
    const picked = indices.shape.slice(batchDims);
    const count = tf.util.sizeFromShape(picked);
    const after = x.shape.slice(axis + 1);
    const y = backend.makeOutput([...x.shape.slice(0, axis), ...picked, ...after], x.dtype);
    const [from, chosen, to] = [addressOf(backend, x), addressOf(backend, indices), addressOf(backend, y)];
    const width = tf.util.sizeFromShape(after);
    const wrong = kernelsOf(backend).run.gather(from, chosen, to, batches, groups, size, count, width);
    if (wrong < 0) return y;
    const index = backend.typedArrayFromHeap(indices)[wrong]!;
    backend.disposeData(y.dataId);
    throw new Error(
      `gather: expected indices from 0 to ${size - 1}, got ${index} at place ${wrong}.\n` +
        `Axis ${axis} of [${x.shape.join(', ')}] has ${size} entries: clip the indices, or enlarge the table.`,
    );
  };
}
