import type * as tf from '@tensorflow/tfjs';
import { onCpu } from './cpu-bridge.js';
import { type Call, type WasmKernel, replaceKernel } from './memory.js';

// Many stock kernels take every tensor for one of float32, or of 4 bytes: they give wrong numbers for the others, and
// write past the end of a bool. What they cannot take runs on the cpu backend.

/** Wrong, or unlike cpu, for float32 as well: dilation loses negative numbers and mixes batches, division gives another dtype. */
const wrong = ['Dilation2D', 'Dilation2DBackpropFilter', 'Dilation2DBackpropInput', 'FloorDiv', 'TopK'];

const floatOnly = [
  ...['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Expm1', 'Log1p', 'Reciprocal', 'IsFinite', 'IsInf', 'IsNan'],
  ...[
    'RealDiv',
    'FloorDiv',
    'Mod',
    'Prelu',
    'ClipByValue',
    'StridedSlice',
    'ResizeNearestNeighbor',
    'MaxPool',
    'AvgPool',
  ],
];

const notBool = [
  ...[
    'Abs',
    'Ceil',
    'Cos',
    'Cosh',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'LeakyRelu',
    'Log',
    'Neg',
    'Relu',
    'Relu6',
    'Round',
    'Rsqrt',
  ],
  ...['Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Sqrt', 'Square', 'Step', 'Tan', 'Tanh'],
  ...['Atan2', 'Cumsum', 'Cumprod', 'Max', 'Min', 'Prod', 'Reverse', 'SquaredDifference'],
];

/** Puts the guards before the stock kernels. */
export function guardKernels(): void {
  wrong.forEach((name) => replaceKernel(name, () => onCpu(name)));
  floatOnly.forEach((name) => replaceKernel(name, (stock) => guarded(name, ['float32'], stock)));
  replaceKernel('Select', (stock) => guarded('Select', ['float32', 'int32'], stock, ['t', 'e']));
  notBool.forEach((name) => replaceKernel(name, (stock) => guarded(name, ['float32', 'int32'], stock)));
}

/** Only the inputs that are named count, by default all. */
function guarded(
  kernelName: string,
  allowed: readonly tf.DataType[],
  stock: WasmKernel,
  names?: readonly string[],
): WasmKernel {
  const bridge = onCpu(kernelName);
  return (call) => {
    const inputs = call.inputs as { readonly [name: string]: tf.TensorInfo | undefined };
    const fits = (names ?? Object.keys(inputs)).every((name) => {
      const input = inputs[name];
      return input == null || allowed.includes(input.dtype);
    });
    return fits ? stock(call) : bridge(call);
  };
}

/** To bool: whether a number is not 0. The stock kernel keeps the low byte of the whole part. */
export function cast(stock: WasmKernel): WasmKernel {
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<'x', { readonly dtype: tf.DataType }>;
    const { x } = inputs;
    if (attrs.dtype !== 'bool' || (x.dtype !== 'float32' && x.dtype !== 'int32')) return stock(call);
    const y = backend.makeOutput(x.shape, 'bool');
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(y)];
    for (let i = 0; i < from.length; i++) to[i] = from[i] !== 0 ? 1 : 0;
    return y;
  };
}

interface OneHot {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: tf.DataType;
}

/** Indices out of range give no one. The stock kernel ignores the dtype, and writes past the end for those. */
export function oneHot({ inputs: { indices }, attrs, backend }: Call<'indices', OneHot>): tf.TensorInfo {
  const { depth, onValue, offValue, dtype } = attrs;
  const y = backend.makeOutput([...indices.shape, depth], dtype ?? 'int32');
  const to = backend.typedArrayFromHeap(y).fill(offValue);
  backend.typedArrayFromHeap(indices).forEach((index, i) => {
    if (index >= 0 && index < depth) to[i * depth + index] = onValue;
  });
  return y;
}
