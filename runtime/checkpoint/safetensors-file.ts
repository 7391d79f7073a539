import {
  bytesOf,
  type Checkpoint,
  isRecord,
  isShape,
  isStoredDtype,
  notesWithValues,
  type StoredTensor,
  storedSizes,
  valuesInNotes,
} from './stored-tensor.js';

interface Entry extends Omit<StoredTensor, 'bytes'> {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

const maxHeader = 100_000_000;

/** Eight bytes of header length, a JSON header, the values one after the other. */
export function encodeSafetensors(checkpoint: Checkpoint): Uint8Array {
  let offset = 0;
  const entries = [...checkpoint.tensors].map(([name, { dtype, shape, bytes }]) => {
    const begin = offset;
    offset += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const;
  });
  const metadata = notesWithValues(checkpoint);
  const notes = Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : [];
  const text = JSON.stringify(Object.fromEntries([...notes, ...entries]));
  // The header is padded with spaces, so that the values start at a multiple of eight bytes.
  const header = new TextEncoder().encode(text);
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8 + header.length, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  [...checkpoint.tensors.values()].forEach(({ bytes }, i) =>
    file.set(bytes, 8 + padded + entries[i]![1].data_offsets[0]!),
  );
  return file;
}

/**
 * Reads a file that may come from anywhere: every length, shape and offset is checked before a value is read, and values
 * must fill the file exactly.
 */
export function decodeSafetensors(file: Uint8Array): Checkpoint {
  const { header, data } = partsOf(file);
  const { __metadata__: metadata = {}, ...described } = header;
  const entries = Object.entries(described).map(([name, entry]) => entryOf(name, entry));
  checkCoverage(entries, data.length);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
    return [name, { dtype, shape, bytes: data.slice(begin, end) }] as const;
  });
  return { tensors: new Map(tensors), ...valuesInNotes(notesOf(metadata), invalid) };
}

function partsOf(file: Uint8Array): { header: { readonly [name: string]: unknown }; data: Uint8Array } {
  if (file.length < 8) throw invalid(`at least 8 bytes, got ${file.length}`);
  const size = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (size > BigInt(Math.min(maxHeader, file.length - 8))) {
    throw invalid(`a header within the file (${file.length} bytes), got one of ${size} bytes`);
  }
  const end = 8 + Number(size);
  return { header: parseHeader(file.subarray(8, end)), data: file.subarray(end) };
}

function parseHeader(bytes: Uint8Array): { readonly [name: string]: unknown } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid(`a JSON header, got ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(header)) throw invalid('a JSON object as header, got another value');
  return header;
}

function entryOf(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) throw invalid(`an object for '${name}', got another value`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isStoredDtype(dtype)) {
    throw invalid(`a dtype among ${Object.keys(storedSizes).join(', ')} for '${name}', got ${JSON.stringify(dtype)}`);
  }
  if (!isShape(shape)) throw invalid(`a shape of integers for '${name}', got ${JSON.stringify(shape)}`);
  if (!isShape(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw invalid(`data_offsets [begin, end] for '${name}', got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as readonly [number, number];
  const bytes = bytesOf(dtype, shape);
  if (bytes !== end - begin) throw invalid(`${bytes} bytes for '${name}', got ${end - begin}`);
  return { name, dtype, shape, begin, end };
}

/** Values lie one after the other, without holes or overlaps, to the end of the file. */
function checkCoverage(entries: readonly Entry[], length: number): void {
  let expected = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) throw invalid(`'${name}' to start at byte ${expected} of the values, got ${begin}`);
    expected = end;
  }
  if (expected !== length) throw invalid(`${expected} bytes of values, got ${length}`);
}

function notesOf(metadata: unknown): { readonly [name: string]: string } {
  if (isRecord(metadata) && Object.values(metadata).every((note) => typeof note === 'string')) {
    return metadata as { readonly [name: string]: string };
  }
  throw invalid('text by name in __metadata__, got another value');
}

function invalid(expected: string): Error {
  return new Error(
    `readSafetensors: expected ${expected}.\nThe file is damaged, cut off, or in another format. Write it again.`,
  );
}
