import type { TransformRecord } from './record.js';

/** Lifted transforms. */
export const transforms: readonly TransformRecord[] = [
  { linen: 'scan', nnx: 'scan', prefix: 'Scan', refusal: 'L2N410' },
  { linen: 'vmap', nnx: 'vmap', prefix: 'Vmap', refusal: 'L2N410' },
  { linen: 'remat', nnx: 'remat', prefix: 'Checkpoint', refusal: 'L2N410' },
  { linen: 'checkpoint', nnx: 'remat', prefix: 'Checkpoint', refusal: 'L2N410' },
  { linen: 'rematScan', nnx: null, prefix: 'RematScan', refusal: 'L2N410' },
  { linen: 'jit', nnx: 'jit', prefix: 'Jit', refusal: 'L2N410' },
  { linen: 'mapVariables', nnx: null, prefix: 'MapVariables', refusal: 'L2N410' },
  { linen: 'cond', nnx: 'cond', prefix: '', refusal: 'L2N410' },
  { linen: 'whileLoop', nnx: 'whileLoop', prefix: '', refusal: 'L2N410' },
];
