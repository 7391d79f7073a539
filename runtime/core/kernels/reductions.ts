import * as tf from '@tensorflow/tfjs';
import { type KernelRecord, type Spec, first, kernels } from './record.js';

interface Reduction {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** Kernels that take axes away, or run along one. */
export const reductions: readonly KernelRecord[] = [
  ...kernels<{ x: Spec }, Reduction>('Max Min Prod Sum', ({ x }, attrs) => reduced(x, attrs, x.dtype)),
  ...kernels<{ x: Spec }, Reduction>('Mean', ({ x }, attrs) => reduced(x, attrs, 'float32')),
  ...kernels<{ x: Spec }, Reduction>('All Any', ({ x }, attrs) => reduced(x, attrs, 'bool')),
  ...kernels<{ x: Spec }, Reduction>('ArgMax ArgMin', ({ x }, { axis = 0 }) => reduced(x, { axis }, 'int32')),
  ...kernels<Readonly<Record<string, Spec>>>('Cumprod Cumsum Softmax', first),
  ...kernels<{ x: Spec }, { k: number }>('TopK', ({ x }, { k }) => {
    const shape = [...x.shape.slice(0, -1), k];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: 'int32' },
    ];
  }),
];

function reduced(x: Spec, { axis, reductionIndices, keepDims = false }: Reduction, dtype: tf.DataType): Spec {
  const axes = tf.util.parseAxisParam((reductionIndices ?? axis)!, x.shape);
  const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  return { shape: keepDims ? tf.backend_util.expandShapeToKeepDim(shape!, axes) : shape!, dtype };
}
