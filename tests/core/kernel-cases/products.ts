import { type KernelCase, of } from './case.js';
import { float } from './draws.js';

const plain = { transposeA: false, transposeB: false };
const image = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
const coarse = { ...image, strides: [2, 2], pad: 'valid' };
const dilated = { ...image, pad: 'valid', dilations: [2, 2] };
const volume = { strides: [1, 1, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] };

/** Products of matrices, and convolutions. */
export const products: readonly KernelCase[] = [
  of('BatchMatMul', { a: float(2, 3), b: float(3, 2) }, plain),
  of('BatchMatMul', { a: float(3, 2), b: float(2, 3) }, { transposeA: true, transposeB: true }),
  of('BatchMatMul', { a: float(3, 1), b: float(3, 2) }, { transposeA: true, transposeB: false }),
  of('BatchMatMul', { a: float(2, 2, 3), b: float(2, 3) }, { transposeA: false, transposeB: true }),
  of('BatchMatMul', { a: float(2, 3), b: float(2, 3, 2) }, plain),
  of('BatchMatMul', { a: float(2, 2, 2), b: float(2, 2, 2) }, plain),
  of('_FusedMatMul', { a: float(1, 2, 3), b: float(1, 3, 2), bias: float(2) }, { ...plain, activation: 'relu' }),
  of('_FusedMatMul', { a: float(1, 2, 3), b: float(1, 2, 3) }, { ...plain, transposeB: true, activation: 'elu' }),
  ...['ij,jk->ik', 'bij,bkj->bik', 'ij,ij->', 'i,j->ji'].map((equation) =>
    of(
      'Einsum',
      Object.fromEntries(
        equation
          .split('->')[0]!
          .split(',')
          .map((term, i) => [String(i), float(...[...term].map(() => 2))]),
      ),
      { equation },
      { list: true },
    ),
  ),
  of('Einsum', { a: float(2, 3) }, { equation: 'ij->j' }, { list: true }),
  of('Conv2D', { x: float(1, 3, 3, 2), filter: float(2, 2, 2, 2) }, image),
  of('Conv2D', { x: float(2, 5, 4, 1), filter: float(2, 2, 1, 2) }, coarse),
  of('Conv2D', { x: float(1, 4, 4, 1), filter: float(2, 2, 1, 2) }, dilated),
  of('Conv2D', { x: float(1, 3, 3, 2), filter: float(1, 1, 2, 3) }, image),
  of(
    'Conv2DBackpropInput',
    { dy: float(1, 3, 3, 2), filter: float(2, 2, 2, 2) },
    { ...image, inputShape: [1, 3, 3, 2] },
  ),
  of(
    'Conv2DBackpropInput',
    { dy: float(1, 2, 2, 2), filter: float(2, 2, 1, 2) },
    { ...coarse, inputShape: [1, 5, 4, 1] },
  ),
  of('Conv2DBackpropFilter', { x: float(1, 3, 3, 2), dy: float(1, 3, 3, 2) }, { ...image, filterShape: [2, 2, 2, 2] }),
  of('Conv2DBackpropFilter', { x: float(2, 5, 4, 1), dy: float(2, 2, 2, 2) }, { ...coarse, filterShape: [2, 2, 1, 2] }),
  of(
    'FusedConv2D',
    { x: float(1, 3, 3, 2), filter: float(2, 2, 2, 2), bias: float(2) },
    { ...image, activation: 'relu' },
  ),
  of('Conv3D', { x: float(1, 2, 3, 2, 1), filter: float(2, 2, 1, 1, 2) }, volume),
  of(
    'Conv3DBackpropInputV2',
    { dy: float(1, 2, 3, 2, 2), filter: float(2, 2, 1, 1, 2) },
    { ...volume, inputShape: [1, 2, 3, 2, 1] },
  ),
  of(
    'Conv3DBackpropFilterV2',
    { x: float(1, 2, 3, 2, 1), dy: float(1, 2, 3, 2, 2) },
    { ...volume, filterShape: [2, 2, 1, 1, 2] },
  ),
  of('DepthwiseConv2dNative', { x: float(1, 3, 3, 2), filter: float(2, 2, 2, 2) }, image),
  of('DepthwiseConv2dNative', { x: float(2, 4, 3, 2), filter: float(2, 2, 2, 1) }, coarse),
  of(
    'DepthwiseConv2dNativeBackpropInput',
    { dy: float(1, 3, 3, 4), filter: float(2, 2, 2, 2) },
    { ...image, inputShape: [1, 3, 3, 2] },
  ),
  of(
    'DepthwiseConv2dNativeBackpropFilter',
    { x: float(1, 3, 3, 2), dy: float(1, 3, 3, 4) },
    { ...image, filterShape: [2, 2, 2, 2] },
  ),
  of(
    'FusedDepthwiseConv2D',
    { x: float(1, 3, 3, 2), filter: float(2, 2, 2, 1), bias: float(2) },
    { ...image, activation: 'relu6' },
  ),
  of('Dilation2D', { x: float(1, 3, 3, 2), filter: float(2, 2, 2) }, image),
  of('Dilation2DBackpropInput', { x: float(1, 3, 3, 2), filter: float(2, 2, 2), dy: float(1, 3, 3, 2) }, image),
  of('Dilation2DBackpropFilter', { x: float(1, 3, 3, 2), filter: float(2, 2, 2), dy: float(1, 3, 3, 2) }, image),
];
