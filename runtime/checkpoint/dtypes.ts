import type * as tf from '@tensorflow/tfjs';
import { type StoredDtype, type StoredTensor, storedSizes } from './stored-tensor.js';

/** Values as TensorFlow.js takes them. */
export interface Values {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** A tensor's values as a file holds them. */
export function encode(name: string, tensor: tf.Tensor): StoredTensor {
  const [values, shape] = [tensor.dataSync(), tensor.shape];
  if (tensor.dtype === 'bool') return { dtype: 'BOOL', shape, bytes: Uint8Array.from(values, Number) };
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32') {
    throw new Error(
      `writeSafetensors: expected float32, int32 or bool for '${name}', got ${tensor.dtype}.\nCast it before writing.`,
    );
  }
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  const isFloat = tensor.dtype === 'float32';
  values.forEach((value, i) => (isFloat ? view.setFloat32(i * 4, value, true) : view.setInt32(i * 4, value, true)));
  return { dtype: isFloat ? 'F32' : 'I32', shape, bytes };
}

type At = (view: DataView, offset: number) => number | bigint;

/** How a value of each dtype is read; complex and 8-bit floats have no number of their own here. */
const readers: { readonly [D in StoredDtype]: At | null } = {
  BOOL: (view, at) => view.getUint8(at),
  U8: (view, at) => view.getUint8(at),
  I8: (view, at) => view.getInt8(at),
  F8_E4M3: null,
  F8_E5M2: null,
  U16: (view, at) => view.getUint16(at, true),
  I16: (view, at) => view.getInt16(at, true),
  F16: (view, at) => halfToFloat(view.getUint16(at, true)),
  BF16: (view, at) => bfloatToFloat(view.getUint16(at, true)),
  U32: (view, at) => view.getUint32(at, true),
  I32: (view, at) => view.getInt32(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  U64: (view, at) => view.getBigUint64(at, true),
  I64: (view, at) => view.getBigInt64(at, true),
  F64: (view, at) => view.getFloat64(at, true),
  C64: null,
};

/** The values one by one; null for a dtype whose values are no numbers. */
export function numbersOf({ dtype, bytes }: Omit<StoredTensor, 'shape'>): readonly (number | bigint)[] | null {
  const read = readers[dtype];
  if (read === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / storedSizes[dtype] }, (_, i) => read(view, i * storedSizes[dtype]));
}

/** Little-endian bytes as values. */
export function decode(name: string, dtype: StoredDtype, bytes: Uint8Array): Values {
  const numbers = numbersOf({ dtype, bytes });
  if (numbers === null) throw unreadable(name, ['numbers', dtype], 'TensorFlow.js has no such values: cast them');
  if (dtype === 'BOOL') return { values: Uint8Array.from(numbers, (value) => truth(name, value)), dtype: 'bool' };
  if (dtype === 'F64') return { values: Float32Array.from(numbers, (value) => single(name, value)), dtype: 'float32' };
  if (/^B?F/.test(dtype)) return { values: Float32Array.from(numbers, Number), dtype: 'float32' };
  return { values: Int32Array.from(numbers, (value) => narrow(name, value)), dtype: 'int32' };
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

function narrow(name: string, value: number | bigint): number {
  if (BigInt.asIntN(32, BigInt(value)) === BigInt(value)) return Number(value);
  throw unreadable(name, ['32-bit integers', value], 'TensorFlow.js has no int64: store smaller numbers');
}

function single(name: string, value: number | bigint): number {
  if (Object.is(Math.fround(Number(value)), value)) return Number(value);
  throw unreadable(name, ['values of float32', value], 'TensorFlow.js has no float64: round it before');
}

function truth(name: string, value: number | bigint): number {
  if (value <= 1) return Number(value);
  throw unreadable(name, ['0 or 1', value], 'The file is damaged: write it again');
}

type Got = number | bigint | string;

function unreadable(name: string, [expected, got]: readonly [string, Got], next: string): Error {
  return new Error(`readSafetensors: expected ${expected} for '${name}', got ${got}.\n${next}.`);
}
