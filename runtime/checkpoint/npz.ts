/** NumPy's archives: one `.npy` file for each array. */
import { permuted } from './axes.js';
import { dtypeOfCode, numpyCode } from './numpy-dtypes.js';
import {
  bytesOf,
  type Checkpoint,
  isShape,
  notesWithValues,
  type StoredTensor,
  storedSizes,
  valuesInNotes,
} from './stored-tensor.js';
import { unzip, zip } from './zip.js';

/** What NumPy reads as bytes, since it is no `.npy`. */
const notesEntry = 'metadata.json';

/** The arrays of an archive that `numpy.savez` wrote, by name. Throws where an entry is cut off or of another kind. */
export async function decodeNpz(file: Uint8Array): Promise<Checkpoint> {
  const entries = await unzip(file, invalid);
  const tensors = new Map<string, StoredTensor>();
  for (const [entry, bytes] of entries) {
    if (entry === notesEntry) continue;
    if (!entry.endsWith('.npy')) throw invalid(`entries named .npy, got '${entry}'`);
    const name = entry.slice(0, -'.npy'.length);
    tensors.set(name, decodeNpy(name, bytes));
  }
  return { tensors, ...valuesInNotes(notesIn(entries.get(notesEntry)), invalid) };
}

/** Throws for dtypes that NumPy's files cannot name (bfloat16, 8-bit floats). */
export function encodeNpz(checkpoint: Checkpoint): Uint8Array {
  const arrays = [...checkpoint.tensors].map(([name, tensor]) => [`${name}.npy`, encodeNpy(name, tensor)] as const);
  const notes = notesWithValues(checkpoint);
  const isNoted = Object.keys(notes).length > 0;
  const noted = isNoted ? [[notesEntry, new TextEncoder().encode(JSON.stringify(notes))] as const] : [];
  return zip(new Map([...arrays, ...noted]));
}

function notesIn(bytes: Uint8Array | undefined): { readonly [name: string]: string } {
  if (bytes === undefined) return {};
  try {
    const notes = JSON.parse(new TextDecoder().decode(bytes)) as { readonly [name: string]: string };
    if (Object.values(notes).every((each) => typeof each === 'string')) return notes;
  } catch {
    // Said below, with the same words.
  }
  throw invalid(`text by name in ${notesEntry}, got another value`);
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

function decodeNpy(name: string, file: Uint8Array): StoredTensor {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || magic.some((byte, at) => file[at] !== byte)) throw invalid(`an array of NumPy as '${name}'`);
  const isLong = file[6]! >= 2;
  const start = isLong ? 12 : 10;
  const size = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + size > file.length) throw invalid(`a header of ${size} bytes for '${name}', got ${file.length - start}`);
  const header = new TextDecoder().decode(file.subarray(start, start + size));
  const code = /'descr':\s*'([<>|=][a-z]\d+)'/.exec(header)?.[1];
  const isColumnMajor = /'fortran_order':\s*True/.test(header);
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const dtype = code === undefined ? null : dtypeOfCode(code);
  if (dtype === null) throw invalid(`numbers or truth values for '${name}', got ${header.slice(0, 60).trim()}`);
  const shape = sizes?.split(',').flatMap((each) => (each.trim() === '' ? [] : [Number(each)]));
  if (!isShape(shape)) throw invalid(`a shape of integers for '${name}', got ${header.slice(0, 100).trim()}`);
  const data = file.slice(start + size);
  if (data.length !== bytesOf(dtype, shape)) {
    throw invalid(`${bytesOf(dtype, shape)} bytes for '${name}', got ${data.length}`);
  }
  const bytes = code!.startsWith('>') ? swapped(data, dtype === 'C64' ? 4 : storedSizes[dtype]) : data;
  if (!isColumnMajor) return { dtype, shape, bytes };
  const axes = shape.map((_, axis) => axis).reverse();
  return permuted({ dtype, shape: [...shape].reverse(), bytes }, axes);
}

function encodeNpy(name: string, { dtype, shape, bytes }: StoredTensor): Uint8Array {
  const code = numpyCode(dtype);
  if (code === null) {
    throw new Error(
      `writeNpz: expected a dtype that NumPy's files can name for '${name}', got ${dtype}.\n` +
        'Write safetensors or msgpack instead.',
    );
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The values start at a multiple of 64 bytes.
  const size = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const file = new Uint8Array(10 + size + bytes.length);
  file.set([...magic, 1, 0, size & 0xff, size >> 8]);
  file.set(new TextEncoder().encode(`${header.padEnd(size - 1)}\n`), 10);
  file.set(bytes, 10 + size);
  return file;
}

/** Big-endian values of `size` bytes as little-endian ones. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.map((_, at) => bytes[at - (at % size) + (size - 1 - (at % size))]!);
}

function invalid(expected: string): Error {
  return new Error(
    `readNpz: expected ${expected}.\nThe file is damaged, cut off, or in another format. Write it again.`,
  );
}
