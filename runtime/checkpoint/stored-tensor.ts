/** What a checkpoint holds, as bytes: nothing is rounded, cast or left out between one format and another. */

/** Bytes of a value of each dtype, by the names of safetensors. */
export const storedSizes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;
/** Names of the safetensors format: `F32`, `BF16`, `I64`. */
export type StoredDtype = keyof typeof storedSizes;

/** A tensor's values, little-endian, in row-major order. */
export interface StoredTensor {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a checkpoint may hold besides tensors: a step as a plain number, an empty state. */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [name: string]: PlainValue };

/** Names are paths joined by `/`, or by `.` in files that were written so. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly values: ReadonlyMap<string, PlainValue>;
  /** The file's own notes. */
  readonly metadata: { readonly [name: string]: string };
}

export function isStoredDtype(name: unknown): name is StoredDtype {
  return typeof name === 'string' && Object.hasOwn(storedSizes, name);
}

export function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

/** How many bytes a tensor takes; not safe as an integer where a shape is not meant. */
export function bytesOf(dtype: StoredDtype, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, storedSizes[dtype]);
}

export function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const plainNote = 'linen2nnx.values';

/** Notes that also hold the plain values, for formats that have notes and no values. */
export function notesWithValues({ values, metadata }: Checkpoint): { readonly [name: string]: string } {
  if (values.size === 0) return metadata;
  const text = JSON.stringify([...values], (_, each: PlainValue) => {
    if (typeof each !== 'number' || Number.isFinite(each)) return each;
    throw new Error(
      `writeCheckpoint: expected finite numbers besides the tensors, got ${each}.\nWrite msgpack instead.`,
    );
  });
  return { ...metadata, [plainNote]: text };
}

/** The two apart again; `fail` is told of what is no list of values. */
export function valuesInNotes(
  notes: { readonly [name: string]: string },
  fail: (expected: string) => Error,
): Pick<Checkpoint, 'values' | 'metadata'> {
  const { [plainNote]: text, ...metadata } = notes;
  if (text === undefined) return { values: new Map(), metadata };
  try {
    return { values: new Map(JSON.parse(text) as [string, PlainValue][]), metadata };
  } catch {
    throw fail(`a list of names and values in the note ${plainNote}, got ${JSON.stringify(text.slice(0, 40))}`);
  }
}
