import type * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../core/einsum.js';
import { conv2d, conv2dInput, conv2dKernel, conv3d, conv3dInput, conv3dKernel } from './wasm/convolution.js';
import { depthwise, depthwiseInput, depthwiseKernel } from './wasm/depthwise.js';
import { matMul } from './wasm/matmul.js';
import { type WasmBackend, kernel, replaceKernel } from './wasm/memory.js';

/** The training pack: what the wasm backend of TensorFlow.js 4.22 lacks, has wrong or has slow. Idempotent. */
export function installWasmKernels(): void {
  if (installed) return;
  installed = true;
  replaceKernel('BatchMatMul', () => kernel(matMul));
  replaceKernel('Conv2D', () => kernel(conv2d));
  replaceKernel('Conv2DBackpropFilter', () => kernel(conv2dKernel));
  replaceKernel('Conv2DBackpropInput', () => kernel(conv2dInput));
  replaceKernel('Conv3D', () => kernel(conv3d));
  replaceKernel('Conv3DBackpropFilterV2', () => kernel(conv3dKernel));
  replaceKernel('Conv3DBackpropInputV2', () => kernel(conv3dInput));
  replaceKernel('DepthwiseConv2dNative', () => kernel(depthwise));
  replaceKernel('DepthwiseConv2dNativeBackpropFilter', () => kernel(depthwiseKernel));
  replaceKernel('DepthwiseConv2dNativeBackpropInput', () => kernel(depthwiseInput));
  replaceKernel('UnsortedSegmentSum', () => segmentSum);
  replaceKernel(
    'Einsum',
    () =>
      ({ inputs, attrs }) =>
        einsumOf((attrs as { equation: string }).equation, Object.values(inputs) as tf.Tensor[]),
  );
}

let installed = false;

interface SegmentSum {
  readonly inputs: { readonly x: tf.TensorInfo; readonly segmentIds: tf.TensorInfo };
  readonly attrs: { readonly numSegments: number };
  readonly backend: WasmBackend;
}

/** The gradient of gather, and so of every embedding. Rows whose segment is out of range are dropped. */
function segmentSum(call: object): tf.TensorInfo {
  const { inputs, attrs, backend } = call as SegmentSum;
  const { x, segmentIds } = inputs;
  const inner = x.shape.slice(segmentIds.shape.length);
  const width = inner.reduce((product, size) => product * size, 1);
  const output = backend.makeOutput([attrs.numSegments, ...inner], x.dtype);
  // Views are taken after the output is allocated: growing the heap detaches older ones.
  const sums = backend.typedArrayFromHeap(output).fill(0);
  const rows = backend.typedArrayFromHeap(x);
  backend.typedArrayFromHeap(segmentIds).forEach((segment, row) => {
    if (segment < 0 || segment >= attrs.numSegments) return;
    for (let i = 0; i < width; i++) sums[segment * width + i]! += rows[row * width + i]!;
  });
  return output;
}
