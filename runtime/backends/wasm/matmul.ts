import * as tf from '@tensorflow/tfjs';
import { type Call, type WasmBackend, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

/** Which operand is stored transposed. */
export interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * Products of matrices [...batch, m, k] · [...batch, k, n], either transposed, batch axes broadcast. The stock kernel is
 * slow for transposed and batched matrices, wrong when both operands are broadcast, and takes float32 only.
 */
export function matMul({ inputs: { a, b }, attrs, backend }: Call<'a' | 'b', Transposition>): tf.TensorInfo {
  const size = sizesOf(a, b, attrs);
  const output = backend.makeOutput([...size.lead, size.m, size.n], a.dtype === 'float32' ? 'float32' : 'int32');
  if (a.dtype !== 'float32') multiplyIntegers({ a, b, output, backend }, size);
  else multiply({ a, b, output, backend }, size);
  return output;
}

interface Operands {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
  readonly output: tf.TensorInfo;
  readonly backend: WasmBackend;
}

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  /** Batch axes of the result, and how many matrices they hold. */
  readonly lead: readonly number[];
  readonly count: number;
  /** How many matrices each operand has. */
  readonly countA: number;
  readonly countB: number;
}

function sizesOf(a: tf.TensorInfo, b: tf.TensorInfo, { transposeA, transposeB }: Transposition): Sizes {
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  const [leadA, leadB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const m = a.shape[transposeA ? rankA - 1 : rankA - 2]!;
  const k = a.shape[transposeA ? rankA - 2 : rankA - 1]!;
  const n = b.shape[transposeB ? rankB - 2 : rankB - 1]!;
  const inner = b.shape[transposeB ? rankB - 1 : rankB - 2]!;
  if (k !== inner) {
    throw new Error(
      `matMul: expected equal inner sizes, got ${k} of [${a.shape.join(', ')}] and ${inner} of [${b.shape.join(', ')}].\n` +
        'Transpose or reshape an operand.',
    );
  }
  const lead = tf.broadcast_util.assertAndGetBroadcastShape(leadA, leadB);
  const [count, countA, countB] = [lead, leadA, leadB].map((shape) => tf.util.sizeFromShape(shape)) as [
    number,
    number,
    number,
  ];
  return { m, n, k, transA: transposeA, transB: transposeB, lead, count, countA, countB };
}

function multiply({ a, b, output, backend }: Operands, size: Sizes): void {
  const { run, gemmScratch } = kernelsOf(backend);
  const { m, n, k, transA, transB, count, countA, countB } = size;
  const [left, right, to] = [addressOf(backend, a), addressOf(backend, b), addressOf(backend, output)];
  const [lda, ldb] = [transA ? m : k, transB ? k : n];
  const [ta, tb] = [transA ? 1 : 0, transB ? 1 : 0];
  if (countB === 1 && !transA && countA === count) {
    // The matrices of A lie below one another, so this is one product.
    run.gemm(left, lda, 0, right, ldb, tb, to, n, m * count, n, k, 0, gemmScratch);
  } else if ((countA === count || countA === 1) && (countB === count || countB === 1)) {
    const stepA = countA === 1 ? 0 : m * k;
    run.gemmBatch(count, left, stepA, lda, ta, right, countB === 1 ? 0 : k * n, ldb, tb, to, m, n, k, gemmScratch);
  } else {
    const [placesA, placesB] = [places(a, size.lead), places(b, size.lead)];
    for (let i = 0; i < count; i++) {
      const [x, y] = [left + 4 * m * k * placesA[i]!, right + 4 * k * n * placesB[i]!];
      run.gemm(x, lda, ta, y, ldb, tb, to + 4 * m * n * i, n, m, n, k, 0, gemmScratch);
    }
  }
}

/** Which matrix of the operand stands at each place of the broadcast batch. */
function places({ shape }: tf.TensorInfo, lead: readonly number[]): number[] {
  const own = [...lead.slice(shape.length - 2).map(() => 1), ...shape.slice(0, -2)];
  return lead.reduce<number[]>(
    (found, size, axis) =>
      found.flatMap((place) => Array.from({ length: size }, (_, i) => place * own[axis]! + (own[axis] === 1 ? 0 : i))),
    [0],
  );
}

/** Sums wrap as int32 sums do. */
function multiplyIntegers({ a, b, output, backend }: Operands, size: Sizes): void {
  const { m, n, k, transA, transB } = size;
  const [x, y, z] = [a, b, output].map((info) => backend.typedArrayFromHeap(info)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const [placesA, placesB] = [places(a, size.lead), places(b, size.lead)];
  for (let i = 0; i < size.count; i++) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let q = 0; q < k; q++) {
          const left = x[placesA[i]! * m * k + (transA ? q * m + row : row * k + q)]!;
          sum = (sum + Math.imul(left, y[placesB[i]! * k * n + (transB ? column * k + q : q * n + column)]!)) | 0;
        }
        z[(i * m + row) * n + column] = sum;
      }
    }
  }
}
