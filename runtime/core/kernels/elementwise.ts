import * as tf from '@tensorflow/tfjs';
import { aligned, allMapped, asIs, broadcasting, mapped } from './batching.js';
import { broadcast as repeated } from './broadcasting.js';
import { type KernelRecord, type Rules, type Spec, first, kernels } from './record.js';
import { run } from './running.js';

/** Kernels that go element by element. */
export const elementwise: readonly KernelRecord[] = [
  ...unary({
    Abs: 'Math.abs(a)',
    Acos: 'Math.acos(a)',
    Acosh: 'Math.acosh(a)',
    Asin: 'Math.asin(a)',
    Asinh: 'Math.asinh(a)',
    Atan: 'Math.atan(a)',
    Atanh: 'Math.atanh(a)',
    Ceil: 'Math.ceil(a)',
    Cos: 'Math.cos(a)',
    Cosh: 'Math.cosh(a)',
    Elu: '(a >= 0 ? a : Math.exp(a) - 1)',
    Exp: 'Math.exp(a)',
    Expm1: 'Math.expm1(a)',
    Floor: 'Math.floor(a)',
    Log: 'Math.log(a)',
    Log1p: 'Math.log1p(a)',
    Neg: '-a',
    OnesLike: '1',
    Reciprocal: '1 / a',
    Relu: 'Math.max(0, a)',
    Relu6: 'Math.min(Math.max(0, a), 6)',
    Rsqrt: '1 / Math.sqrt(a)',
    Selu: `(a >= 0 ? ${tf.backend_util.SELU_SCALE} * a : ${tf.backend_util.SELU_SCALEALPHA} * (Math.exp(a) - 1))`,
    Sigmoid: '1 / (1 + Math.exp(-a))',
    Sign: '(a < 0 ? -1 : a > 0 ? 1 : 0)',
    Sin: 'Math.sin(a)',
    Sinh: 'Math.sinh(a)',
    Sqrt: 'Math.sqrt(a)',
    Square: 'a * a',
    Tan: 'Math.tan(a)',
    Tanh: 'Math.tanh(a)',
    ZerosLike: '0',
  }),
  ...kernels<'x'>('Erf Round Softplus', { shapes: first, batch: asIs }),
  ...kernels<'x'>('CheckpointName Identity StopGradient', {
    shapes: first,
    batch: asIs,
    alias: () => true,
    element: () => 'a',
  }),
  // Returns its input too, but keeps what comes before it from being merged with other computations.
  ...kernels<'x'>('OptimizationBarrier', { shapes: first, batch: asIs }),
  ...kernels<'x', tf.ClipByValueAttrs>('ClipByValue', {
    shapes: first,
    batch: asIs,
    element: ({ clipValueMin: low, clipValueMax: high }) => `(a > ${high} ? ${high} : a < ${low} ? ${low} : a)`,
  }),
  ...kernels<'x', tf.LeakyReluAttrs>('LeakyRelu', {
    shapes: first,
    batch: asIs,
    element: ({ alpha }) => `(a < 0 ? ${alpha} * a : a)`,
  }),
  ...kernels<'x', tf.StepAttrs>('Step', {
    shapes: first,
    batch: asIs,
    element: ({ alpha }) => `(a > 0 ? 1 : a !== a ? NaN : ${alpha})`,
  }),
  ...kernels<'x', tf.CastAttrs>('Cast', {
    shapes: ({ x }, { dtype }) => ({ shape: x.shape, dtype }),
    batch: asIs,
    alias: ({ x }, { dtype }) => x.dtype === dtype,
  }),
  ...flags({
    IsFinite: '+(a - a === 0)',
    IsInf: '+(Math.abs(a) === Infinity)',
    IsNan: '+(a !== a)',
    LogicalNot: '+!a',
  }),
  ...binary({ shapes: (inputs) => ({ shape: broadcast(inputs), dtype: first(inputs).dtype }) })({
    Add: 'a + b',
    Atan2: 'Math.atan2(a, b)',
    Maximum: 'Math.max(a, b)',
    Minimum: 'Math.min(a, b)',
    Mod: '(a < 0 === b < 0 ? a % b : (a % b + b) % b)',
    Multiply: 'a * b',
    Pow: 'Math.pow(a, b)',
    RealDiv: 'a / b',
    SquaredDifference: '(a - b) * (a - b)',
    Sub: 'a - b',
  }),
  ...binary({ shapes: (inputs) => ({ shape: broadcast(inputs), dtype: 'bool' }) })({
    Equal: '+(a === b)',
    Greater: '+(a > b)',
    GreaterEqual: '+(a >= b)',
    Less: '+(a < b)',
    LessEqual: '+(a <= b)',
    LogicalAnd: '(a && b ? 1 : 0)',
    LogicalOr: '(a || b ? 1 : 0)',
    LogicalXor: '+(!a !== !b)',
    NotEqual: '+(a !== b)',
  }),
  ...binary({ shapes: (inputs) => ({ shape: broadcast(inputs), dtype: 'int32' }) })({ FloorDiv: 'Math.floor(a / b)' }),
  ...kernels<'a' | 'b'>('BitwiseAnd', {
    shapes: (inputs) => ({ shape: broadcast(inputs), dtype: 'int32' }),
    batch: broadcasting,
  }),
  ...kernels<'x' | 'alpha'>('Prelu', {
    shapes: (inputs) => ({ shape: broadcast(inputs), dtype: 'float32' }),
    // Not every backend broadcasts `alpha`, other than one vector along the last axis.
    batch: ({ size, inputs: { x, alpha } }) =>
      run('Prelu', {
        x: mapped(x, size),
        alpha: alpha.mapped ? repeated(aligned(alpha, x.shape.length), [size, ...x.shape]) : alpha.tensor,
      }),
    element: () => '(a < 0 ? b * a : a)',
  }),
  ...kernels<'dy' | 'y'>('EluGrad', {
    shapes: first,
    batch: ({ size, inputs }) => run('EluGrad', allMapped(inputs, size)),
    element: () => '(b >= 0 ? a : a * (b + 1))',
  }),
  ...kernels<string>('AddN', {
    shapes: first,
    batch: ({ size, inputs }) => run('AddN', Object.values(allMapped(inputs, size))),
  }),
  ...kernels<'condition' | 't' | 'e'>('Select', {
    shapes: ({ t, e }) => ({ shape: t.shape, dtype: tf.upcastType(t.dtype, e.dtype) }),
    batch: ({ size, inputs }) => (isElementwise(inputs) ? run('Select', allMapped(inputs, size)) : null),
    element: () => '(a ? b : c)',
  }),
  ...kernels<'real' | 'imag'>('Complex', {
    shapes: ({ real }) => ({ shape: real.shape, dtype: 'complex64' }),
    batch: ({ size, inputs }) => run('Complex', allMapped(inputs, size)),
  }),
  ...kernels<string>('ComplexAbs Imag Real', {
    shapes: (inputs) => ({ shape: first(inputs).shape, dtype: 'float32' }),
    batch: asIs,
  }),
  ...kernels<'input'>('FFT IFFT', { shapes: first, batch: asIs }),
];

