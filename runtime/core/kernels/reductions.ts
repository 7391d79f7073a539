import * as tf from '@tensorflow/tfjs';
import { allMapped, behind, offsets } from './batching.js';
import { type KernelRecord, type Spec, first, kernels } from './record.js';
import { run, runAll } from './running.js';

interface Reduction {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** Kernels that take axes away, or run along one. */
export const reductions: readonly KernelRecord[] = [
  ...reducing('Max Min Prod Sum', (x) => x.dtype),
  ...reducing('Mean', () => 'float32'),
  ...reducing('All Any', () => 'bool'),
  ...kernels<'x', { axis?: number }>('ArgMax ArgMin', {
    shapes: ({ x }, { axis = 0 }) => reduced(x, { axis }, 'int32'),
    batch: ({ kernelName, inputs: { x }, attrs }) =>
      run(kernelName, { x: x.tensor }, { axis: behind(attrs.axis ?? 0, x)[0] }),
  }),
  ...kernels<'x', tf.CumsumAttrs>('Cumprod Cumsum', {
    shapes: first,
    batch: ({ kernelName, inputs: { x }, attrs }) =>
      run(kernelName, { x: x.tensor }, { ...attrs, axis: behind(attrs.axis ?? 0, x)[0] }),
  }),
  ...kernels<'logits', tf.SoftmaxAttrs>('Softmax', {
    shapes: first,
    batch: ({ kernelName, inputs: { logits }, attrs }) =>
      run(kernelName, { logits: logits.tensor }, { dim: behind(attrs.dim, logits)[0] }),
  }),
  ...kernels<'x', tf.TopKAttrs>('TopK', {
    shapes: ({ x }, { k }) => {
      const shape = [...x.shape.slice(0, -1), k];
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: 'int32' },
      ];
    },
    batch: ({ kernelName, inputs: { x }, attrs }) => runAll(kernelName, { x: x.tensor }, attrs),
  }),
  ...kernels<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>('UnsortedSegmentSum', {
    shapes: ({ x, segmentIds }, { numSegments }) => ({
      shape: [numSegments, ...x.shape.slice(segmentIds.shape.length)],
      dtype: x.dtype,
    }),
    // One segment more below and above for the ids that are out of range, which must not fall to a neighbour.
    batch: ({ kernelName, size, inputs, attrs: { numSegments } }) => {
      const { x, segmentIds } = allMapped(inputs, size);
      const slots = numSegments + 2;
      const rows = inputs.segmentIds.shape.reduce((product, count) => product * count, size);
      const own = tf.minimum(tf.maximum(segmentIds!, tf.scalar(-1, 'int32')), tf.scalar(numSegments, 'int32'));
      const ids = tf.add(own, tf.add(offsets(size, slots, segmentIds!.rank), tf.scalar(1, 'int32')));
      const inner = inputs.x.shape.slice(inputs.segmentIds.shape.length);
      const sums = run(
        kernelName,
        { x: tf.reshape(x!, [rows, ...inner]), segmentIds: tf.reshape(ids, [rows]) },
        { numSegments: size * slots },
      );
      const begin = [0, 1, ...inner.map(() => 0)];
      return tf.slice(tf.reshape(sums, [size, slots, ...inner]), begin, [size, numSegments, ...inner]);
    },
  }),
  ...kernels<'x' | 'weights', tf.DenseBincountAttrs>('Bincount DenseBincount', {
    shapes: ({ x, weights }, { size }) => ({ shape: [...x.shape.slice(0, -1), size], dtype: weights.dtype }),
    batch: ({ size: examples, inputs, attrs }) => {
      const weighted = inputs.weights.shape.every((size) => size > 0);
      const { x, weights } = allMapped(inputs, examples);
      const flat = [-1, inputs.x.shape.at(-1)!];
      const counts = run(
        'DenseBincount',
        { x: tf.reshape(x!, flat), weights: weighted ? tf.reshape(weights!, flat) : inputs.weights.tensor },
        { binaryOutput: false, ...attrs },
      );
      return tf.reshape(counts, [examples, ...inputs.x.shape.slice(0, -1), attrs.size]);
    },
  }),
];

function reducing(names: string, dtype: (x: Spec) => tf.DataType): KernelRecord[] {
  return kernels<'x', Reduction>(names, {
    shapes: ({ x }, attrs) => reduced(x, attrs, dtype(x)),
    batch: ({ kernelName, inputs: { x }, attrs }) => {
      const axis = behind(axesOf(attrs), x);
      return run(kernelName, { x: x.tensor }, { ...attrs, axis, reductionIndices: axis });
    },
  });
}

function reduced(x: Spec, attrs: Reduction, dtype: tf.DataType): Spec {
  const axes = tf.util.parseAxisParam(axesOf(attrs), x.shape);
  const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  return { shape: attrs.keepDims === true ? tf.backend_util.expandShapeToKeepDim(shape!, axes) : shape!, dtype };
}

/** `Max` calls them `reductionIndices`; no axis stands for all of them. */
function axesOf({ axis, reductionIndices }: Reduction): number | number[] {
  return (reductionIndices ?? axis)!;
}
