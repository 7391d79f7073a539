export { convolve, convolveInput, convolveKernel, depthwise, patchRows } from './convolution';
export { gemm, gemmBatch, gemmScratch } from './gemm';
export { addBias, gather, permute, segmentSum } from './layout';
export { pool } from './pooling';
export { reduce } from './reductions';
export { softmax } from './softmax';
export { unary } from './unary';
