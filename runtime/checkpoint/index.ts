/** Checkpoint formats: bytes in, named tensors out. */
export { decodeFlaxMsgpack, encodeFlaxMsgpack } from './flax-msgpack.js';
export { decodeNpz, encodeNpz } from './npz.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js';
export { decodeSafetensors, encodeSafetensors } from './safetensors-file.js';
export type { Checkpoint, PlainValue, StoredDtype, StoredTensor } from './stored-tensor.js';
export { decodeTfjsWeights, encodeTfjsWeights } from './tfjs-weights.js';
