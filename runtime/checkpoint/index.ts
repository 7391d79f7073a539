/** Checkpoint formats: bytes in, named tensors out. */
export { readSafetensors, type Safetensors, writeSafetensors } from './safetensors.js';
