import { stopGradient } from '../../../runtime/core/autodiff/stop-gradient.js';
import { type KernelCase, each, of } from './case.js';
import { aboveOne, complex, flag, float, int, positive, unit } from './draws.js';

const comparisons = 'Equal Greater GreaterEqual Less LessEqual NotEqual';

/** Kernels that go element by element. */
export const elementwise: readonly KernelCase[] = [
  ...each(
    'Abs Asinh Atan Ceil Cos Cosh Elu Erf Exp Expm1 Floor Identity Neg OnesLike Relu Relu6 Selu Sigmoid Sign Sin ' +
      'Sinh Softplus Square Tanh ZerosLike IsFinite IsInf IsNan',
    { x: float(2, 3) },
  ),
  ...each('Acos Asin Atanh Tan', { x: unit(2, 3) }),
  of('Round', { x: float(4) }),
  ...each('Acosh', { x: aboveOne(2, 3) }),
  ...each('Log Log1p Reciprocal Rsqrt Sqrt', { x: positive(2, 3) }),
  ...each('Abs Neg Sign Square', { x: int(-3, 4, 2, 3) }),
  of('StopGradient', { x: float(3) }, {}, { run: ({ x }) => stopGradient(x!), steps: ['x'] }),
  of('ClipByValue', { x: float(4) }, { clipValueMin: -1.1, clipValueMax: 0.6 }),
  of('LeakyRelu', { x: float(4) }, { alpha: 0.3 }),
  of('Step', { x: float(4) }, { alpha: 0.5 }),
  of('Cast', { x: float(4) }, { dtype: 'int32' }, { steps: ['x'] }),
  of('Cast', { x: float(4) }, { dtype: 'bool' }),
  of('Cast', { x: int(-3, 4, 4) }, { dtype: 'float32' }),
  of('LogicalNot', { x: flag(4) }),
  ...each('Add Atan2 Maximum Minimum Multiply RealDiv SquaredDifference Sub', { a: float(2, 3), b: float(2, 3) }),
  ...each('Add Maximum Multiply Sub', { a: float(2, 1, 3), b: float(4, 1) }),
  ...each('Add Minimum Multiply Sub', { a: int(0, 5, 3), b: int(0, 5, 2, 3) }),
  ...each('Mod FloorDiv', { a: float(2, 3), b: positive(3) }),
  of('Pow', { a: positive(2, 3), b: float(3) }),
  of('BitwiseAnd', { a: int(0, 16, 3), b: int(0, 16, 2, 3) }),
  ...each(comparisons, { a: float(2, 3), b: float(3) }),
  ...each(comparisons, { a: int(0, 3, 2, 3), b: int(0, 3, 1) }),
  ...each('LogicalAnd LogicalOr LogicalXor', { a: flag(2, 3), b: flag(3) }),
  of('Prelu', { x: float(2, 3), alpha: positive(3) }),
  of('Prelu', { x: float(2, 3), alpha: positive(2, 3) }),
  of('EluGrad', { dy: float(2, 3), y: float(2, 3) }),
  of('AddN', { a: float(3), b: float(3), c: float(3) }, {}, { list: true }),
  of('Select', { condition: flag(2, 3), t: float(2, 3), e: float(2, 3) }),
  of('Select', { condition: flag(), t: float(), e: float() }),
  of('Complex', { real: float(3), imag: float(3) }),
  ...each('Imag Real FFT IFFT', { input: complex(2, 4) }),
  of('ComplexAbs', { x: complex(4) }),
];
