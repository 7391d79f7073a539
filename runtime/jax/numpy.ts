/** The part of `jax.numpy` that TensorFlow.js lacks or does otherwise. All of it differentiates and vectorises. */
export { einsum, tensordot } from './numpy/products.js';
export { flip, moveaxis, repeat, roll, swapaxes, tril, triu } from './numpy/layout.js';
export { take, takeAlongAxis } from './numpy/indexing.js';
export { argsort, sort } from './numpy/ordering.js';
export { interp, std, variance as var } from './numpy/statistics.js';
