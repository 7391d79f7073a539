import * as tf from '@tensorflow/tfjs';
import { allMapped, asIs, behind, fold, moveAxis, unfold } from './batching.js';
import { type KernelRecord, type Spec, first, kernels } from './record.js';
import { reshape, run, runAll } from './running.js';

type Pair = [number, number];

/** Kernels that move elements, or make them. */
export const layout: readonly KernelRecord[] = [
  ...kernels<'x', tf.ReshapeAttrs>('Reshape', {
    shapes: ({ x }, { shape }) => ({ shape: reshaped(x, shape), dtype: x.dtype }),
    batch: ({ size, inputs: { x }, attrs }) => reshape(x.tensor, [size, ...reshaped(x, attrs.shape)]),
    alias: () => true,
  }),
  ...kernels<'input', tf.ExpandDimsAttrs>('ExpandDims', {
    shapes: ({ input: { shape, dtype } }, { dim }) => ({ shape: shape.toSpliced(inserted(dim, shape), 0, 1), dtype }),
    batch: ({ inputs: { input }, attrs }) => tf.expandDims(input.tensor, inserted(attrs.dim, input.shape) + 1),
    alias: () => true,
  }),
  ...kernels<'x', tf.TransposeAttrs>('Transpose', {
    shapes: ({ x }, { perm }) => ({ shape: perm.map((axis) => x.shape[axis]!), dtype: x.dtype }),
    batch: ({ inputs: { x }, attrs }) => tf.transpose(x.tensor, [0, ...attrs.perm.map((axis) => axis + 1)]),
    alias: ({ x }, { perm }) => isIncreasing(perm.filter((axis) => x.shape[axis] !== 1)),
  }),
  ...kernels<'x', tf.ReverseAttrs>('Reverse', {
    shapes: ({ x }) => x,
    batch: ({ kernelName, inputs: { x }, attrs }) => run(kernelName, { x: x.tensor }, { dims: behind(attrs.dims, x) }),
    alias: ({ x }, { dims }) => tf.util.parseAxisParam(dims, x.shape).every((axis) => x.shape[axis] === 1),
  }),
  ...kernels<'x', tf.TileAttrs>('Tile', {
    shapes: ({ x }, { reps }) => ({ shape: x.shape.map((size, i) => size * reps[i]!), dtype: x.dtype }),
    batch: ({ kernelName, inputs: { x }, attrs }) => run(kernelName, { x: x.tensor }, { reps: [1, ...attrs.reps] }),
    alias: (_inputs, { reps }) => reps.every((count) => count === 1),
  }),
  ...kernels<'x', { paddings: Pair[] }>('MirrorPad PadV2', {
    shapes: ({ x }, { paddings }) => ({
      shape: x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]),
      dtype: x.dtype,
    }),
    batch: ({ kernelName, size, inputs: { x }, attrs }) => {
      const isBatch = attrs.paddings[0]?.every((count) => count === 0) === true;
      if (isBatch) return unfold(run(kernelName, { x: fold(x.tensor) }, attrs), size);
      return run(kernelName, { x: x.tensor }, { ...attrs, paddings: [[0, 0], ...attrs.paddings] });
    },
    alias: (_inputs, { paddings }) => paddings.flat().every((count) => count === 0),
  }),
  ...kernels<'x', tf.SliceAttrs>('Slice', {
    shapes: ({ x }, attrs) => ({ shape: sliced(x, attrs).size, dtype: x.dtype }),
    batch: ({ kernelName, size: examples, inputs: { x }, attrs }) => {
      const { begin, size } = sliced(x, attrs);
      return run(kernelName, { x: x.tensor }, { begin: [0, ...begin], size: [examples, ...size] });
    },
    alias: ({ x }, attrs) => tf.util.arraysEqual(sliced(x, attrs).size, x.shape),
  }),
  ...kernels<'x', tf.StridedSliceAttrs>('StridedSlice', {
    shapes: ({ x }, attrs) => {
      const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
      const { finalShape } = tf.slice_util.sliceInfo(
        x.shape,
        begin,
        end,
        strides,
        beginMask,
        endMask,
        ellipsisMask,
        newAxisMask,
        shrinkAxisMask,
      );
      return { shape: finalShape, dtype: x.dtype };
    },
    // Bit i of a mask stands for axis i.
    batch: ({ kernelName, size, inputs: { x }, attrs }) =>
      run(
        kernelName,
        { x: x.tensor },
        {
          begin: [0, ...attrs.begin],
          end: [size, ...attrs.end],
          strides: [1, ...attrs.strides],
          beginMask: (attrs.beginMask << 1) | 1,
          endMask: (attrs.endMask << 1) | 1,
          ellipsisMask: attrs.ellipsisMask << 1,
          newAxisMask: attrs.newAxisMask << 1,
          shrinkAxisMask: attrs.shrinkAxisMask << 1,
        },
      ),
  }),
  ...kernels<string, tf.ConcatAttrs>('Concat', {
    shapes: (inputs, { axis }) => {
      const shapes = Object.values(inputs).map(({ shape }) => shape);
      const [at] = tf.util.parseAxisParam(axis, shapes[0]!);
      return { shape: tf.backend_util.computeOutShape(shapes, at!), dtype: first(inputs).dtype };
    },
    batch: ({ kernelName, size, inputs, attrs }) =>
      run(kernelName, Object.values(allMapped(inputs, size)), { axis: behind(attrs.axis, first(inputs))[0] }),
    alias: (inputs) => Object.keys(inputs).length === 1,
  }),
  ...kernels<string, tf.PackAttrs>('Pack', {
    shapes: (inputs, { axis }) => {
      const { shape, dtype } = first(inputs);
      return { shape: shape.toSpliced(inserted(axis, shape), 0, Object.keys(inputs).length), dtype };
    },
    batch: ({ kernelName, size, inputs, attrs }) =>
      run(kernelName, Object.values(allMapped(inputs, size)), { axis: inserted(attrs.axis, first(inputs).shape) + 1 }),
    alias: (inputs) => Object.keys(inputs).length === 1,
  }),
  ...kernels<'value', tf.UnpackAttrs>('Unpack', {
    shapes: ({ value: { shape, dtype } }, { axis }) => {
      const at = axis < 0 ? axis + shape.length : axis;
      return Array.from({ length: shape[at]! }, () => ({ shape: shape.toSpliced(at, 1), dtype }));
    },
    batch: ({ kernelName, inputs: { value }, attrs }) =>
      runAll(kernelName, { value: value.tensor }, { axis: behind(attrs.axis, value)[0] }),
  }),
  ...kernels<'x', tf.SplitVAttrs>('SplitV', {
    shapes: ({ x }, attrs) => {
      const [at] = tf.util.parseAxisParam(attrs.axis, x.shape);
      const sizes = tf.backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, at);
      return sizes.map((size) => ({ shape: x.shape.with(at!, size), dtype: x.dtype }));
    },
    batch: ({ kernelName, inputs: { x }, attrs }) =>
      runAll(kernelName, { x: x.tensor }, { ...attrs, axis: behind(attrs.axis, x)[0] }),
  }),
  ...kernels<'x'>('Diag', {
    shapes: ({ x }) => ({ shape: [...x.shape, ...x.shape], dtype: x.dtype }),
    // Rows of one value and `count` zeros, laid one after the other, have their values on a diagonal.
    batch: ({ size, inputs: { x } }) => {
      const count = tf.util.sizeFromShape(x.shape);
      const rows = tf.pad(tf.reshape(x.tensor, [size, count, 1]), [
        [0, 0],
        [0, 0],
        [0, count],
      ]);
      const cut = tf.slice(tf.reshape(rows, [size, count * (count + 1)]), [0, 0], [size, count * count]);
      return tf.reshape(cut, [size, ...x.shape, ...x.shape]);
    },
  }),
  ...kernels<'indices', tf.OneHotAttrs>('OneHot', {
    shapes: ({ indices }, { depth, dtype }) => ({ shape: [...indices.shape, depth], dtype }),
    batch: asIs,
  }),
  ...kernels<never, tf.RangeAttrs>('Range', {
    shapes: (_inputs, { start, stop, step, dtype }) => ({
      shape: [Math.max(0, Math.ceil((stop - start) / step))],
      dtype,
    }),
  }),
  ...kernels<never, tf.LinSpaceAttrs>('LinSpace', {
    shapes: (_inputs, { num }) => ({ shape: [num], dtype: 'float32' }),
  }),
  ...kernels<never, tf.FillAttrs>('Fill', {
    shapes: (_inputs, { shape, dtype, value }) => ({ shape, dtype: dtype ?? tf.util.inferDtype(value as number) }),
  }),
  ...kernels<'x', { blockShape: number[]; paddings: Pair[] }>('SpaceToBatchND', {
    shapes: ({ x }, { blockShape, paddings }) => ({
      shape: [
        x.shape[0]! * product(blockShape),
        ...blockShape.map((block, i) => (x.shape[i + 1]! + paddings[i]![0] + paddings[i]![1]) / block),
        ...x.shape.slice(blockShape.length + 1),
      ],
      dtype: x.dtype,
    }),
    // The kernel's leading axis is [blocks · batch]: the mapped axis, which joined the batch, comes out in between.
    batch: ({ kernelName, size, inputs: { x }, attrs }) => {
      const y = run(kernelName, { x: fold(x.tensor) }, attrs);
      const blocks = product(attrs.blockShape);
      const apart = tf.reshape(y, [blocks, size, x.shape[0]!, ...y.shape.slice(1)]);
      return tf.reshape(moveAxis(apart, 1, 0), [size, blocks * x.shape[0]!, ...y.shape.slice(1)]);
    },
  }),
  ...kernels<'x', { blockShape: number[]; crops: Pair[] }>('BatchToSpaceND', {
    shapes: ({ x }, { blockShape, crops }) => ({
      shape: [
        x.shape[0]! / product(blockShape),
        ...blockShape.map((block, i) => x.shape[i + 1]! * block - crops[i]![0] - crops[i]![1]),
        ...x.shape.slice(blockShape.length + 1),
      ],
      dtype: x.dtype,
    }),
    batch: ({ kernelName, size, inputs: { x }, attrs }) => {
      const [batch, ...rest] = x.shape;
      const blocks = product(attrs.blockShape);
      const apart = moveAxis(tf.reshape(x.tensor, [size, blocks, batch! / blocks, ...rest]), 0, 1);
      const y = run(kernelName, { x: tf.reshape(apart, [size * batch!, ...rest]) }, attrs);
      return tf.reshape(y, [size, batch! / blocks, ...y.shape.slice(1)]);
    },
  }),
];

function reshaped(x: Spec, shape: number[]): number[] {
  return tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(x.shape));
}

/** Where a new axis goes. */
function inserted(axis: number, shape: readonly number[]): number {
  return axis < 0 ? axis + shape.length + 1 : axis;
}

function sliced(x: Spec, { begin, size }: tf.SliceAttrs): { readonly begin: number[]; readonly size: number[] } {
  const [from, taken] = tf.slice_util.parseSliceParams({ ...x, rank: x.shape.length } as never, begin, size);
  return { begin: from!, size: taken! };
}

function isIncreasing(axes: readonly number[]): boolean {
  return axes.every((axis, i) => i === 0 || axes[i - 1]! < axis);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
