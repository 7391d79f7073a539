import * as tf from '@tensorflow/tfjs';
import { refuseChannelsFirst } from './convolution.js';
import { type Geometry, geometry2D } from './geometry.js';
import { type Call, type WasmBackend, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

type Shape2D = [number, number, number, number];

interface Window {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** [batch, h, w, c] with kernel [fh, fw, c, times] → [batch, h', w', c · times]. */
export function depthwise({ inputs: { x, filter }, attrs, backend }: Call<'x' | 'filter', Window>): tf.TensorInfo {
  const geometry = geometryOf(x.shape, filter.shape, attrs);
  const y = backend.makeOutput(geometry.outShape, 'float32');
  run(backend, geometry, { task: 'forward', x, filter, y });
  return y;
}

/** The cotangent of the kernel. */
export function depthwiseKernel(call: Call<'x' | 'dy', Window & { readonly filterShape: Shape2D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  const filter = backend.makeOutput(attrs.filterShape, 'float32');
  const geometry = geometryOf(inputs.x.shape, attrs.filterShape, attrs);
  run(backend, geometry, { task: 'kernel', x: inputs.x, filter, y: inputs.dy });
  return filter;
}

/** The cotangent of the input. */
export function depthwiseInput(call: Call<'dy' | 'filter', Window & { readonly inputShape: Shape2D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  const x = backend.makeOutput(attrs.inputShape, 'float32');
  const geometry = geometryOf(attrs.inputShape, inputs.filter.shape, attrs);
  run(backend, geometry, { task: 'input', x, filter: inputs.filter, y: inputs.dy });
  return x;
}

function geometryOf(input: number[], kernel: number[], attrs: Window): Geometry {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attrs;
  refuseChannelsFirst('DepthwiseConv2dNative', dataFormat);
  const [x, filter] = [input as Shape2D, kernel as Shape2D];
  const info = tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, true);
  return { ...geometry2D(info), filterShape: kernel };
}

interface Operands {
  readonly task: 'forward' | 'kernel' | 'input';
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly y: tf.TensorInfo;
}

/** Adds to the operand that `task` names, so that one starts as zeros. */
function run(backend: WasmBackend, geometry: Geometry, { task, x, filter, y }: Operands): void {
  const { run, scratch, put, clear } = kernelsOf(backend);
  const results = { forward: y, kernel: filter, input: x };
  clear(addressOf(backend, results[task]), tf.util.sizeFromShape(results[task].shape));
  const g = scratch(128 + 4 * tf.util.sizeFromShape(filter.shape));
  put(g, geometry.numbers);
  const [, , channels, times] = filter.shape as Shape2D;
  const [from, weights, to] = [addressOf(backend, x), addressOf(backend, filter), addressOf(backend, y)];
  run.depthwise(
    ['forward', 'kernel', 'input'].indexOf(task),
    g,
    from,
    weights,
    to,
    x.shape[0]!,
    channels,
    times,
    g + 128,
  );
}
