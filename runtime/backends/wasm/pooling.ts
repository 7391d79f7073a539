import * as tf from '@tensorflow/tfjs';
import { type Geometry, geometry2D, geometry3D } from './geometry.js';
import { type Call, type WasmBackend, type WasmKernel, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

interface Window {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const tasks = { largest: 0, average: 1, largestGradient: 2, averageGradient: 3 } as const;

/** Windows of [batch, h, w, c] or [batch, d, h, w, c]; places outside the input count for nothing. */
export function pool(task: 'largest' | 'average'): (stock: WasmKernel) => WasmKernel {
  return (stock) => (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<'x', Window>;
    const { x } = inputs;
    if (x.dtype !== 'float32') return stock(call);
    const geometry = geometryOf(x.shape, attrs);
    const y = backend.makeOutput(geometry.outShape, 'float32');
    run(backend, { task, geometry, x, y, dx: x });
    return y;
  };
}

/**
 * The cotangent of the input. A largest value's goes to the first place that has it: the stock kernel loses it where the
 * largest is negative. An average's is divided by the size of the whole window, as the other backends do; the gradient in `core` corrects for places outside.
 */
export function poolGradient(
  task: 'largestGradient' | 'averageGradient',
): (call: Call<'dy' | 'input', Window>) => tf.TensorInfo {
  return ({ inputs: { dy, input }, attrs, backend }) => {
    const geometry = geometryOf(input.shape, attrs);
    const dx = backend.makeOutput(input.shape, 'float32');
    kernelsOf(backend).clear(addressOf(backend, dx), tf.util.sizeFromShape(input.shape));
    run(backend, { task, geometry, x: input, y: dy, dx });
    return dx;
  };
}

function geometryOf(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Window): Geometry {
  if (shape.length === 4) {
    const [size, step] = [filterSize as [number, number], strides as [number, number]];
    return geometry2D(
      tf.backend_util.computePool2DInfo(shape as [number, number, number, number], size, step, 1, pad, dimRoundingMode),
    );
  }
  const [size, step] = [filterSize as [number, number, number], strides as [number, number, number]];
  const volume = shape as [number, number, number, number, number];
  return geometry3D(
    tf.backend_util.computePool3DInfo(volume, size, step, 1, pad as 'same' | 'valid' | number, dimRoundingMode),
  );
}

interface Operands {
  readonly task: keyof typeof tasks;
  readonly geometry: Geometry;
  readonly x: tf.TensorInfo;
  readonly y: tf.TensorInfo;
  readonly dx: tf.TensorInfo;
}

function run(backend: WasmBackend, { task, geometry, x, y, dx }: Operands): void {
  const { run, scratch, put } = kernelsOf(backend);
  const { channels, places } = geometry;
  const g = scratch(128 + 8 * channels);
  put(g, geometry.numbers);
  const [from, to, gradient] = [addressOf(backend, x), addressOf(backend, y), addressOf(backend, dx)];
  const best = g + 128;
  run.pool(tasks[task], g, from, to, gradient, places, channels, best, best + 4 * channels);
}
