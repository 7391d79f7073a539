import * as tf from '@tensorflow/tfjs';
import { type KernelRecord, type Spec, kernels } from './record.js';

/** Kernels that move elements, or make them. */
export const layout: readonly KernelRecord[] = [
  ...kernels<{ x: Spec }, { shape: number[] }>('Reshape', ({ x }, { shape }) => ({
    shape: tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(x.shape)),
    dtype: x.dtype,
  })),
  ...kernels<{ input: Spec }, { dim: number }>('ExpandDims', ({ input: { shape, dtype } }, { dim }) => ({
    shape: shape.toSpliced(dim < 0 ? dim + shape.length + 1 : dim, 0, 1),
    dtype,
  })),
  ...kernels<{ x: Spec }, { perm: number[] }>('Transpose', ({ x }, { perm }) => ({
    shape: perm.map((axis) => x.shape[axis]!),
    dtype: x.dtype,
  })),
  ...kernels<{ x: Spec }>('Reverse', ({ x }) => x),
  ...kernels<{ x: Spec }, { reps: number[] }>('Tile', ({ x }, { reps }) => ({
    shape: x.shape.map((size, i) => size * reps[i]!),
    dtype: x.dtype,
  })),
  ...kernels<{ x: Spec }, { paddings: [number, number][] }>('MirrorPad PadV2', ({ x }, { paddings }) => ({
    shape: x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]),
    dtype: x.dtype,
  })),
  ...kernels<{ x: Spec }, { begin: number[]; size: number[] }>('Slice', ({ x }, { begin, size }) => {
    const [, shape] = tf.slice_util.parseSliceParams({ ...x, rank: x.shape.length } as never, begin, size);
    return { shape: shape!, dtype: x.dtype };
  }),
  ...kernels<Readonly<Record<string, Spec>>, { axis: number }>('Concat', (inputs, { axis }) => {
    const parts = Object.values(inputs);
    const [at] = tf.util.parseAxisParam(axis, parts[0]!.shape);
    const shapes = parts.map(({ shape }) => shape);
    return { shape: tf.backend_util.computeOutShape(shapes, at!), dtype: parts[0]!.dtype };
  }),
  ...kernels<Readonly<Record<string, Spec>>, { axis: number }>('Pack', (inputs, { axis }) => {
    const parts = Object.values(inputs);
    const { shape, dtype } = parts[0]!;
    return { shape: shape.toSpliced(axis < 0 ? axis + shape.length + 1 : axis, 0, parts.length), dtype };
  }),
  ...kernels<{ value: Spec }, { axis: number }>('Unpack', ({ value: { shape, dtype } }, { axis }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    return Array.from({ length: shape[at]! }, () => ({ shape: shape.toSpliced(at, 1), dtype }));
  }),
  ...kernels<{ x: Spec }, { numOrSizeSplits: number | number[]; axis: number }>('SplitV', ({ x }, attrs) => {
    const [at] = tf.util.parseAxisParam(attrs.axis, x.shape);
    const sizes = tf.backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, at);
    return sizes.map((size) => ({ shape: x.shape.with(at!, size), dtype: x.dtype }));
  }),
  ...kernels<{ x: Spec; indices: Spec }, { axis: number; batchDims?: number }>('GatherV2', (inputs, attrs) => {
    const [x, indices] = [inputs.x, inputs.indices].map((spec) => ({ ...spec, rank: spec.shape.length }) as never);
    const [at] = tf.util.parseAxisParam(attrs.axis, inputs.x.shape);
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x!, indices!, at!, attrs.batchDims ?? 0);
    return { shape: info.outputShape, dtype: inputs.x.dtype };
  }),
  ...kernels<{ x: Spec; segmentIds: Spec }, { numSegments: number }>('UnsortedSegmentSum', (inputs, attrs) => ({
    shape: [attrs.numSegments, ...inputs.x.shape.slice(inputs.segmentIds.shape.length)],
    dtype: inputs.x.dtype,
  })),
  ...kernels<{ indices: Spec }, { depth: number; dtype: tf.DataType }>('OneHot', ({ indices }, attrs) => ({
    shape: [...indices.shape, attrs.depth],
    dtype: attrs.dtype,
  })),
  ...kernels<object, { start: number; stop: number; step: number; dtype: tf.DataType }>('Range', (_inputs, attrs) => ({
    shape: [Math.max(0, Math.ceil((attrs.stop - attrs.start) / attrs.step))],
    dtype: attrs.dtype,
  })),
  ...kernels<object, Spec>('Fill', (_inputs, { shape, dtype }) => ({ shape, dtype })),
];
