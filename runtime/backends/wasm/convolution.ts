import * as tf from '@tensorflow/tfjs';
import { type Geometry, geometry2D, geometry3D } from './geometry.js';
import { type Call, type WasmBackend, addressOf } from './memory.js';
import { type Kernel, kernelsOf } from './module.js';

type Shape2D = [number, number, number, number];
type Shape3D = [number, number, number, number, number];

interface Window2D {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Window3D {
  readonly strides: [number, number, number] | number;
  readonly pad: 'same' | 'valid';
  readonly dilations?: [number, number, number] | number;
}

/** [batch, h, w, c] with kernel [fh, fw, c, o] → [batch, h', w', o]. */
export function conv2d({ inputs: { x, filter }, attrs, backend }: Call<'x' | 'filter', Window2D>): tf.TensorInfo {
  return forward(backend, [x, filter], geometry2D(info2D(x.shape, filter.shape, attrs)));
}

/** The cotangent of the kernel. */
export function conv2dKernel(call: Call<'x' | 'dy', Window2D & { readonly filterShape: Shape2D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  return toKernel(backend, [inputs.x, inputs.dy], geometry2D(info2D(inputs.x.shape, attrs.filterShape, attrs)));
}

/** The cotangent of the input; `conv2dTranspose` too. */
export function conv2dInput(call: Call<'dy' | 'filter', Window2D & { readonly inputShape: Shape2D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  return toInput(backend, [inputs.dy, inputs.filter], geometry2D(info2D(attrs.inputShape, inputs.filter.shape, attrs)));
}

/** [batch, d, h, w, c] with kernel [fd, fh, fw, c, o] → [batch, d', h', w', o]. */
export function conv3d({ inputs: { x, filter }, attrs, backend }: Call<'x' | 'filter', Window3D>): tf.TensorInfo {
  return forward(backend, [x, filter], geometry3D(info3D(x.shape, filter.shape, attrs)));
}

/** The cotangent of the kernel. */
export function conv3dKernel(call: Call<'x' | 'dy', Window3D & { readonly filterShape: Shape3D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  return toKernel(backend, [inputs.x, inputs.dy], geometry3D(info3D(inputs.x.shape, attrs.filterShape, attrs)));
}

/** The cotangent of the input. */
export function conv3dInput(call: Call<'dy' | 'filter', Window3D & { readonly inputShape: Shape3D }>): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  return toInput(backend, [inputs.dy, inputs.filter], geometry3D(info3D(attrs.inputShape, inputs.filter.shape, attrs)));
}

function info2D(input: number[], kernel: number[], attrs: Window2D): tf.backend_util.Conv2DInfo {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attrs;
  refuseChannelsFirst('Conv2D', dataFormat);
  const [x, filter] = [input as Shape2D, kernel as Shape2D];
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, false);
}

function info3D(input: number[], kernel: number[], attrs: Window3D): tf.backend_util.Conv3DInfo {
  const [x, filter] = [input as Shape3D, kernel as Shape3D];
  return tf.backend_util.computeConv3DInfo(x, filter, attrs.strides, attrs.dilations ?? 1, attrs.pad);
}

/** Throws for [batch, c, h, w]. */
export function refuseChannelsFirst(who: string, dataFormat: string): void {
  if (dataFormat === 'NHWC' || dataFormat === 'channelsLast') return;
  throw new Error(
    `${who}: expected channels last on the wasm backend, got dataFormat '${dataFormat}'.\n` +
      'Transpose the input to [batch, height, width, channels].',
  );
}

type Two = readonly [left: tf.TensorInfo, right: tf.TensorInfo];

function forward(backend: WasmBackend, [x, filter]: Two, geometry: Geometry): tf.TensorInfo {
  const y = backend.makeOutput(geometry.outShape, 'float32');
  const [from, weights, to] = [addressOf(backend, x), addressOf(backend, filter), addressOf(backend, y)];
  const { places, channels: c, outputs: o } = geometry;
  const kernel = kernelsOf(backend);
  if (geometry.pointwise) {
    kernel.run.gemm(from, c, 0, weights, o, 0, to, o, places, o, c, 0, kernel.gemmScratch);
  } else {
    const [g, rows] = prepared(kernel, geometry);
    kernel.run.convolve(g, from, weights, to, places, c, o, rows, kernel.gemmScratch);
  }
  return y;
}

function toKernel(backend: WasmBackend, [x, dy]: Two, geometry: Geometry): tf.TensorInfo {
  const gradient = backend.makeOutput(geometry.filterShape, 'float32');
  const [from, given, to] = [addressOf(backend, x), addressOf(backend, dy), addressOf(backend, gradient)];
  const { places, channels: c, outputs: o } = geometry;
  const kernel = kernelsOf(backend);
  if (geometry.pointwise) {
    kernel.run.gemm(from, c, 1, given, o, 0, to, o, c, o, places, 0, kernel.gemmScratch);
  } else {
    const [g, rows] = prepared(kernel, geometry);
    kernel.run.convolveKernel(g, from, given, to, places, c, o, rows, kernel.gemmScratch);
  }
  return gradient;
}

function toInput(backend: WasmBackend, [dy, filter]: Two, geometry: Geometry): tf.TensorInfo {
  const gradient = backend.makeOutput(geometry.inShape, 'float32');
  const [given, weights, to] = [addressOf(backend, dy), addressOf(backend, filter), addressOf(backend, gradient)];
  const { places, channels: c, outputs: o } = geometry;
  const kernel = kernelsOf(backend);
  if (geometry.pointwise) {
    kernel.run.gemm(given, o, 0, weights, o, 1, to, c, places, c, o, 0, kernel.gemmScratch);
  } else {
    kernel.clear(to, tf.util.sizeFromShape(geometry.inShape));
    const [g, rows] = prepared(kernel, geometry);
    kernel.run.convolveInput(g, given, weights, to, places, c, o, rows, kernel.gemmScratch);
  }
  return gradient;
}

const GEOMETRY_BYTES = 128;

/** Where the geometry is written, and where patches go. */
function prepared({ run, scratch, put }: Kernel, geometry: Geometry): [geometry: number, rows: number] {
  const depth = tf.util.sizeFromShape(geometry.filterShape.slice(0, -1));
  const address = scratch(GEOMETRY_BYTES + 4 * depth * run.patchRows(geometry.places, depth));
  put(address, geometry.numbers);
  return [address, address + GEOMETRY_BYTES];
}
