import * as tf from '@tensorflow/tfjs';
import { aligned, byChannels, fold, folded, mapped, offsets, unfold } from './batching.js';
import { type BatchCall, type KernelRecord, type Operand, type Spec, kernels } from './record.js';
import { run } from './running.js';

/** Pools, normalisation and geometry of images [batch, height, width, channels] and volumes. */
export const images: readonly KernelRecord[] = [
  ...kernels<'x', tf.MaxPoolAttrs>('AvgPool MaxPool', { shapes: ({ x }, attrs) => pooled(x, attrs), batch: folded }),
  ...kernels<'x', tf.MaxPool3DAttrs>('AvgPool3D MaxPool3D', {
    shapes: ({ x }, { filterSize, strides, pad, dimRoundingMode, dataFormat }) => {
      const given = [x.shape as Shape5, filterSize, strides, 1, pad, dimRoundingMode, dataFormat] as const;
      return { shape: tf.backend_util.computePool3DInfo(...given).outShape, dtype: x.dtype };
    },
    batch: folded,
  }),
  ...kernels<'x', tf.MaxPoolWithArgmaxAttrs>('MaxPoolWithArgmax', {
    shapes: ({ x }, attrs) => [pooled(x, attrs), { ...pooled(x, attrs), dtype: 'int32' }],
    batch: ({ kernelName, size, inputs: { x }, attrs }) => {
      if (attrs.includeBatchInIndex) return null;
      const outputs = tf.engine().runKernel(kernelName, { x: fold(x.tensor) }, attrs as never) as tf.Tensor[];
      return outputs.map((output) => unfold(output, size));
    },
  }),
  ...kernels<'dy' | 'input'>('AvgPoolGrad AvgPool3DGrad', { shapes: ({ input }) => input, batch: folded }),
  ...kernels<'dy' | 'input' | 'output'>('MaxPoolGrad MaxPool3DGrad', { shapes: ({ input }) => input, batch: folded }),
  ...kernels<'x'>('LRN', { shapes: ({ x }) => x, batch: folded }),
  ...kernels<'x' | 'y' | 'dy'>('LRNGrad', { shapes: ({ dy }) => dy, batch: folded }),
  ...kernels<'x' | 'mean' | 'variance', tf.FusedBatchNormAttrs, 'offset' | 'scale'>('FusedBatchNorm', {
    shapes: ({ x }) => x,
    batch: (call) => folded(call, ['mean', 'variance', 'offset', 'scale']) ?? normalised(call),
  }),
  ...kernels<'images', tf.ResizeBilinearAttrs>('ResizeBilinear', {
    shapes: ({ images: { shape } }, { size }) => ({ shape: [shape[0]!, ...size, shape[3]!], dtype: 'float32' }),
    batch: folded,
  }),
  ...kernels<'images', tf.ResizeNearestNeighborAttrs>('ResizeNearestNeighbor', {
    shapes: ({ images: { shape, dtype } }, { size }) => ({ shape: [shape[0]!, ...size, shape[3]!], dtype }),
    batch: folded,
  }),
  ...kernels<'images' | 'dy'>('ResizeBilinearGrad', { shapes: imageGradient, batch: folded }),
  // By channels, not by images: the cpu kernel takes the batch's strides for those of the cotangent.
  ...kernels<'images' | 'dy'>('ResizeNearestNeighborGrad', { shapes: imageGradient, batch: byChannels }),
  ...kernels<'image' | 'boxes' | 'boxInd', tf.CropAndResizeAttrs>('CropAndResize', {
    shapes: ({ image, boxes }, { cropSize }) => ({
      shape: [boxes.shape[0]!, ...cropSize, image.shape[3]!],
      dtype: 'float32',
    }),
    batch: ({ kernelName, size, inputs: { image, boxes, boxInd }, attrs }) => {
      const places = { boxes: fold(mapped(boxes, size)), boxInd: fold(boxImages(image, boxInd, size)) };
      const crops = run(kernelName, { image: image.mapped ? fold(image.tensor) : image.tensor, ...places }, attrs);
      return unfold(crops, size);
    },
  }),
  ...kernels<'image', object>('FlipLeftRight RotateWithOffset', { shapes: ({ image }) => image, batch: folded }),
  ...kernels<'image' | 'transforms', tf.TransformAttrs>('Transform', {
    shapes: ({ image: { shape, dtype } }, { outputShape }) => ({
      shape: [shape[0]!, ...(outputShape ?? [shape[1]!, shape[2]!]), shape[3]!],
      dtype,
    }),
  }),
  ...kernels<'x', tf.DepthToSpaceAttrs>('DepthToSpace', {
    shapes: ({ x: { shape, dtype } }, { blockSize, dataFormat }) => {
      const [height, width, channels] = dataFormat === 'NHWC' ? [1, 2, 3] : [2, 3, 1];
      const moved = shape
        .with(height!, shape[height!]! * blockSize)
        .with(width!, shape[width!]! * blockSize)
        .with(channels!, shape[channels!]! / blockSize ** 2);
      return { shape: moved, dtype };
    },
    batch: folded,
  }),
];

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

function imageGradient({ images: { shape } }: { readonly images: Spec }): Spec {
  return { shape, dtype: 'float32' };
}

function pooled(x: Spec, { filterSize, strides, pad, dimRoundingMode }: tf.MaxPoolAttrs): Spec {
  const given = [x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode] as const;
  return { shape: tf.backend_util.computePool2DInfo(...given).outShape, dtype: x.dtype };
}

type Normalisation = BatchCall<'x' | 'mean' | 'variance', tf.FusedBatchNormAttrs, 'offset' | 'scale'>;

/** Statistics of each example's own. */
function normalised({ size, inputs, attrs }: Normalisation): tf.Tensor {
  const { x, mean, variance, offset, scale } = inputs;
  const along = (operand: Operand): tf.Tensor => aligned(operand, x.shape.length);
  const centred = tf.sub(mapped(x, size), along(mean));
  const deviation = tf.rsqrt(tf.add(along(variance), tf.scalar(attrs.varianceEpsilon ?? 0.001)));
  const scaled = tf.mul(centred, scale === undefined ? deviation : tf.mul(deviation, along(scale)));
  return offset === undefined ? scaled : tf.add(scaled, along(offset));
}

/** Which of the images of all examples each box is cut from; numbers that are out of range stay so. */
function boxImages(image: Operand, boxInd: Operand, size: number): tf.Tensor {
  const own = mapped(boxInd, size);
  if (!image.mapped) return own;
  const batch = image.shape[0]!;
  const outside = tf.fill(own.shape, size * batch, 'int32');
  return tf.where(tf.less(own, tf.scalar(batch, 'int32')), tf.add(own, offsets(size, batch, 2)), outside);
}
