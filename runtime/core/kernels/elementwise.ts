import * as tf from '@tensorflow/tfjs';
import { type KernelRecord, type Spec, first, kernels } from './record.js';

type Inputs = Readonly<Record<string, Spec>>;

/** Kernels that go element by element. */
export const elementwise: readonly KernelRecord[] = [
  ...kernels<Inputs>(
    `Abs Acos Acosh Asin Asinh Atan Atanh Ceil ClipByValue Cos Cosh Elu Erf Exp Expm1 Floor Identity LeakyRelu Log Log1p
     Neg OnesLike Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square Step StopGradient
     Tan Tanh ZerosLike`,
    first,
  ),
  ...kernels<{ x: Spec }, { dtype: tf.DataType }>('Cast', ({ x }, { dtype }) => ({ shape: x.shape, dtype })),
  ...kernels<Inputs>('IsFinite IsInf IsNan LogicalNot', (inputs) => ({ shape: first(inputs).shape, dtype: 'bool' })),
  ...kernels<Inputs>(
    'Add Atan2 EluGrad Maximum Minimum Mod Multiply Pow Prelu RealDiv SquaredDifference Sub',
    (inputs) => ({ shape: broadcast(inputs), dtype: first(inputs).dtype }),
  ),
  ...kernels<Inputs>('Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr NotEqual', (inputs) => ({
    shape: broadcast(inputs),
    dtype: 'bool',
  })),
  ...kernels<Inputs>('FloorDiv', (inputs) => ({ shape: broadcast(inputs), dtype: 'int32' })),
  ...kernels<Inputs>('AddN', first),
  ...kernels<{ t: Spec; e: Spec }>('Select', ({ t, e }) => ({
    shape: t.shape,
    dtype: tf.upcastType(t.dtype, e.dtype),
  })),
];

function broadcast(inputs: Inputs): number[] {
  const [a, b] = Object.values(inputs);
  return tf.backend_util.assertAndGetBroadcastShape(a!.shape, b!.shape);
}
