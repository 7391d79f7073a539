import * as tf from '@tensorflow/tfjs';

/** Gradients of taking and putting elements by index. */
export const indexing: readonly tf.GradConfig[] = [
  {
    // TensorFlow.js's own ignores `batchDims` above 1, and splits tensors it does not free for 1.
    kernelName: 'GatherV2',
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, [x, indices], attrs) => ({
      x: () => gatherGradient(dy as tf.Tensor, [x!, indices!], attrs as unknown as GatherAttributes),
    }),
  },
  {
    kernelName: 'GatherNd',
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, [params, indices]) => ({
      params: () => tf.scatterND(tf.cast(indices!, 'int32'), dy as tf.Tensor, params!.shape as never),
    }),
  },
  {
    kernelName: 'ScatterNd',
    inputsToSave: ['indices'],
    gradFunc: (dy, [indices]) => ({ updates: () => tf.gatherND(dy as tf.Tensor, indices!) }),
  },
  {
    kernelName: 'TensorScatterUpdate',
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, [indices, updates]) => ({
      tensor: () => tf.tensorScatterUpdate(dy as tf.Tensor, indices!, tf.zerosLike(updates!)),
      updates: () => tf.gatherND(dy as tf.Tensor, indices!),
    }),
  },
  {
    kernelName: 'TopK',
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, [x, indices]) => ({
      x: () => {
        const [dy] = dys as tf.Tensor[];
        const places = tf.oneHot(tf.cast(indices!, 'int32') as tf.Tensor1D, x!.shape.at(-1)!, 1, 0, 'float32');
        return tf.sum(tf.mul(tf.expandDims(dy!, -1), places), -2);
      },
    }),
  },
  {
    kernelName: 'StridedSlice',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const all = tf.reshape(tf.range(0, x!.size, 1, 'int32'), x!.shape);
        const taken = tf.engine().runKernel('StridedSlice', { x: all }, attrs) as tf.Tensor;
        const flat = tf.unsortedSegmentSum(
          tf.reshape(dy as tf.Tensor, [-1]),
          tf.reshape(taken, [-1]) as tf.Tensor1D,
          x!.size,
        );
        return tf.reshape(flat, x!.shape);
      },
    }),
  },
];

interface GatherAttributes {
  readonly axis: number;
  readonly batchDims?: number;
}

/** Adds each slice of `dy` [...before, ...indices, ...after] where it was taken from. */
function gatherGradient(
  dy: tf.Tensor,
  [x, indices]: readonly [x: tf.Tensor, indices: tf.Tensor],
  { axis: given, batchDims = 0 }: GatherAttributes,
): tf.Tensor {
  const axis = tf.util.parseAxisParam(given, x.shape)[0]!;
  const size = x.shape[axis]!;
  const batch = product(x.shape.slice(0, batchDims));
  const before = product(x.shape.slice(batchDims, axis));
  const after = product(x.shape.slice(axis + 1));
  const picks = product(indices.shape.slice(batchDims));
  // [batch, before, picks, after] → [batch, picks, before, after]: slices lie along one leading axis.
  const slices = tf.reshape(tf.transpose(tf.reshape(dy, [batch, before, picks, after]), [0, 2, 1, 3]), [
    batch * picks,
    before,
    after,
  ]);
  const rows = tf.add(
    tf.reshape(tf.cast(indices, 'int32'), [batch, picks]),
    tf.mul(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]), tf.scalar(size, 'int32')),
  );
  const sums = tf.unsortedSegmentSum(slices, tf.reshape(rows, [-1]) as tf.Tensor1D, batch * size);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batch, size, before, after]), [0, 2, 1, 3]), x.shape);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
