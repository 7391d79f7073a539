/** A tensor's content, off its backend. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: Float32Array | Int32Array | Uint8Array;
}