function unary(elements: Readonly<Record<string, string>>): KernelRecord[] {
  return Object.entries(elements).flatMap(([name, text]) =>
    kernels<string>(name, { shapes: first, batch: asIs, element: () => text }),
  );
}

function flags(elements: Readonly<Record<string, string>>): KernelRecord[] {
  const shapes = (inputs: Readonly<Record<string, Spec>>): Spec => ({ shape: first(inputs).shape, dtype: 'bool' });
  return Object.entries(elements).flatMap(([name, text]) =>
    kernels<string>(name, { shapes, batch: asIs, element: () => text }),
  );
}

function binary(
  rules: Pick<Rules<string, object, never>, 'shapes'>,
): (elements: Readonly<Record<string, string>>) => KernelRecord[] {
  return (elements) =>
    Object.entries(elements).flatMap(([name, text]) =>
      kernels<string>(name, { ...rules, batch: broadcasting, element: () => text }),
    );
}

function broadcast(inputs: Readonly<Record<string, Spec>>): number[] {
  const [a, b] = Object.values(inputs);
  return tf.backend_util.assertAndGetBroadcastShape(a!.shape, b!.shape);
}

/** The kernel can also choose whole rows by a vector of conditions; operations of TensorFlow.js never ask for that. */
function isElementwise(inputs: Readonly<Record<'condition' | 't' | 'e', Spec>>): boolean {
  return tf.util.arraysEqual(inputs.condition.shape, inputs.t.shape);
}
