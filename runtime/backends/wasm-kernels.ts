import type * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../core/einsum.js';
import { conv2d, conv2dInput, conv2dKernel, conv3d, conv3dInput, conv3dKernel } from './wasm/convolution.js';
import { depthwise, depthwiseInput, depthwiseKernel } from './wasm/depthwise.js';
import { matMul } from './wasm/matmul.js';
import { fromCpu, onCpu } from './wasm/cpu-bridge.js';
import { fusedConv2d, fusedDepthwise, fusedMatMul } from './wasm/fused.js';
import { gather } from './wasm/gather.js';
import { cast, guardKernels, oneHot } from './wasm/guards.js';
import { kernel, replaceKernel } from './wasm/memory.js';
import { pool, poolGradient } from './wasm/pooling.js';
import { type Reduction, reduction, softmax } from './wasm/reductions.js';
import { segmentSum } from './wasm/segments.js';
import { transpose } from './wasm/transpose.js';
import { unaries, unary } from './wasm/unary.js';

/** The training pack: what the wasm backend of TensorFlow.js 4.22 lacks, has wrong or has slow. Idempotent. */
export function installWasmKernels(): void {
  if (installed) return;
  installed = true;
  guardKernels();
  replaceKernel('Cast', cast);
  replaceKernel('OneHot', () => kernel(oneHot));
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
  replaceKernel('_FusedMatMul', () => kernel(fusedMatMul));
  replaceKernel('FusedConv2D', () => kernel(fusedConv2d));
  replaceKernel('FusedDepthwiseConv2D', () => kernel(fusedDepthwise));
  replaceKernel('MaxPool3D', pool('largest'));
  replaceKernel('AvgPool3D', pool('average'));
  replaceKernel('MaxPoolGrad', () => kernel(poolGradient('largestGradient')));
  replaceKernel('MaxPool3DGrad', () => kernel(poolGradient('largestGradient')));
  replaceKernel('AvgPoolGrad', () => kernel(poolGradient('averageGradient')));
  replaceKernel('AvgPool3DGrad', () => kernel(poolGradient('averageGradient')));
  reductions.forEach((name) => replaceKernel(name, reduction(name)));
  replaceKernel('Softmax', () => kernel(softmax));
  unaries.forEach((name) => replaceKernel(name, unary(name)));
  replaceKernel('Transpose', transpose);
  fromCpu.forEach((name) => replaceKernel(name, () => onCpu(name)));
  replaceKernel('GatherV2', gather);
  replaceKernel('UnsortedSegmentSum', () => kernel(segmentSum));
  replaceKernel(
    'Einsum',
    () =>
      ({ inputs, attrs }) =>
        einsumOf((attrs as { equation: string }).equation, Object.values(inputs) as tf.Tensor[]),
  );
}

let installed = false;

const reductions: readonly Reduction[] = ['Sum', 'Mean', 'Max', 'Min', 'Prod'];
