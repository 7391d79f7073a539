import * as tf from '@tensorflow/tfjs';
import { installCpuKernels } from './cpu-kernels.js';
import { installWasmKernels } from './wasm-kernels.js';

/**
 * Resolves when there is a backend that trains. In Node that is wasm with the training pack, unless a backend was
 * chosen before (`tf.setBackend`) or a native one is registered. Elsewhere TensorFlow.js chooses; the wasm backend, where
 * it was imported before, gets the training pack.
 */
export function ready(): Promise<void> {
  return (started ??= start());
}

/** Makes `name` the backend for what runs from now on. Throws, with those there are, when it cannot start. */
export async function useBackend(name: string): Promise<void> {
  await ready();
  if (name === 'wasm') await addWasm();
  const known = tf.engine().backendNames();
  if (known.includes(name) && (await tf.setBackend(name))) return;
  throw new Error(
    `linen2nnx: expected a backend that starts, got '${name}'.\n` +
      (known.includes(name)
        ? 'See the reason above.'
        : `Choose one of '${known.join("', '")}', or import its package.`),
  );
}

let started: Promise<void> | undefined;

async function start(): Promise<void> {
  installCpuKernels();
  const chosen = (tf.engine().backendName as string | undefined) != null;
  if (typeof process !== 'undefined' && process.versions?.node !== undefined) {
    silenceAdvertisement();
    await addWasm();
    if (!chosen && !tf.engine().backendNames().includes('tensorflow')) await tf.setBackend('wasm');
  } else if (tf.engine().backendNames().includes('wasm')) await addWasm();
  await tf.ready();
}

/** The wasm backend in one thread: its threads need isolated pages, and gain nothing; our kernels do not share memory. */
async function addWasm(): Promise<void> {
  if (!tf.engine().backendNames().includes('wasm')) await import('@tensorflow/tfjs-backend-wasm');
  // The flag is there once the package is; the backend reads it when it starts.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  installWasmKernels();
}

/** The cpu backend advertises another package on its first tensor in Node. */
function silenceAdvertisement(): void {
  const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null;
  if (cpu?.firstUse === true) cpu.firstUse = false;
}
