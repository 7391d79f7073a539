import * as tf from '@tensorflow/tfjs';

/** The part of the wasm backend that kernels use. */
export interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array;
  disposeData(dataId: object): boolean;
}

/** A kernel of the wasm backend. */
export type WasmKernel = tf.KernelConfig['kernelFunc'];

/**
 * Puts what `make` gives in the place of a kernel of the wasm backend, or adds it. `make` gets the stock kernel, whose
 * set-up still runs when the backend starts.
 */
export function replaceKernel(kernelName: string, make: (stock: WasmKernel) => WasmKernel): void {
  const stock = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined;
  if (stock !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelName,
    backendName: 'wasm',
    kernelFunc: make(stock?.kernelFunc ?? absent(kernelName)),
  });
}

/** Runs a kernel of the wasm backend on tensor infos; the caller disposes the result. */
export function runWasm(kernelName: string, call: Parameters<WasmKernel>[0]): tf.TensorInfo {
  return tf.getKernel(kernelName, 'wasm').kernelFunc(call) as tf.TensorInfo;
}

function absent(kernelName: string): WasmKernel {
  return () => {
    throw new Error(`linen2nnx: the wasm backend has no kernel ${kernelName} to build on. This is a bug; report it.`);
  };
}
