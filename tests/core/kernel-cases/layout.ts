import { type KernelCase, each, of, runKernel } from './case.js';
import { fixed, float, int, sorted } from './draws.js';

const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
const pairs = [
  [1, 0],
  [0, 2],
];

/** Kernels that move elements, make them, or find them by indices. */
export const layout: readonly KernelCase[] = [
  of('Reshape', { x: float(2, 3) }, { shape: [3, -1] }),
  of('Reshape', { x: float() }, { shape: [1, 1] }),
  ...[0, -1, 1].map((dim) => of('ExpandDims', { input: float(2, 3) }, { dim })),
  of('Transpose', { x: float(2, 3, 2) }, { perm: [2, 0, 1] }),
  of('Transpose', { x: float(2, 1, 2) }, { perm: [1, 0, 2] }),
  of('Reverse', { x: float(2, 3) }, { dims: [-1] }),
  of('Reverse', { x: float(2, 3) }, { dims: [0, 1] }),
  of('Tile', { x: float(2, 3) }, { reps: [2, 1] }),
  of('Tile', { x: float(2, 3) }, { reps: [1, 1] }),
  of('PadV2', { x: float(2, 3) }, { paddings: pairs, constantValue: 0.5 }),
  of('MirrorPad', { x: float(2, 3) }, { paddings: pairs, mode: 'reflect' }),
  of('MirrorPad', { x: float(2, 3) }, { paddings: pairs, mode: 'symmetric' }),
  of('Slice', { x: float(2, 3) }, { begin: [1, 0], size: [-1, 2] }),
  of('Slice', { x: float(4) }, { begin: 1, size: 2 }),
  of('StridedSlice', { x: float(4, 5) }, { ...masks, begin: [3, 0], end: [0, 5], strides: [-2, 2] }),
  of(
    'StridedSlice',
    { x: float(2, 3, 4) },
    { begin: [1, 0, 1], end: [2, 0, 3], strides: [1, 1, 1], ...masks, ellipsisMask: 2, shrinkAxisMask: 1 },
  ),
  of('StridedSlice', { x: float(4) }, { ...masks, begin: [0, 0], end: [0, 3], strides: [1, 1], newAxisMask: 1 }),
  ...[0, -1].map((axis) => of('Concat', { a: float(2, 3), b: float(2, 3) }, { axis }, { list: true })),
  ...[0, 1].map((axis) => of('Pack', { a: float(3), b: float(3) }, { axis }, { list: true })),
  of('Pack', { a: float(3) }, { axis: 0 }, { list: true }),
  of('Unpack', { value: float(2, 3) }, { axis: 1 }),
  of('SplitV', { x: float(2, 4) }, { numOrSizeSplits: [1, 3], axis: 1 }),
  of('SplitV', { x: float(4) }, { numOrSizeSplits: 2, axis: 0 }),
  of('Diag', { x: float(3) }),
  of('Diag', { x: float(2, 2) }),
  of('OneHot', { indices: int(0, 3, 3) }, { depth: 3, onValue: 2, offValue: -1, dtype: 'float32' }),
  of('Range', {}, { start: 5, stop: 0, step: -2, dtype: 'int32' }),
  of('LinSpace', {}, { start: 0, stop: 1, num: 4 }),
  of('Fill', {}, { shape: [2, 2], value: 3, dtype: 'int32' }),
  of('SpaceToBatchND', { x: float(2, 4, 2, 1) }, { blockShape: [2, 2], paddings: [[0, 0], pairs[1]] }),
  of('BatchToSpaceND', { x: float(8, 2, 1, 1) }, { blockShape: [2, 2], crops: [pairs[0], [0, 0]] }),
  of('GatherV2', { x: float(4, 2), indices: int(0, 4, 3) }, { axis: 0, batchDims: 0 }),
  of('GatherV2', { x: float(2, 4, 2), indices: int(0, 4, 2, 2) }, { axis: 1, batchDims: 0 }),
  of('GatherV2', { x: float(2, 4), indices: int(0, 4, 2, 3) }, { axis: 1, batchDims: 1 }),
  of('GatherNd', { params: float(3, 4), indices: int(0, 3, 3, 2) }),
  of('GatherNd', { params: float(3, 2), indices: int(0, 3, 2, 1) }),
  of('ScatterNd', { indices: int(0, 4, 3, 1), updates: float(3, 2) }, { shape: [4, 2] }),
  ...(
    [
      { tensor: float(4, 2), indices: fixed([2, 0], [2, 1]), updates: float(2, 2) },
      { tensor: float(4), indices: int(0, 4, 3, 1), updates: float(3) },
    ] as const
  ).map((inputs) =>
    // The cpu kernel writes into its input.
    of(
      'TensorScatterUpdate',
      inputs,
      {},
      {
        run: ({ tensor, indices, updates }) =>
          runKernel('TensorScatterUpdate', { tensor: tensor!, indices: indices!, updates: updates! }),
      },
    ),
  ),
  ...each('SearchSorted', { sortedSequence: sorted(2, 4), values: float(2, 3) }, { side: 'left' }),
  ...each('SearchSorted', { sortedSequence: sorted(2, 4), values: float(2, 3) }, { side: 'right' }),
];
