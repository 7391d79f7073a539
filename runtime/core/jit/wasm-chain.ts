import type * as tf from '@tensorflow/tfjs';
import type { Chain, ChainOperand, ChainRunner, ChainTarget } from './chain.js';
import { type Local, WasmFunction, wasmModule } from './wasm-code.js';
import { type Lane, laneOperations, asFloat, asMask } from './wasm-lanes.js';
import { Lanes, opcodes } from './wasm-math.js';

/** Chains on the wasm backend: one function each, four elements at a time, on the backend's memory. */
export const wasmChains: ChainTarget = {
  supports: ({ kernelName, dtype, attrs }, args) => {
    if (dtype !== 'float32' && dtype !== 'bool') return false;
    if (args.some((arg) => arg.dtype === 'int32')) return kernelName === 'Cast' && dtype === 'float32';
    if (args.some((arg) => arg.dtype !== 'float32' && arg.dtype !== 'bool')) return false;
    return laneOperations.get(kernelName)?.fits?.(attrs, args) ?? laneOperations.has(kernelName);
  },
  worth: () => 1,
  compile: (chains, backend) => compile(chains, backend as WasmBackend),
};

/** The part of the wasm backend that chains use. */
interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
}

function compile(chains: readonly Chain[], backend: WasmBackend): ChainRunner[] {
  if (chains.length === 0) return [];
  const module = new WebAssembly.Module(wasmModule(chains.map(functionOf)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory: backend.wasm.asm.memory } });
  return chains.map(({ outputs }, i) => {
    const run = exports[`f${i}`] as (...addresses: number[]) => void;
    const address = ({ dataId }: tf.TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;
    return (inputs) => {
      const results = outputs.map(({ shape, dtype }) => backend.makeOutput(shape, dtype));
      run(...inputs.map(address), ...results.map(address));
      return results;
    };
  });
}

function functionOf(chain: Chain): WasmFunction {
  const { operands, outputs, sizes } = chain;
  const code = new WasmFunction(operands.length + outputs.length);
  const writer = new ChainWriter(chain, code);
  const moving = [
    ...operands.map(({ strides, dtype }) => strides.map((stride) => stride * bytesOf(dtype))),
    ...outputs.map(({ dtype }) => sizes.map((_, i) => product(sizes.slice(i + 1)) * bytesOf(dtype))),
  ];
  const nest = (depth: number): void => {
    const size = sizes[depth]!;
    if (depth === sizes.length - 1) {
      writer.row(size);
      return;
    }
    code.loop(size, () => {
      nest(depth + 1);
      moving.forEach((steps, pointer) => {
        const by = steps[depth]! - sizes[depth + 1]! * steps[depth + 1]!;
        if (by !== 0) code.advance(pointer, by);
      });
    });
  };
  writer.start();
  nest(0);
  return code;
}

function bytesOf(dtype: tf.DataType): number {
  return dtype === 'bool' ? 1 : 4;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** Writes the inner loop of a chain: four elements at a time, the rest one by one. */
class ChainWriter {
  readonly #lanes: Lanes;
  /** Operands that are the same in the whole chain, and constants. */
  readonly #fixed = new Map<number, Lane>();

  constructor(
    readonly chain: Chain,
    readonly code: WasmFunction,
  ) {
    this.#lanes = new Lanes(code);
  }

  start(): void {
    this.chain.constants.forEach((value, i) => {
      this.#fixed.set(this.chain.operands.length + i, { kind: 'float', local: this.#lanes.constant(value), value });
    });
    this.chain.operands.forEach((operand, i) => {
      if (operand.strides.every((stride) => stride === 0)) this.#fixed.set(i, this.#repeated(i, operand));
    });
  }

  row(size: number): void {
    const still = new Map(this.#fixed);
    this.chain.operands.forEach((operand, i) => {
      if (operand.strides.at(-1) === 0 && !still.has(i)) still.set(i, this.#repeated(i, operand));
    });
    this.code.loop(size >> 2, () => this.#body(still, 4));
    this.code.loop(size & 3, () => this.#body(still, 1));
  }

  #body(still: ReadonlyMap<number, Lane>, count: 1 | 4): void {
    const { operands, constants, steps, outputs } = this.chain;
    const values = new Map(still);
    operands.forEach((operand, i) => {
      if (!values.has(i)) values.set(i, count === 1 ? this.#repeated(i, operand) : this.#four(i, operand));
    });
    steps.forEach(({ kernelName, args, attrs, dtype }, i) => {
      const given = args.map((arg) => values.get(arg)!);
      values.set(
        operands.length + constants.length + i,
        laneOperations.get(kernelName)!.write(this.#lanes, given, { attrs, dtype }),
      );
    });
    outputs.forEach(({ value, dtype }, i) => this.#store(operands.length + i, values.get(value)!, { dtype, count }));
    operands.forEach(({ strides, dtype }, i) => {
      if (strides.at(-1) !== 0) this.code.advance(i, count * bytesOf(dtype));
    });
    outputs.forEach(({ dtype }, i) => this.code.advance(operands.length + i, count * bytesOf(dtype)));
  }

  /** One element, four times. */
  #repeated(pointer: Local, { dtype }: ChainOperand): Lane {
    const local = this.#lanes.value(() => {
      this.code.get(pointer);
      this.code.simd(dtype === 'bool' ? opcodes.load8Splat : opcodes.load32Splat, 0, 0);
    });
    return this.#typed(local, dtype);
  }

  #four(pointer: Local, { dtype }: ChainOperand): Lane {
    const local = this.#lanes.value(() => {
      this.code.get(pointer);
      if (dtype === 'bool') {
        this.code.simd(opcodes.load32Zero, 0, 0);
        this.code.simd(opcodes.widenBytes);
        this.code.simd(opcodes.widenShorts);
      } else this.code.simd(opcodes.load, 0, 0);
    });
    return this.#typed(local, dtype);
  }

  #typed(local: Local, dtype: tf.DataType): Lane {
    if (dtype === 'bool')
      return { kind: 'mask', local: this.#lanes.op('notEqualIntegers', local, this.#lanes.integer(0)) };
    return { kind: dtype === 'int32' ? 'integer' : 'float', local };
  }

  #store(pointer: Local, lane: Lane, { dtype, count }: { readonly dtype: tf.DataType; readonly count: 1 | 4 }): void {
    const { code } = this;
    if (dtype === 'float32') {
      const local = asFloat(this.#lanes, lane);
      code.get(pointer);
      code.get(local);
      if (count === 4) code.simd(opcodes.store, 0, 0);
      else code.simd(opcodes.store32Lane, 0, 0, 0);
      return;
    }
    const flags = this.#lanes.op('and', asMask(this.#lanes, lane), this.#lanes.integer(1));
    const shorts = this.#lanes.op('narrowIntegers', flags, flags);
    const bytes = this.#lanes.op('narrowShorts', shorts, shorts);
    code.get(pointer);
    code.get(bytes);
    code.simd(count === 4 ? opcodes.store32Lane : opcodes.store8Lane, 0, 0, 0);
  }
}
