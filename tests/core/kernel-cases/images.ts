import { type KernelCase, each, of, runKernel } from './case.js';
import { fixed, float, fraction, int, positive } from './draws.js';

const window = { filterSize: [2, 2], strides: [2, 2], pad: 'same' };
const wide = { filterSize: [2, 2], strides: [1, 1], pad: 'valid' };
const box = { filterSize: [2, 2, 2], strides: [1, 1, 1], pad: 'valid', dataFormat: 'NDHWC' };
const lrn = { depthRadius: 1, bias: 1, alpha: 0.5, beta: 0.75 };
const resize = { alignCorners: false, halfPixelCenters: false, size: [4, 3] };

/** Pools, normalisation and geometry of images. */
export const images: readonly KernelCase[] = [
  ...each('AvgPool MaxPool', { x: float(1, 3, 4, 2) }, window),
  ...each('AvgPool MaxPool', { x: float(2, 3, 3, 1) }, wide),
  ...each('AvgPool3D MaxPool3D', { x: float(1, 2, 3, 3, 1) }, box),
  of('MaxPoolWithArgmax', { x: float(2, 3, 3, 1) }, { ...wide, includeBatchInIndex: false }),
  of('MaxPoolWithArgmax', { x: float(2, 3, 3, 1) }, { ...wide, includeBatchInIndex: true }),
  of('AvgPoolGrad', { dy: float(1, 2, 2, 2), input: float(1, 3, 4, 2) }, window, { steps: ['input'] }),
  of('AvgPool3DGrad', { dy: float(1, 1, 2, 2, 1), input: float(1, 2, 3, 3, 1) }, box, { steps: ['input'] }),
  ...(
    [
      ['MaxPoolGrad', 'MaxPool', { dy: float(1, 2, 2, 2), input: float(1, 3, 4, 2) }, window],
      ['MaxPool3DGrad', 'MaxPool3D', { dy: float(1, 1, 2, 2, 1), input: float(1, 2, 3, 3, 1) }, box],
    ] as const
  ).map(([kernel, forward, inputs, attrs]) =>
    of(kernel, inputs, attrs, {
      steps: ['input'],
      run: ({ dy, input }) => {
        const output = runKernel(forward, { x: input! }, attrs) as never;
        return runKernel(kernel, { dy: dy!, input: input!, output }, attrs);
      },
    }),
  ),
  of('LRN', { x: float(1, 2, 1, 4) }, lrn),
  of('LRNGrad', { x: float(1, 2, 1, 4), dy: float(1, 2, 1, 4) }, lrn, {
    run: ({ x, dy }) => runKernel('LRNGrad', { x: x!, y: runKernel('LRN', { x: x! }, lrn) as never, dy: dy! }, lrn),
  }),
  of(
    'FusedBatchNorm',
    { x: float(1, 2, 2, 2), mean: float(2), variance: positive(2), offset: float(2), scale: float(2) },
    { varianceEpsilon: 0.1 },
  ),
  of(
    'FusedBatchNorm',
    { x: float(1, 2, 1, 2), mean: float(2), variance: positive(2) },
    { varianceEpsilon: 0.1 },
    { steps: ['x', 'mean', 'variance'] },
  ),
  ...each('ResizeBilinear ResizeNearestNeighbor', { images: float(1, 2, 2, 2) }, resize),
  ...each('ResizeBilinearGrad ResizeNearestNeighborGrad', { images: float(1, 2, 2, 2), dy: float(1, 4, 3, 2) }, resize),
  of(
    'CropAndResize',
    { image: float(2, 3, 3, 1), boxes: fraction(2, 4), boxInd: int(0, 2, 2) },
    { cropSize: [2, 2], method: 'bilinear', extrapolationValue: 0.5 },
  ),
  of('FlipLeftRight', { image: float(1, 2, 3, 1) }),
  of('RotateWithOffset', { image: float(2, 3, 3, 1) }, { radians: 0.5, fillValue: 0, center: 0.5 }),
  of(
    'Transform',
    { image: float(1, 3, 3, 1), transforms: fixed([1, 0.2, 0.1, 0, 1, 0.3, 0, 0], [1, 8], 'float32') },
    { interpolation: 'bilinear', fillMode: 'constant', fillValue: 0, outputShape: [2, 2] },
  ),
  of('DepthToSpace', { x: float(1, 2, 1, 4) }, { blockSize: 2, dataFormat: 'NHWC' }),
];
