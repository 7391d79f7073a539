import * as tf from '@tensorflow/tfjs';
import { allMapped, fold, mapped, moveAxis, offsets, unfold } from './batching.js';
import { broadcast } from './broadcasting.js';
import { type BatchCall, type KernelRecord, type Spec, kernels } from './record.js';
import { run } from './running.js';

/** Kernels that read and write at places given by a tensor. */
export const indexing: readonly KernelRecord[] = [
  ...kernels<'x' | 'indices', { axis: number; batchDims?: number }>('GatherV2', {
    shapes: ({ x, indices }, attrs) => {
      const [at] = tf.util.parseAxisParam(attrs.axis, x.shape);
      const [from, by] = [x, indices].map((spec) => ({ ...spec, rank: spec.shape.length }) as never);
      const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(from!, by!, at!, attrs.batchDims ?? 0);
      return { shape: info.outputShape, dtype: x.dtype };
    },
    batch: gathered,
  }),
  ...kernels<'params' | 'indices'>('GatherNd', {
    shapes: ({ params, indices }) => ({
      shape: [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1))],
      dtype: params.dtype,
    }),
    batch: ({ kernelName, size, inputs: { params, indices } }) =>
      run(
        kernelName,
        params.mapped
          ? { params: params.tensor, indices: withExample(mapped(indices, size)) }
          : { params: params.tensor, indices: indices.tensor },
      ),
  }),
  ...kernels<'indices' | 'updates', tf.ScatterNdAttrs>('ScatterNd', {
    shapes: ({ updates }, { shape }) => ({ shape, dtype: updates.dtype }),
    batch: ({ kernelName, size, inputs, attrs }) => {
      const { indices, updates } = allMapped(inputs, size);
      return run(kernelName, { indices: withExample(indices!), updates: updates! }, { shape: [size, ...attrs.shape] });
    },
  }),
  ...kernels<'tensor' | 'indices' | 'updates'>('TensorScatterUpdate', {
    shapes: ({ tensor }) => tensor,
    batch: ({ kernelName, size, inputs }) => {
      const { tensor, indices, updates } = allMapped(inputs, size);
      return run(kernelName, { tensor: tensor!, indices: withExample(indices!), updates: updates! });
    },
  }),
  ...kernels<'sortedSequence' | 'values', tf.SearchSortedAttrs>('SearchSorted', {
    shapes: ({ values }) => ({ shape: values.shape, dtype: 'int32' }),
    batch: ({ kernelName, size, inputs, attrs }) => {
      const { sortedSequence, values } = allMapped(inputs, size);
      const found = run(kernelName, { sortedSequence: fold(sortedSequence!), values: fold(values!) }, attrs);
      return unfold(found, size);
    },
  }),
];

/** Both mapped: the mapped axis is one more axis that `x` and the indices have in common. */
function gathered({
  kernelName,
  size,
  inputs: { x, indices },
  attrs,
}: BatchCall<'x' | 'indices', { axis: number; batchDims?: number }>): tf.Tensor {
  const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
  const common = commonAxes(attrs.batchDims ?? 0, indices);
  if (common === 0 && !indices.mapped) {
    return run(kernelName, { x: x.tensor, indices: indices.tensor }, { axis: axis + 1, batchDims: 0 });
  }
  if (common === 0 && !x.mapped) {
    return moveAxis(run(kernelName, { x: x.tensor, indices: indices.tensor }, { axis, batchDims: 0 }), axis, 0);
  }
  const both = { x: mapped(x, size), indices: mapped(indices, size) };
  return run(kernelName, both, { axis: axis + 1, batchDims: common + 1 });
}

function commonAxes(batchDims: number, { shape }: Spec): number {
  return batchDims < 0 ? batchDims + shape.length : batchDims;
}

/** Indices [n, …, depth] with the number of the example before each of them: [n, …, 1 + depth]. */
function withExample(indices: tf.Tensor): tf.Tensor {
  const own = [...indices.shape.slice(0, -1), 1];
  const examples = broadcast(offsets(indices.shape[0]!, 1, indices.rank), own);
  return tf.concat([examples, tf.cast(indices, 'int32')], -1);
}
