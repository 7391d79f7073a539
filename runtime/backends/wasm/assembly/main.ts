export { gemm, gemmBatch, gemmScratch } from './gemm';
