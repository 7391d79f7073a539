import { type KernelCase, each, of } from './case.js';
import { flag, float, int, positive } from './draws.js';

/** Kernels that take axes away, or run along one. */
export const reductions: readonly KernelCase[] = [
  ...[
    { axis: [0, 1], keepDims: false },
    { axis: [-1], keepDims: true },
    { axis: 0, keepDims: false },
  ].flatMap((attrs) => [
    ...each('Mean Min Sum', { x: float(2, 3) }, attrs),
    of('Max', { x: float(2, 3) }, { reductionIndices: attrs.axis, keepDims: attrs.keepDims }),
    of('Prod', { x: positive(2, 3) }, attrs),
    ...each('All Any', { x: flag(2, 3) }, attrs),
  ]),
  of('Sum', { x: int(0, 5, 2, 3) }, { axis: [1], keepDims: false }),
  of('Sum', { x: float() }, { axis: [], keepDims: false }),
  ...each('ArgMax ArgMin', { x: float(2, 3) }, { axis: 1 }),
  ...each('Cumsum Cumprod', { x: positive(2, 3) }, { axis: 1, exclusive: false, reverse: false }),
  ...each('Cumsum Cumprod', { x: positive(2, 3) }, { axis: 0, exclusive: true, reverse: true }),
  of('Softmax', { logits: float(2, 3) }, { dim: 1 }),
  of('TopK', { x: float(2, 4) }, { k: 2, sorted: true }),
  of('UnsortedSegmentSum', { x: float(3, 2), segmentIds: int(0, 3, 3) }, { numSegments: 3 }),
  of('UnsortedSegmentSum', { x: float(4), segmentIds: int(-1, 4, 4) }, { numSegments: 3 }),
  of('Bincount', { x: int(0, 4, 5), weights: float(5) }, { size: 3 }),
  of('Bincount', { x: int(0, 4, 5), weights: float(0) }, { size: 4 }),
  of('DenseBincount', { x: int(0, 4, 2, 3), weights: float(2, 3) }, { size: 3, binaryOutput: false }),
  of('DenseBincount', { x: int(0, 4, 2, 5), weights: float(0) }, { size: 3, binaryOutput: true }),
];
