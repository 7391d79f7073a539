/** Bytes of a WebAssembly module with functions of i32 parameters on an imported memory `env.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const arities = [...new Set(functions.map(({ parameters }) => parameters))];
  const types = arities.map((count) => [0x60, ...vector(new Array<number[]>(count).fill([i32])), ...unsigned(0)]);
  const imports = [[...text('env'), ...text('memory'), 0x02, 0x00, ...unsigned(1)]];
  const indices = functions.map(({ parameters }) => unsigned(arities.indexOf(parameters)));
  const exports = functions.map((_, i) => [...text(`f${i}`), 0x00, ...unsigned(i)]);
  const sections: readonly [id: number, content: number[]][] = [
    [1, vector(types)],
    [2, vector(imports)],
    [3, vector(indices)],
    [7, vector(exports)],
    [10, vector(functions.map((each) => each.body()))],
  ];
  const bytes = sections.flatMap(([id, content]) => [id, ...sized(content)]);
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...bytes]);
}

/** A number of a local variable. */
export type Local = number;

/** One function being written. */
export class WasmFunction {
  readonly #code: number[] = [];
  readonly #locals: number[] = [];

  constructor(readonly parameters: number) {}

  local(type: 'i32' | 'v128'): Local {
    return this.parameters + this.#locals.push(type === 'i32' ? i32 : v128) - 1;
  }

  /** Appends code as it is. */
  emit(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#code.push(byte);
  }

  get(local: Local): void {
    this.emit(0x20, ...unsigned(local));
  }

  set(local: Local): void {
    this.emit(0x21, ...unsigned(local));
  }

  /** Puts a SIMD instruction; operands are on the stack. */
  simd(opcode: number, ...immediates: readonly number[]): void {
    this.emit(0xfd, ...unsigned(opcode), ...immediates);
  }

  integer(value: number): void {
    this.emit(0x41, ...signed(value));
  }

  /** Four times a float32 number. */
  floats(value: number): void {
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    this.simd(0x0c, ...bytes, ...bytes, ...bytes, ...bytes);
  }

  /** Four times an int32 number. */
  integers(value: number): void {
    const bytes = new Uint8Array(Int32Array.of(value).buffer);
    this.simd(0x0c, ...bytes, ...bytes, ...bytes, ...bytes);
  }

  /** Adds a number to an i32 local. */
  advance(local: Local, by: number): void {
    this.get(local);
    this.integer(by);
    this.emit(0x6a);
    this.set(local);
  }

  /** Runs `body` `times` times. */
  loop(times: number, body: () => void): void {
    if (times === 0) return;
    if (times === 1) return body();
    const left = this.local('i32');
    this.integer(times);
    this.set(left);
    this.emit(0x03, 0x40);
    body();
    this.get(left);
    this.integer(1);
    this.emit(0x6b, 0x22, ...unsigned(left), 0x0d, 0x00, 0x0b);
  }

  body(): number[] {
    const locals = this.#locals.map((type) => [...unsigned(1), type]);
    return sized([...vector(locals), ...this.#code, 0x0b]);
  }
}

const i32 = 0x7f;
const v128 = 0x7b;

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)]);
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(last ? byte : byte | 0x80);
    if (last) return bytes;
  }
}
