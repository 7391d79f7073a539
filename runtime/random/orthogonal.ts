import type { Key } from '../core/key.js';
import { normalSamples } from './samples.js';

/**
 * A matrix [rows, columns] with orthonormal columns (rows, when there are fewer of them), row-major, as
 * `jax.random.orthogonal`: Q of the QR factorisation of a normal matrix, signs so that R's diagonal is positive.
 */
export function orthogonalMatrix(key: Key, rows: number, columns: number): Float32Array {
  const [tall, thin] = [Math.max(rows, columns), Math.min(rows, columns)];
  const vectors = columnsOf(normalSamples(key, tall * thin), tall, thin);
  orthonormalise(vectors);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return rows < columns ? vectors[row]![column]! : vectors[column]![row]!;
  });
}

function columnsOf(matrix: Float32Array, rows: number, columns: number): Float64Array[] {
  return Array.from({ length: columns }, (_, column) =>
    Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + column]!),
  );
}

/** Gram-Schmidt in double precision, each vector twice: as good as Householder, and R's diagonal comes out positive. */
function orthonormalise(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (const before of vectors.slice(0, i)) {
        const along = dot(before, vector);
        vector.forEach((value, j) => (vector[j] = value - along * before[j]!));
      }
    }
    const length = Math.sqrt(dot(vector, vector));
    vector.forEach((value, j) => (vector[j] = value / length));
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
