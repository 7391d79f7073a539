/** Checkpoints as `flax.serialization.to_bytes` writes them: nested maps with arrays as extensions. */
import { Extension, pack, type Packed, unpack } from './msgpack.js';
import { dtypeNamed, numpyName } from './numpy-dtypes.js';
import { bytesOf, type Checkpoint, isShape, type PlainValue, type StoredTensor } from './stored-tensor.js';
import { joined } from './axes.js';

const array = 1;
const scalar = 3;
const chunked = '__msgpack_chunked_array__';

/**
 * The tensors of a file that `flax.serialization.to_bytes` wrote, by their names joined with `/`; chunked arrays are put
 * together. Throws where the file is cut off, nested too deep or holds anything else. Mirrors `msgpack_restore`.
 */
export function decodeFlaxMsgpack(file: Uint8Array): Checkpoint {
  const root = unpack(file, invalid);
  if (!(root instanceof Map)) throw invalid('a map of names at the top, got another value');
  const tensors = new Map<string, StoredTensor>();
  const values = new Map<string, PlainValue>();
  const visit = (value: Packed, path: readonly string[]): void => {
    const name = path.join('/');
    if (value instanceof Extension) tensors.set(name, tensorOf(name, value));
    else if (value instanceof Map && value.has(chunked)) tensors.set(name, joinChunks(name, value));
    else if (value instanceof Map && (value.size > 0 || path.length === 0)) {
      for (const [key, each] of value as ReadonlyMap<string, Packed>) {
        if (key === '' || key.includes('/'))
          throw invalid(`names without '/', got ${JSON.stringify(key)} at '${name}'`);
        visit(each, [...path, key]);
      }
    } else values.set(name, plain(name, value));
  };
  visit(root, []);
  return { tensors, values, metadata: {} };
}

/** Throws for notes, which the format has no place for, and for a name that is both a tensor and a folder of tensors. */
export function encodeFlaxMsgpack({ tensors, values, metadata }: Checkpoint): Uint8Array {
  const [note] = Object.keys(metadata);
  if (note !== undefined) throw unwritable(`a checkpoint without notes, got '${note}'`);
  const root = new Map<string, Packed>();
  for (const [name, tensor] of tensors) put(root, name, new Extension(array, arrayBytes(tensor)));
  for (const [name, value] of values) put(root, name, packed(value));
  return pack(root);
}

function put(root: Map<string, Packed>, name: string, value: Packed): void {
  const parts = name.split('/');
  const last = parts.pop()!;
  let node = root;
  for (const part of parts) {
    const next = node.get(part) ?? new Map<string, Packed>();
    if (!(next instanceof Map)) throw unwritable(`names that nest, got '${name}' below a value`);
    node.set(part, next);
    node = next as Map<string, Packed>;
  }
  if (node.has(last)) throw unwritable(`names that nest, got '${name}' twice`);
  node.set(last, value);
}

function arrayBytes({ shape, dtype, bytes }: StoredTensor): Uint8Array {
  return pack([shape, numpyName(dtype), bytes]);
}

function tensorOf(name: string, { type, bytes }: Extension): StoredTensor {
  if (type !== array && type !== scalar) throw invalid(`an array (extension 1 or 3) at '${name}', got ${type}`);
  const parts = unpack(bytes, (expected) => invalid(`${expected}, within the array '${name}'`));
  const [shape, named, data] = Array.isArray(parts) ? (parts as readonly Packed[]) : [];
  const dtype = typeof named === 'string' ? dtypeNamed(named) : null;
  if (dtype === null) throw invalid(`a dtype of NumPy for '${name}', got ${JSON.stringify(named ?? null)}`);
  if (!isShape(shape)) throw invalid(`a shape of integers for '${name}', got another value`);
  const size = data instanceof Uint8Array ? data.length : 0;
  if (!(data instanceof Uint8Array) || size !== bytesOf(dtype, shape)) {
    throw invalid(`${bytesOf(dtype, shape)} bytes for '${name}', got ${size}`);
  }
  return { dtype, shape, bytes: data.slice() };
}

/** Flax writes arrays over a gigabyte in parts. */
function joinChunks(name: string, value: ReadonlyMap<string, Packed>): StoredTensor {
  const inOrder = (key: string): readonly Packed[] => {
    const parts = value.get(key);
    if (!(parts instanceof Map)) throw invalid(`'${key}' of the parts of '${name}', got another value`);
    return Array.from(
      { length: parts.size },
      (_, at) => (parts as ReadonlyMap<string, Packed>).get(String(at)) ?? null,
    );
  };
  const shape = inOrder('shape');
  if (!isShape(shape)) throw invalid(`a shape of integers for '${name}', got another value`);
  const chunks = inOrder('chunks').map((each) => {
    if (!(each instanceof Extension)) throw invalid(`arrays as the parts of '${name}', got another value`);
    return tensorOf(name, each);
  });
  if (chunks.length === 0 || chunks.some((each) => each.shape.length !== 1 || each.dtype !== chunks[0]!.dtype)) {
    throw invalid(`parts of one dtype with one axis for '${name}', got others`);
  }
  const { dtype, bytes } = joined(chunks, 0);
  if (bytes.length !== bytesOf(dtype, shape)) {
    throw invalid(`${bytesOf(dtype, shape)} bytes for '${name}', got ${bytes.length}`);
  }
  return { dtype, shape, bytes };
}

function plain(name: string, value: Packed): PlainValue {
  if (value instanceof Map) {
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, Packed>)].map(([key, each]) => [key, plain(name, each)]),
    );
  }
  if (Array.isArray(value)) return value.map((each: Packed) => plain(name, each));
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  throw invalid(
    `an array, a number, a text or a map at '${name}', got ${typeof value === 'bigint' ? value : 'another value'}`,
  );
}

function packed(value: PlainValue): Packed {
  if (Array.isArray(value)) return value.map((each: PlainValue) => packed(each));
  if (typeof value !== 'object' || value === null) return value as Packed;
  return new Map(Object.entries(value).map(([key, each]) => [key, packed(each)]));
}

function unwritable(expected: string): Error {
  return new Error(`writeFlaxMsgpack: expected ${expected}.\nWrite safetensors instead, or leave it out.`);
}

function invalid(expected: string): Error {
  return new Error(
    `readFlaxMsgpack: expected ${expected}.\nThe file is damaged, cut off, or in another format. Write it again.`,
  );
}
