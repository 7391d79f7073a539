/** dtypes by NumPy's names, and by the codes of its files. */
import type { StoredDtype } from './stored-tensor.js';

const records: readonly (readonly [StoredDtype, name: string, code: string | null])[] = [
  ['BOOL', 'bool', '|b1'],
  ['U8', 'uint8', '|u1'],
  ['I8', 'int8', '|i1'],
  ['F8_E4M3', 'float8_e4m3fn', null],
  ['F8_E5M2', 'float8_e5m2', null],
  ['U16', 'uint16', '<u2'],
  ['I16', 'int16', '<i2'],
  ['F16', 'float16', '<f2'],
  ['BF16', 'bfloat16', null],
  ['U32', 'uint32', '<u4'],
  ['I32', 'int32', '<i4'],
  ['F32', 'float32', '<f4'],
  ['U64', 'uint64', '<u8'],
  ['I64', 'int64', '<i8'],
  ['F64', 'float64', '<f8'],
  ['C64', 'complex64', '<c8'],
];

export function numpyName(dtype: StoredDtype): string {
  return records.find(([each]) => each === dtype)![1];
}

export function dtypeNamed(name: string): StoredDtype | null {
  return records.find(([, each]) => each === name)?.[0] ?? null;
}

/** Null for a dtype that NumPy's files have no code for. */
export function numpyCode(dtype: StoredDtype): string | null {
  return records.find(([each]) => each === dtype)![2];
}

export function dtypeOfCode(code: string): StoredDtype | null {
  return records.find(([, , each]) => each !== null && each.slice(1) === code.slice(1))?.[0] ?? null;
}
