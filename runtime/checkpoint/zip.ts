/** ZIP archives, as far as NumPy's files need them: stored or deflated entries, no encryption, less than 4 GiB. */

interface Place {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const [localMagic, centralMagic, endMagic] = [0x04034b50, 0x02014b50, 0x06054b50];
/** A deflated byte yields at most about 1,032; what says more is no honest archive. */
const mostRatio = 1100;

/** The entries in the order of the archive. `fail` makes the error from what was expected. */
export async function unzip(
  file: Uint8Array,
  fail: (expected: string) => Error,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  for (const place of directory(file, view, fail)) {
    if (found.has(place.name)) throw fail(`each entry once, got '${place.name}' twice`);
    found.set(place.name, await entryBytes(file, view, { place, fail }));
  }
  return found;
}

function directory(file: Uint8Array, view: DataView, fail: (expected: string) => Error): readonly Place[] {
  let end = file.length - 22;
  while (end >= 0 && end >= file.length - 22 - 0xffff && view.getUint32(end, true) !== endMagic) end -= 1;
  if (end < 0 || view.getUint32(end, true) !== endMagic)
    throw fail('the directory of a ZIP archive at the end, got none');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw fail('an archive of less than 4 GiB, got a larger one');
  const places: Place[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== centralMagic)
      throw fail(`entry ${index} of the directory at ${at}`);
    const [nameSize, extraSize, noteSize] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (at + 46 + nameSize > end) throw fail(`a name within the directory at ${at}`);
    const name = new TextDecoder().decode(file.subarray(at + 46, at + 46 + nameSize));
    if ((view.getUint16(at + 8, true) & 1) !== 0) throw fail(`entries without a password, got '${name}'`);
    const [crc, packed, size] = [16, 20, 24].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    places.push({
      name,
      method: view.getUint16(at + 10, true),
      crc,
      packed,
      size,
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameSize + extraSize + noteSize;
  }
  return places;
}

async function entryBytes(
  file: Uint8Array,
  view: DataView,
  { place, fail }: { place: Place; fail: (expected: string) => Error },
): Promise<Uint8Array> {
  const { name, method, crc, packed, size, offset } = place;
  if (offset + 30 > file.length || view.getUint32(offset, true) !== localMagic)
    throw fail(`'${name}' at byte ${offset}`);
  const from = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (from + packed > file.length) throw fail(`${packed} bytes for '${name}', got ${Math.max(0, file.length - from)}`);
  if (method !== 0 && method !== 8) throw fail(`'${name}' stored or deflated, got method ${method}`);
  if (size > packed * mostRatio || (method === 0 && size !== packed)) {
    throw fail(`a size that ${packed} bytes can have for '${name}', got ${size}`);
  }
  const bytes = file.subarray(from, from + packed);
  const data = method === 0 ? bytes.slice() : await inflated(bytes, { name, size, fail });
  if (crc32(data) !== crc) throw fail(`the checksum ${crc} for '${name}', got another`);
  return data;
}

/** Stops as soon as there is more than the directory said. */
async function inflated(
  bytes: Uint8Array,
  { name, size, fail }: { name: string; size: number; fail: (expected: string) => Error },
): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  let at = 0;
  const reader = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw fail(`deflated bytes for '${name}', got others`);
    });
    if (done) break;
    if (at + value.length > size) {
      await reader.cancel().catch(() => undefined);
      throw fail(`${size} bytes for '${name}', got more`);
    }
    out.set(value, at);
    at += value.length;
  }
  if (at !== size) throw fail(`${size} bytes for '${name}', got ${at}`);
  return out;
}

/** An archive of stored entries, the same bytes for the same entries. */
export function zip(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const [text, data] of entries) {
    const name = new TextEncoder().encode(text);
    const crc = crc32(data);
    const local = record(localMagic, 30, name, { crc, size: data.length, fields: [4, 26] });
    const listed = record(centralMagic, 46, name, { crc, size: data.length, fields: [6, 28] });
    new DataView(listed.buffer).setUint16(4, 20, true);
    new DataView(listed.buffer).setUint32(42, offset, true);
    parts.push(local, data);
    central.push(listed);
    offset += local.length + data.length;
  }
  const directorySize = central.reduce((sum, each) => sum + each.length, 0);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, endMagic, true);
  view.setUint16(8, entries.size, true);
  view.setUint16(10, entries.size, true);
  view.setUint32(12, directorySize, true);
  view.setUint32(16, offset, true);
  const file = new Uint8Array(offset + directorySize + 22);
  let at = 0;
  for (const each of [...parts, ...central, end]) {
    file.set(each, at);
    at += each.length;
  }
  return file;
}

/** A header of an entry; the fields from `version needed` to `name length` stand alike in both kinds. */
function record(
  magic: number,
  size: number,
  name: Uint8Array,
  { crc, size: length, fields: [start, nameAt] }: { crc: number; size: number; fields: readonly [number, number] },
): Uint8Array {
  const bytes = new Uint8Array(size + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint16(start, 20, true);
  // Names are UTF-8; the date is 1 January 1980.
  view.setUint16(start + 2, 0x0800, true);
  view.setUint16(start + 8, 0x21, true);
  view.setUint32(start + 10, crc, true);
  view.setUint32(start + 14, length, true);
  view.setUint32(start + 18, length, true);
  view.setUint16(nameAt, name.length, true);
  bytes.set(name, size);
  return bytes;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
