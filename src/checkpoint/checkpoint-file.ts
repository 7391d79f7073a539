/** Checkpoints on disk: the format by the content of what is read, by the name of what is written. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { decodeFlaxMsgpack, encodeFlaxMsgpack } from '../../runtime/checkpoint/flax-msgpack.js';
import { decodeNpz, encodeNpz } from '../../runtime/checkpoint/npz.js';
import { decodeSafetensors, encodeSafetensors } from '../../runtime/checkpoint/safetensors-file.js';
import type { Checkpoint } from '../../runtime/checkpoint/stored-tensor.js';
import { decodeTfjsWeights, encodeTfjsWeights } from '../../runtime/checkpoint/tfjs-weights.js';
import { ownNote } from './convert-checkpoint.js';
import { CheckpointError } from './problem.js';

export type CheckpointFormat = 'safetensors' | 'msgpack' | 'npz' | 'tfjs';

export interface ReadCheckpoint {
  readonly format: CheckpointFormat;
  readonly checkpoint: Checkpoint;
}

/** Throws `CheckpointError` with the path for a file that is missing, damaged or of another kind. */
export async function readCheckpoint(path: string): Promise<ReadCheckpoint> {
  try {
    if ((await stat(path)).isDirectory()) throw new Error('expected a file, got a folder.\nName the file in it.');
    const bytes = new Uint8Array(await readFile(path));
    const format = formatOf(bytes);
    return { format, checkpoint: await decode(bytes, format, path) };
  } catch (error) {
    throw new CheckpointError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The files that a checkpoint becomes, nothing written. Throws for a name or a dtype that the format does not have. */
export function checkpointFiles(
  path: string,
  checkpoint: Checkpoint,
): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  const ending = extname(path);
  try {
    if (ending === '.safetensors') return [{ path, bytes: encodeSafetensors(checkpoint) }];
    if (ending === '.npz') return [{ path, bytes: encodeNpz(checkpoint) }];
    if (ending === '.msgpack') return [{ path, bytes: encodeFlaxMsgpack(withoutOwnNote(checkpoint)) }];
    if (ending === '.json') {
      const part = `${basename(path, ending)}.bin`;
      const { text, bytes } = encodeTfjsWeights(checkpoint, part);
      return [
        { path: join(dirname(path), part), bytes },
        { path, bytes: new TextEncoder().encode(text) },
      ];
    }
  } catch (error) {
    throw new CheckpointError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new CheckpointError(
    `${path}: expected a name that ends in .safetensors, .msgpack, .npz or .json (TensorFlow.js), got '${ending}'.\n` +
      'The ending says the format.',
  );
}

function withoutOwnNote(checkpoint: Checkpoint): Checkpoint {
  const { [ownNote]: _, ...metadata } = checkpoint.metadata;
  return { ...checkpoint, metadata };
}

/** Safetensors first: its header's length may look like the beginning of the others, `{` after eight bytes does not. */
function formatOf(bytes: Uint8Array): CheckpointFormat {
  const [first, second] = bytes;
  const text = bytes.findIndex((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  if (bytes[8] === 0x7b && bytes.length > 8 && bytes[6] === 0 && bytes[7] === 0) return 'safetensors';
  if (first === 0x50 && second === 0x4b) return 'npz';
  if (bytes[text] === 0x7b || bytes[text] === 0x5b) return 'tfjs';
  if (first !== undefined && ((first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf)) return 'msgpack';
  throw new Error(
    `expected safetensors, Flax msgpack, npz or TensorFlow.js weights, got ${bytes.length} bytes of none of them.\n` +
      'Name another file, or write it again.',
  );
}

function decode(bytes: Uint8Array, format: CheckpointFormat, path: string): Promise<Checkpoint> | Checkpoint {
  if (format === 'safetensors') return decodeSafetensors(bytes);
  if (format === 'msgpack') return decodeFlaxMsgpack(bytes);
  if (format === 'npz') return decodeNpz(bytes);
  const folder = dirname(path);
  return decodeTfjsWeights(
    new TextDecoder().decode(bytes),
    async (part) => new Uint8Array(await readFile(join(folder, part))),
  );
}
