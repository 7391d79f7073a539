import * as tf from '@tensorflow/tfjs';

/** The part of the wasm backend that kernels use. */
export interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
}

/** A kernel of the wasm backend. */
export type WasmKernel = tf.KernelConfig['kernelFunc'];

/** What a kernel is called with. `I` names the inputs; those that are optional may be missing. */
export interface Call<I extends string, A = object> {
  readonly inputs: { readonly [name in I]: tf.TensorInfo };
  readonly attrs: A;
  readonly backend: WasmBackend;
}

/** Where the numbers of a tensor start. */
export function addressOf(backend: WasmBackend, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** A kernel of our own, typed by what it is called with. */
export function kernel<I extends string, A>(run: (call: Call<I, A>) => tf.TensorInfo | tf.TensorInfo[]): WasmKernel {
  return (call) => run(call as unknown as Call<I, A>);
}

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

/** The same numbers under another shape. Shares the memory: never disposed by itself. */
export function viewed(x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return { dataId: x.dataId, dtype: x.dtype, shape };
}

function absent(kernelName: string): WasmKernel {
  return () => {
    throw new Error(`linen2nnx: the wasm backend has no kernel ${kernelName} to build on. This is a bug; report it.`);
  };
}
