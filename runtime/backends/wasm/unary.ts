import * as tf from '@tensorflow/tfjs';
import { type Call, type WasmKernel, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

/** Functions of one number that `assembly/unary.ts` has, in its order. */
export const unaries = ['Exp', 'Expm1', 'Log', 'Log1p', 'Tanh', 'Sigmoid'] as const;

/**
 * Each number of float32 by itself; the others are left to the stock kernel. The stock log1p and expm1 lose all digits
 * near 0; the rest is 3 to 10 times slower than four numbers at a time.
 */
export function unary(name: (typeof unaries)[number]): (stock: WasmKernel) => WasmKernel {
  const operation = unaries.indexOf(name);
  return (stock) => (call) => {
    const { inputs, backend } = call as unknown as Call<'x'>;
    const { x } = inputs;
    if (x.dtype !== 'float32') return stock(call);
    const y = backend.makeOutput(x.shape, 'float32');
    const { run, scratch } = kernelsOf(backend);
    run.unary(operation, addressOf(backend, x), tf.util.sizeFromShape(x.shape), addressOf(backend, y), scratch(16));
    return y;
  };
}
