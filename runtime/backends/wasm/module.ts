import type { WasmBackend } from './memory.js';
import { plain, relaxed } from './binary.js';

type Address = number;

/** What `assembly/main.ts` exports. Sizes and strides count numbers, addresses and steps named so bytes. */
export interface Kernels {
  convolve: Convolution;
  convolveKernel: Convolution;
  convolveInput: Convolution;
  depthwise(
    ...operands: [
      ...[task: number, geometry: Address, x: Address, kernel: Address, y: Address],
      ...[batch: number, channels: number, times: number, partial: Address],
    ]
  ): void;
  /** Tasks: 0 largest, 1 average, 2 gradient of the largest, 3 gradient of the average. */
  pool(
    ...operands: [
      ...[task: number, geometry: Address, x: Address, y: Address, dx: Address],
      ...[places: number, channels: number, best: Address, place: Address],
    ]
  ): void;
  /** Operations: 0 sum, 1 largest, 2 smallest, 3 product. `totals`: 8 · inner bytes. */
  reduce(
    ...operands: [
      ...[operation: number, x: Address, outer: number, count: number, inner: number],
      ...[y: Address, factor: number, totals: Address],
    ]
  ): void;
  softmax(x: Address, rows: number, count: number, y: Address, corner: Address): void;
  /** Operations: those of `unary.ts`, in their order. */
  unary(operation: number, x: Address, count: number, y: Address, corner: Address): void;
  permute(
    ...operands: [
      ...[x: Address, y: Address, outer: number, axes: Address],
      ...[rows: number, columns: number, ld: number, step: number],
    ]
  ): void;
  segmentSum(
    ...operands: [...[x: Address, segments: Address, rows: number, width: number], ...[sums: Address, count: number]]
  ): void;
  /** The place of an index out of range, or −1. */
  gather(
    ...operands: [
      ...[x: Address, indices: Address, y: Address, batches: number],
      ...[groups: number, size: number, count: number, width: number],
    ]
  ): number;
  addBias(y: Address, rows: number, columns: number, bias: Address, relu: number): void;
  patchRows(places: number, depth: number): number;
  gemmScratch(): number;
  gemm(
    ...operands: [
      ...[a: Address, lda: number, transA: number, b: Address, ldb: number, transB: number],
      ...[c: Address, ldc: number, m: number, n: number, k: number, accumulate: number, scratch: Address],
    ]
  ): void;
  gemmBatch(
    ...operands: [
      ...[count: number, a: Address, aStep: number, lda: number, transA: number],
      ...[b: Address, bStep: number, ldb: number, transB: number],
      ...[c: Address, m: number, n: number, k: number, scratch: Address],
    ]
  ): void;
}

type Convolution = (
  ...operands: [
    ...[geometry: Address, left: Address, right: Address, result: Address],
    ...[places: number, channels: number, outputs: number, rows: Address, scratch: Address],
  ]
) => void;

/** The kernels on the memory of one backend, and memory of their own for the time of one call. */
export interface Kernel {
  readonly run: Kernels;
  /** An address, 16-byte aligned, of at least `bytes`; the next call gives the same memory. */
  scratch(bytes: number): Address;
  /** Where `gemm` packs. */
  readonly gemmScratch: Address;
  /** Writes int32 numbers. */
  put(address: Address, values: readonly number[]): void;
  /** `count` numbers as zeros. */
  clear(address: Address, count: number): void;
}

/** The kernels on the memory of `backend`. */
export function kernelsOf(backend: WasmBackend): Kernel {
  let kernel = kernels.get(backend);
  if (kernel === undefined) kernels.set(backend, (kernel = instantiate(backend)));
  return kernel;
}

const kernels = new WeakMap<WasmBackend, Kernel>();

function instantiate(backend: WasmBackend): Kernel {
  const { memory } = backend.wasm.asm;
  checkMemory(memory);
  const run = new WebAssembly.Instance(compile(), { env: { memory } }).exports as unknown as Kernels;
  const allocate = (bytes: number): Address => backend.wasm._malloc(bytes + 16) >>> 0;
  let held = { address: 0, bytes: 0 };
  return {
    run,
    gemmScratch: aligned(allocate(run.gemmScratch())),
    put: (address, values) => new Int32Array(memory.buffer, address, values.length).set(values),
    clear: (address, count) => void new Int32Array(memory.buffer, address, count).fill(0),
    scratch: (bytes) => {
      if (bytes > held.bytes) {
        if (held.bytes > 0) backend.wasm._free(held.address);
        held = { address: allocate(bytes), bytes };
      }
      return aligned(held.address);
    },
  };
}

/** With fused multiply-add where the engine has it. Small enough to be compiled at once, on a page's main thread too. */
function compile(): WebAssembly.Module {
  const fast = bytesOf(relaxed);
  const binary = WebAssembly.validate(fast) ? fast : bytesOf(plain);
  if (WebAssembly.validate(binary)) return new WebAssembly.Module(binary);
  throw new Error(
    'linen2nnx: expected WebAssembly with SIMD for the wasm backend, got an engine without it.\n' +
      "Use a newer engine, or another backend: useBackend('cpu').",
  );
}

function checkMemory(memory: WebAssembly.Memory): void {
  if (Object.prototype.toString.call(memory.buffer) === '[object ArrayBuffer]') return;
  throw new Error(
    'linen2nnx: expected the wasm backend in one thread, got shared memory.\n' +
      "Import linen2nnx before the backend starts, or call tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false).",
  );
}

function aligned(address: Address): Address {
  return (address + 15) & ~15;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
