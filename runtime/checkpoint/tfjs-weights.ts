/** TensorFlow.js weights: a JSON file that lists groups of weights, and binary files that hold them. */
import { bytesOf, type Checkpoint, isRecord, isShape, type StoredTensor } from './stored-tensor.js';
import { notesWithValues, valuesInNotes } from './stored-tensor.js';

const dtypes = { float32: 'F32', int32: 'I32', bool: 'BOOL', complex64: 'C64' } as const;

/** Reads `model.json` (or `weights_manifest.json`); `readPart` gives a binary file that it names. */
export async function decodeTfjsWeights(
  text: string,
  readPart: (path: string) => Promise<Uint8Array> | Uint8Array,
): Promise<Checkpoint> {
  const { groups, notes } = contentsOf(text);
  const tensors = new Map<string, StoredTensor>();
  for (const [index, group] of groups.entries()) {
    const { paths, weights } = isRecord(group) ? group : { paths: null, weights: null };
    if (!isTexts(paths) || !Array.isArray(weights)) throw invalid(`paths and weights in group ${index}`);
    for (const path of paths) {
      // A file of weights stands beside its list, and nowhere else.
      if (path === '' || /^[\\/]|:|(^|[\\/])\.\.([\\/]|$)/.test(path)) {
        throw invalid(`names of files beside the JSON file, got ${JSON.stringify(path)}`);
      }
    }
    const data = concatenated(await Promise.all(paths.map(async (path) => readPart(path))));
    let at = 0;
    for (const weight of weights as readonly unknown[]) {
      const { name, dtype, shape } = specOf(weight);
      const end = at + bytesOf(dtype, shape);
      if (end > data.length) throw invalid(`${end} bytes in ${paths.join(', ')} for '${name}', got ${data.length}`);
      if (tensors.has(name)) throw invalid(`each name once, got '${name}' twice`);
      tensors.set(name, { dtype, shape, bytes: data.slice(at, end) });
      at = end;
    }
    if (at !== data.length) throw invalid(`${at} bytes in ${paths.join(', ')}, got ${data.length}`);
  }
  return { tensors, ...valuesInNotes(notes, invalid) };
}

/** The JSON text, and the bytes of the one binary file that it names. */
export function encodeTfjsWeights(
  checkpoint: Checkpoint,
  part: string,
): { readonly text: string; readonly bytes: Uint8Array } {
  const weights = [...checkpoint.tensors].map(([name, { dtype, shape }]) => {
    const named = Object.entries(dtypes).find(([, each]) => each === dtype)?.[0];
    if (named !== undefined) return { name, shape, dtype: named };
    throw new Error(
      `writeTfjsWeights: expected float32, int32, bool or complex64 for '${name}', got ${dtype}.\n` +
        'Write safetensors instead.',
    );
  });
  const notes = notesWithValues(checkpoint);
  const noted = Object.keys(notes).length > 0 ? { userDefinedMetadata: notes } : {};
  const content = { format: 'weights', ...noted, weightsManifest: [{ paths: [part], weights }] };
  const bytes = concatenated([...checkpoint.tensors.values()].map((each) => each.bytes));
  return { text: `${JSON.stringify(content, null, 2)}\n`, bytes };
}

function contentsOf(text: string): { groups: readonly unknown[]; notes: { readonly [name: string]: string } } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`JSON, got ${error instanceof Error ? error.message : String(error)}`);
  }
  const groups = isRecord(value) ? value['weightsManifest'] : value;
  if (!Array.isArray(groups)) throw invalid('a weightsManifest, got none');
  const { weightsManifest: _, userDefinedMetadata: given = {}, format: __, ...others } = isRecord(value) ? value : {};
  if (!isRecord(given)) throw invalid('an object as userDefinedMetadata, got another value');
  // A model's topology and the like go along as notes.
  const notes = [...Object.entries(given), ...Object.entries(others)].map(([name, note]) => [
    name,
    typeof note === 'string' ? note : JSON.stringify(note),
  ]);
  return { groups, notes: Object.fromEntries(notes) as { readonly [name: string]: string } };
}

function specOf(weight: unknown): { name: string } & Omit<StoredTensor, 'bytes'> {
  const { name, dtype, shape, quantization } = isRecord(weight) ? weight : ({} as { readonly [name: string]: unknown });
  if (typeof name !== 'string') throw invalid('a name for each weight, got none');
  if (quantization !== undefined) throw invalid(`weights that are not quantised, got '${name}'`);
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype)) {
    throw invalid(`a dtype among ${Object.keys(dtypes).join(', ')} for '${name}', got ${JSON.stringify(dtype)}`);
  }
  if (!isShape(shape)) throw invalid(`a shape of integers for '${name}', got ${JSON.stringify(shape)}`);
  return { name, dtype: dtypes[dtype as keyof typeof dtypes], shape };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function invalid(expected: string): Error {
  return new Error(
    `readTfjsWeights: expected ${expected}.\nThe file is damaged, cut off, or in another format. Write it again.`,
  );
}
