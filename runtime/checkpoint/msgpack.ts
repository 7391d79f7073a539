/** MessagePack: the part of it that checkpoints are made of. */

export type Packed =
  null | boolean | number | bigint | string | Uint8Array | readonly Packed[] | ReadonlyMap<string, Packed> | Extension;

/** A value of a type of the application's own. */
export class Extension {
  constructor(
    readonly type: number,
    readonly bytes: Uint8Array,
  ) {}
}

const deepest = 256;

/** Reads one value that fills the bytes; `fail` makes the error from what was expected. */
export function unpack(bytes: Uint8Array, fail: (expected: string) => Error): Packed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  /** The place of `size` bytes, which are then read. */
  const take = (size: number): number => {
    if (size > bytes.length - at) throw fail(`${size} bytes at ${at}, got ${bytes.length - at}`);
    at += size;
    return at - size;
  };
  const slice = (size: number): Uint8Array => {
    const from = take(size);
    return bytes.subarray(from, from + size);
  };
  const unsigned = (size: 1 | 2 | 4): number => {
    const from = take(size);
    return size === 1 ? view.getUint8(from) : size === 2 ? view.getUint16(from) : view.getUint32(from);
  };
  const text = (size: number): string => {
    const from = at;
    const encoded = slice(size);
    try {
      return utf8.decode(encoded);
    } catch {
      throw fail(`UTF-8 text at ${from}, got other bytes`);
    }
  };
  /** Every element takes a byte at least: a count beyond the bytes is refused before anything is made. */
  const counted = (count: number, least: number): number => {
    if (count * least > bytes.length - at) throw fail(`${count} elements at ${at}, got ${bytes.length - at} bytes`);
    return count;
  };
  const list = (count: number, depth: number): Packed[] =>
    Array.from({ length: counted(count, 1) }, () => value(depth + 1));
  const map = (count: number, depth: number): Map<string, Packed> => {
    const found = new Map<string, Packed>();
    for (let left = counted(count, 2); left > 0; left -= 1) {
      const from = at;
      const key = value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number')
        throw fail(`a text as a key at ${from}, got another value`);
      if (found.has(String(key))) throw fail(`each key once, got '${key}' again at ${from}`);
      found.set(String(key), value(depth + 1));
    }
    return found;
  };
  const extension = (size: number): Extension => {
    const type = view.getInt8(take(1));
    return new Extension(type, slice(size));
  };
  const integer = (signed: bigint): number | bigint => (Number.isSafeInteger(Number(signed)) ? Number(signed) : signed);
  const value = (depth: number): Packed => {
    if (depth > deepest) throw fail(`at most ${deepest} levels, got more`);
    const tag = unsigned(1);
    if (tag <= 0x7f) return tag;
    if (tag <= 0x8f) return map(tag & 0x0f, depth);
    if (tag <= 0x9f) return list(tag & 0x0f, depth);
    if (tag <= 0xbf) return text(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return slice(unsigned(1));
      case 0xc5:
        return slice(unsigned(2));
      case 0xc6:
        return slice(unsigned(4));
      case 0xc7:
        return extension(unsigned(1));
      case 0xc8:
        return extension(unsigned(2));
      case 0xc9:
        return extension(unsigned(4));
      case 0xca:
        return view.getFloat32(take(4));
      case 0xcb:
        return view.getFloat64(take(8));
      case 0xcc:
        return unsigned(1);
      case 0xcd:
        return unsigned(2);
      case 0xce:
        return unsigned(4);
      case 0xcf:
        return integer(view.getBigUint64(take(8)));
      case 0xd0:
        return view.getInt8(take(1));
      case 0xd1:
        return view.getInt16(take(2));
      case 0xd2:
        return view.getInt32(take(4));
      case 0xd3:
        return integer(view.getBigInt64(take(8)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(2 ** (tag - 0xd4));
      case 0xd9:
        return text(unsigned(1));
      case 0xda:
        return text(unsigned(2));
      case 0xdb:
        return text(unsigned(4));
      case 0xdc:
        return list(unsigned(2), depth);
      case 0xdd:
        return list(unsigned(4), depth);
      case 0xde:
        return map(unsigned(2), depth);
      case 0xdf:
        return map(unsigned(4), depth);
      default:
        throw fail(`a MessagePack value at ${at - 1}, got byte 0x${tag.toString(16)}`);
    }
  };
  const whole = value(0);
  if (at !== bytes.length) throw fail(`the end at byte ${at}, got ${bytes.length - at} bytes more`);
  return whole;
}

/** Writes one value; numbers that are no integers as 64-bit floats. */
export function pack(value: Packed): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function write(value: Packed, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number' || typeof value === 'bigint') parts.push(packNumber(value));
  else if (typeof value === 'string') {
    const bytes = new TextEncoder().encode(value);
    const short = bytes.length < 32 ? Uint8Array.of(0xa0 | bytes.length) : null;
    parts.push(short ?? head([0xd9, 0xda, 0xdb], bytes.length), bytes);
  } else if (value instanceof Uint8Array) parts.push(head([0xc4, 0xc5, 0xc6], value.length), value);
  else if (value instanceof Extension) {
    parts.push(head([0xc7, 0xc8, 0xc9], value.bytes.length), Uint8Array.of(value.type & 0xff), value.bytes);
  } else if (value instanceof Map) {
    const entries = value as ReadonlyMap<string, Packed>;
    parts.push(entries.size < 16 ? Uint8Array.of(0x80 | entries.size) : head([0, 0xde, 0xdf], entries.size));
    for (const [key, each] of entries) {
      write(key, parts);
      write(each, parts);
    }
  } else {
    const list = value as readonly Packed[];
    parts.push(list.length < 16 ? Uint8Array.of(0x90 | list.length) : head([0, 0xdc, 0xdd], list.length));
    for (const each of list) write(each, parts);
  }
}

/** A tag and a length of 1, 2 or 4 bytes; a tag of 0 says there is none of that size. */
function head([one, two, four]: readonly [number, number, number], length: number): Uint8Array {
  if (one !== 0 && length < 0x100) return Uint8Array.of(one, length);
  if (length < 0x10000) return Uint8Array.of(two, length >> 8, length & 0xff);
  const bytes = new Uint8Array(5);
  bytes[0] = four;
  new DataView(bytes.buffer).setUint32(1, length);
  return bytes;
}

function packNumber(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  if (typeof value === 'number' && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
    bytes[0] = 0xcb;
    view.setFloat64(1, value);
    return bytes;
  }
  if (value >= 0 && value < 0x80) return Uint8Array.of(Number(value));
  if (value < 0 && value >= -32) return Uint8Array.of(Number(value) & 0xff);
  bytes[0] = value < 0 ? 0xd3 : 0xcf;
  if (value < 0) view.setBigInt64(1, BigInt(value));
  else view.setBigUint64(1, BigInt(value));
  return bytes;
}
