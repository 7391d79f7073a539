/** Checked reading of parsed JSON: the first thing that is wrong is kept, with its place. */

export interface Reading {
  problem: string | null;
}

export function startReading(): Reading {
  return { problem: null };
}

type Read<T> = (reading: Reading, value: unknown, at: string) => T;

/** An object with just the fields that `build` asks for. */
export function object<T>(
  reading: Reading,
  value: unknown,
  at: string,
  build: (field: (name: string) => unknown) => T,
): T {
  const record: { readonly [name: string]: unknown } = isRecord(value) ? value : {};
  if (!isRecord(value)) fail(reading, at, 'an object', value);
  const asked = new Set<string>();
  const built = build((name) => {
    asked.add(name);
    return record[name];
  });
  const unknown = Object.keys(record).find((each) => !asked.has(each));
  if (unknown !== undefined) reading.problem ??= `${place(at)}: unknown field \`${unknown}\`.`;
  return built;
}

export function array<T>(reading: Reading, value: unknown, at: string, read: Read<T>): readonly T[] {
  if (!Array.isArray(value)) {
    fail(reading, at, 'a list', value);
    return [];
  }
  return value.map((each: unknown, index) => read(reading, each, `${at}[${index}]`));
}

export function text(reading: Reading, value: unknown, at: string): string {
  if (typeof value !== 'string') fail(reading, at, 'a string', value);
  return String(value);
}

export function integer(reading: Reading, value: unknown, at: string): number {
  if (!Number.isInteger(value)) fail(reading, at, 'an integer', value);
  return Number(value);
}

export function nullable<T>(reading: Reading, value: unknown, at: string, read: Read<T>): T | null {
  return value === null ? null : read(reading, value, at);
}

export function oneOf<const T>(reading: Reading, value: unknown, at: string, options: readonly T[]): T {
  const found = options.find((each) => each === value);
  if (found === undefined) fail(reading, at, `one of ${options.join(', ')}`, value);
  return found ?? options[0]!;
}

function fail(reading: Reading, at: string, expected: string, value: unknown): void {
  reading.problem ??= `${place(at)}: expected ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}.`;
}

function place(at: string): string {
  return at === '' ? 'the manifest' : at;
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
