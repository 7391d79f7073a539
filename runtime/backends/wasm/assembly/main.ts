export { convolve, convolveInput, convolveKernel, depthwise, patchRows } from './convolution';
export { gemm, gemmBatch, gemmScratch } from './gemm';
