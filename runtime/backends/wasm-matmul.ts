import * as tf from '@tensorflow/tfjs';
import { type WasmBackend, type WasmKernel, runWasm } from './wasm-memory.js';

/**
 * Matrix products. The stock kernel multiplies transposed matrices with a naive loop, ten times slower than the plain
 * product; every backward pass of a dense layer is one, so they are transposed first. It also takes the larger number
 * of matrices for the result's, which is wrong when both operands are broadcast.
 */
export function matMul(stock: WasmKernel): WasmKernel {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const backend = call.backend as WasmBackend;
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const lead = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const single = lead.every((size) => size === 1);
    const left = prepared(a, { lead, transpose: single && transposeA, backend });
    const right = prepared(b, { lead, transpose: single && transposeB, backend });
    const product = stock({
      ...call,
      inputs: { a: left, b: right },
      attrs: { transposeA: transposeA && !single, transposeB: transposeB && !single },
    });
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return product;
  };
}

interface Wanted {
  readonly lead: readonly number[];
  readonly transpose: boolean;
  readonly backend: WasmBackend;
}

/** The operand as the stock kernel takes it: itself, transposed, or repeated along some of its batch axes. */
function prepared(x: tf.TensorInfo, { lead, transpose, backend }: Wanted): tf.TensorInfo {
  if (transpose) {
    const rank = x.shape.length;
    const perm = [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
    return runWasm('Transpose', { inputs: { x }, attrs: { perm }, backend });
  }
  const own = x.shape.slice(0, -2);
  const count = tf.util.sizeFromShape(own);
  if (count === 1 || count === tf.util.sizeFromShape([...lead])) return x;
  const full = [...lead.slice(0, lead.length - own.length).map(() => 1), ...x.shape];
  const reps = full.map((size, i) => (i < lead.length && size === 1 ? lead[i]! : 1));
  const reshaped = { ...x, dataId: x.dataId, shape: full, dtype: x.dtype };
  return runWasm('Tile', { inputs: { x: reshaped }, attrs: { reps }, backend });
}
