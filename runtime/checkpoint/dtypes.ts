import type * as tf from '@tensorflow/tfjs';

/** Bytes of a value of each dtype that is read. */
export const dtypeSizes = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, BOOL: 1 } as const;
/** A dtype as safetensors names it. */
export type Dtype = keyof typeof dtypeSizes;

/** Values as TensorFlow.js takes them. */
export interface Values {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** A tensor's bytes, little-endian, and their dtype. */
export function encode(name: string, tensor: tf.Tensor): { readonly dtype: Dtype; readonly bytes: Uint8Array } {
  const values = tensor.dataSync();
  if (tensor.dtype === 'bool') return { dtype: 'BOOL', bytes: Uint8Array.from(values, Number) };
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32') {
    throw new Error(
      `writeSafetensors: expected float32, int32 or bool for '${name}', got ${tensor.dtype}.\nCast it before writing.`,
    );
  }
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  const isFloat = tensor.dtype === 'float32';
  values.forEach((value, i) => (isFloat ? view.setFloat32(i * 4, value, true) : view.setInt32(i * 4, value, true)));
  return { dtype: isFloat ? 'F32' : 'I32', bytes };
}

/** Little-endian bytes as values. */
export function decode(name: string, dtype: Dtype, bytes: Uint8Array): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dtypeSizes[dtype];
  const read = <T>(at: (offset: number) => T): T[] =>
    Array.from({ length: bytes.length / size }, (_, i) => at(i * size));
  const floats = (at: (offset: number) => number): Values => ({
    values: Float32Array.from(read(at)),
    dtype: 'float32',
  });
  const integers = (at: (offset: number) => number): Values => ({ values: Int32Array.from(read(at)), dtype: 'int32' });
  switch (dtype) {
    case 'F32':
      return floats((offset) => view.getFloat32(offset, true));
    case 'F16':
      return floats((offset) => halfToFloat(view.getUint16(offset, true)));
    case 'BF16':
      return floats((offset) => bfloatToFloat(view.getUint16(offset, true)));
    case 'I32':
      return integers((offset) => view.getInt32(offset, true));
    case 'I64':
      return integers((offset) => narrow(name, view.getBigInt64(offset, true)));
    case 'U8':
      return integers((offset) => view.getUint8(offset));
    case 'BOOL':
      return { values: Uint8Array.from(read((offset) => truth(name, view.getUint8(offset)))), dtype: 'bool' };
  }
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function bfloatToFloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}

function narrow(name: string, value: bigint): number {
  if (BigInt.asIntN(32, value) === value) return Number(value);
  throw new Error(
    `readSafetensors: expected 32-bit integers for '${name}', got ${value}.\nTensorFlow.js has no int64: store smaller numbers.`,
  );
}

function truth(name: string, value: number): number {
  if (value <= 1) return value;
  throw new Error(
    `readSafetensors: expected 0 or 1 for bool '${name}', got ${value}.\nThe file is damaged. Write it again.`,
  );
}
