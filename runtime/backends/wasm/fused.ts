import * as tf from '@tensorflow/tfjs';
import { conv2d } from './convolution.js';
import { depthwise } from './depthwise.js';
import { matMul } from './matmul.js';
import { type Call, type WasmBackend, addressOf, runWasm } from './memory.js';
import { kernelsOf } from './module.js';

interface Fusion {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

type Optional = 'bias' | 'preluActivationWeights';

/** A product, then bias and activation. The stock kernel reads past the shapes of matrices of rank 2. */
export function fusedMatMul(
  call: Call<'a' | 'b' | Optional, Parameters<typeof matMul>[0]['attrs'] & Fusion>,
): tf.TensorInfo {
  return finished(matMul(call), call);
}

/** A convolution, then bias and activation. */
export function fusedConv2d(
  call: Call<'x' | 'filter' | Optional, Parameters<typeof conv2d>[0]['attrs'] & Fusion>,
): tf.TensorInfo {
  return finished(conv2d(call), call);
}

/** A depthwise convolution, then bias and activation. */
export function fusedDepthwise(
  call: Call<'x' | 'filter' | Optional, Parameters<typeof depthwise>[0]['attrs'] & Fusion>,
): tf.TensorInfo {
  return finished(depthwise(call), call);
}

interface Finish {
  readonly inputs: { readonly [name in Optional]?: tf.TensorInfo };
  readonly attrs: Fusion;
  readonly backend: WasmBackend;
}

/** Adds the bias in place; activations other than relu are kernels of their own. */
function finished(y: tf.TensorInfo, { inputs, attrs, backend }: Finish): tf.TensorInfo {
  const { bias } = inputs;
  const activation = attrs.activation ?? 'linear';
  const columns = y.shape.at(-1)!;
  const row = bias !== undefined && bias !== null && isRow(bias.shape, columns);
  const sum = bias === undefined || bias === null || row ? y : replaced(y, 'Add', { a: y, b: bias }, {}, backend);
  if (row || activation === 'relu') {
    const rows = tf.util.sizeFromShape(sum.shape.slice(0, -1));
    const [to, from] = [addressOf(backend, sum), row ? addressOf(backend, bias) : 0];
    kernelsOf(backend).run.addBias(to, rows, columns, from, activation === 'relu' ? 1 : 0);
  }
  return activated(sum, activation, { inputs, attrs, backend });
}

function isRow(shape: readonly number[], columns: number): boolean {
  return shape.at(-1) === columns && tf.util.sizeFromShape([...shape]) === columns;
}

function activated(x: tf.TensorInfo, activation: string, { inputs, attrs, backend }: Finish): tf.TensorInfo {
  switch (activation) {
    case 'linear':
    case 'relu':
      return x;
    case 'relu6':
      return replaced(x, 'Relu6', { x }, {}, backend);
    case 'elu':
      return replaced(x, 'Elu', { x }, {}, backend);
    case 'sigmoid':
      return replaced(x, 'Sigmoid', { x }, {}, backend);
    case 'leakyrelu':
      return replaced(x, 'LeakyRelu', { x }, { alpha: attrs.leakyreluAlpha ?? 0.2 }, backend);
    case 'prelu':
      return replaced(x, 'Prelu', { x, alpha: inputs.preluActivationWeights! }, {}, backend);
    default:
      throw new Error(
        `fused: expected relu, relu6, elu, sigmoid, leakyrelu or prelu, got activation '${activation}'.\n` +
          'Leave it out, and call the activation on the result.',
      );
  }
}

/** The result of a kernel on `x`, which is disposed. */
function replaced(
  x: tf.TensorInfo,
  kernelName: string,
  inputs: { readonly [name: string]: tf.TensorInfo },
  attrs: { readonly [name: string]: number },
  backend: WasmBackend,
): tf.TensorInfo {
  const y = runWasm(kernelName, { inputs, attrs, backend });
  backend.disposeData(x.dataId);
  return y;
}
